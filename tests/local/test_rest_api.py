"""A REST API with keys and a web ACL, deployed to the local cloud as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from demo import Client, api_key

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
TOOLS = "111111111111"
FOREIGN = f"arn:aws:iam::{TOOLS}:role/of-somebody-else"
REST = "api: {type: rest, api_keys: true, waf: true}\ndelivery:"
ECHO = """\
import json


def handler(event, context):
    seen = {"resource": event["resource"], "parameters": event["pathParameters"]}
    return {"statusCode": 200, "headers": {}, "body": json.dumps(seen)}
"""
"""A function that says how the API called it."""
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def client_of(project: Project, region: str) -> Client:
    """Make a client of a region's API that has its key."""
    outputs, endpoint = project.outputs()[region], project.cloud.endpoint
    stack = {"region": region, "account": TOOLS, "outputs": outputs}
    return Client(endpoint, outputs["ApiUrl"], api_key=api_key(endpoint, stack))


def log_role(project: Project, region: str) -> str | None:
    """Read an account's setting of API Gateway."""
    gateway = project.cloud.client("apigateway", region=region)
    role = gateway.get_account().get("cloudwatchRoleArn")
    return str(role) if role else None


def test_it_works_in_every_region_and_leaves_a_log_role_that_is_there_alone(
    project: Project,
) -> None:
    project.cloud.client("iam").create_role(
        RoleName="of-somebody-else", AssumeRolePolicyDocument=TRUST
    )
    project.cloud.client("apigateway", region="us-east-1").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": FOREIGN}]
    )
    project.edit("params/dev.yaml", "delivery:", REST)
    (project.root / "lambda_code/orders_api/app.py").write_text(ECHO)
    said = project.deploy()

    for region in REGIONS:
        status, seen, _ = client_of(project, region).call("GET", "/orders/o-1")
        assert (status, seen) == (200, {"resource": "/orders/{id}", "parameters": {"id": "o-1"}})
        stranger = Client(project.cloud.endpoint, project.outputs()[region]["ApiUrl"])
        assert stranger.call("GET", "/health")[0] == 200, "health needs no key"
    assert f"us-east-1: API Gateway keeps the log role it has, {FOREIGN}" in said
    assert log_role(project, "us-east-1") == FOREIGN
    for region in ("us-west-2", "eu-central-1"):
        own = f"arn:aws:iam::{TOOLS}:role/orders-dev-apigateway-{region}"
        assert log_role(project, region) == own

    before = len(project.cloud.writes())
    again = project.gen("deploy", "-e", "dev", "--local")
    assert "nothing to do" in again.splitlines()[-1]
    assert project.cloud.writes()[before:] == [], "our own role is none to leave alone"

    first = deployment(project)
    project.edit("params/dev.yaml", "api: {", "api: {cors: {allow_origins: ['https://a.test']}, ")
    project.deploy()
    assert deployment(project) != first, "what changed in the API's body is deployed"
    assert client_of(project, "us-west-2").call("GET", "/orders")[0] == 200


def deployment(project: Project) -> str:
    """Read which deployment of the API is live in a region."""
    outputs = project.outputs()["us-west-2"]
    stage = project.cloud.client("apigateway", region="us-west-2").get_stage(
        restApiId=outputs["ApiId"], stageName=outputs["ApiStageName"]
    )
    return str(stage["deploymentId"])
