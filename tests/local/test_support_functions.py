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


def rotate(cloud: Any, secret: str, function: str, *, now: bool = True) -> str:
    """Start a rotation of a secret, or only try it; give the new version."""
    cloud.client("lambda").add_permission(
        FunctionName=function,
        StatementId=f"rotate-{len(cloud.calls())}",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceArn=secret,
        SourceAccount=secret.split(":")[4],
    )
    started = cloud.client("secretsmanager").rotate_secret(
        SecretId=secret,
        RotationLambdaARN=function,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=now,
    )
    return str(started["VersionId"])


def test_a_secret_rotates_again_and_again_and_the_last_value_stays_readable(
    local_cloud: Any, create: Create
) -> None:
    secrets = local_cloud.client("secretsmanager")
    first = {"user": "shop", "password": "first"}
    secret = secrets.create_secret(Name="shop/token", SecretString=json.dumps(first))["ARN"]
    function = create("secret_rotation", LENGTH="24", EXCLUDE_CHARACTERS="\"'@/\\")

    def value(stage: str) -> Any:
        answer = secrets.get_secret_value(SecretId=secret, VersionStage=stage)
        return json.loads(answer["SecretString"])

    def stages(version: str) -> list[str]:
        described = secrets.describe_secret(SecretId=secret)
        return list(described["VersionIdsToStages"].get(version, []))

    seen = [first]
    for _ in range(2):
        version = rotate(local_cloud, secret, function)
        local_cloud.until(lambda version=version: "AWSCURRENT" in stages(version))
        current = value("AWSCURRENT")
        assert current["user"] == "shop"
        assert len(current["password"]) == 24
        assert not set("\"'@/\\") & set(current["password"])
        assert current not in seen
        assert value("AWSPREVIOUS") == seen[-1]
        seen.append(current)


def test_a_schedule_that_is_only_tried_leaves_the_secret_as_it_is(
    local_cloud: Any, create: Create
) -> None:
    secrets = local_cloud.client("secretsmanager")
    secret = secrets.create_secret(Name="shop/token", SecretString="first")["ARN"]
    version = rotate(local_cloud, secret, create("secret_rotation", LENGTH="24"), now=False)
    local_cloud.until(
        lambda: version not in secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    )
    logs = local_cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/secret_rotation")
    said = [event["message"] for event in logs["events"]]
    assert sum(line.startswith("START") for line in said) == 1
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "first"


def test_a_secret_with_nothing_to_renew_stays_as_it_is(local_cloud: Any, create: Create) -> None:
    secrets = local_cloud.client("secretsmanager")
    secret = secrets.create_secret(Name="shop/users", SecretString='{"user": "shop"}')["ARN"]
    version = rotate(local_cloud, secret, create("secret_rotation", LENGTH="24"))
    step = {"Step": "createSecret", "SecretId": secret, "ClientRequestToken": version}
    refused = local_cloud.client("lambda").invoke(
        FunctionName="secret_rotation", Payload=json.dumps(step)
    )
    assert "FunctionError" in refused
    assert "is a JSON object without password or value" in refused["Payload"].read().decode()
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == '{"user": "shop"}'


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
