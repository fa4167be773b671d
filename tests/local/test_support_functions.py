"""The support functions, packaged as for a release, do their work in the local cloud."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from codedeploy_service import Service, zipped

from generator.package import Target, build

pytestmark = pytest.mark.local

LAMBDA_CODE = Path(__file__).parents[2] / "lambda_code"
RELEASE, OTHER = "a" * 64, "b" * 64
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ANSWER = """
import json

def handler(event, context):
    if {crashes}:
        raise RuntimeError("broken release")
    return {{"statusCode": {status}, "body": json.dumps({{"release": "{release}"}})}}
"""
HEALTH = {
    "version": "2.0",
    "rawPath": "/health",
    "requestContext": {"http": {"method": "GET", "path": "/health"}},
}

Create = Callable[..., str]


@pytest.fixture
def create(local_cloud: Any, tmp_path: Path) -> Create:
    """Create a function from a folder of lambda_code; give its ARN."""

    def create(folder: str, **environment: str) -> str:
        package = build(LAMBDA_CODE / folder, target=Target.here(), cache=tmp_path / "cache")
        assert package.pure
        role = local_cloud.client("iam").create_role(
            RoleName=folder, AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        made = local_cloud.client("lambda").create_function(
            FunctionName=folder,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Timeout=35,
            Code={"ZipFile": package.data},
            Environment={"Variables": environment},
        )
        return str(made["FunctionArn"])

    return create


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"release": RELEASE}, "Succeeded"),
        ({"release": OTHER}, "Failed"),
        ({"release": RELEASE, "status": 500}, "Failed"),
        ({"release": RELEASE, "crashes": True}, "Failed"),
    ],
)
@pytest.mark.parametrize("stage", ["BeforeAllowTraffic", "AfterAllowTraffic"])
def test_only_a_version_that_answers_as_expected_keeps_the_traffic(
    local_cloud: Any, create: Create, stage: str, answers: dict[str, Any], status: str
) -> None:
    service = Service(local_cloud)
    code = ANSWER.format(**{"status": 200, "crashes": False, **answers})
    published = service.functions.update_function_code(
        FunctionName="orders", ZipFile=zipped(code), Publish=True
    )
    function = "arn:aws:lambda:us-east-1:111111111111:function:orders"
    qualifier = published["Version"] if stage == "BeforeAllowTraffic" else "live"
    create(
        "traffic_check",
        TARGET_ARN=f"{function}:{qualifier}",
        EVENT=json.dumps(HEALTH),
        EXPECTED_STATUS="200",
        EXPECTED_RELEASE=RELEASE,
    )
    deployment = service.deploy(published["Version"], hooks={stage: "traffic_check"})
    info = service.finish(deployment)
    assert info["status"] == status
    assert service.stages(deployment)[stage] == status
    assert service.alias() == (published["Version"] if status == "Succeeded" else "1", {})
    if status == "Failed":
        assert info["errorInformation"]["message"].endswith("reported Failed.")
