"""The rollback coordinator restores a set through the APIs of StackSets, S3, SSM, SNS, SQS."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions import load

pytestmark = pytest.mark.local

ACCOUNT = "111111111111"
REGIONS = ["us-east-1", "eu-central-1", "ap-south-1"]
BUCKET = f"shop-dev-artifacts-{ACCOUNT}-us-east-1"
GOOD, BAD = "a" * 12, "b" * 12
TEMPLATE = """
Parameters:
  Release: {Type: String}
  DeploymentStrategy: {Type: String, Default: Canary}
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/setting, Type: String, Value: !Ref Release}
"""
# Fails where a log group of this name exists already.
FRAGILE = (
    TEMPLATE
    + """
  Logs:
    Type: AWS::Logs::LogGroup
    DependsOn: Setting
    Properties: {LogGroupName: /fragile}
"""
)


class NoPipeline:
    """Answers as CodePipeline does where nothing was set up."""

    def get_pipeline_state(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "PipelineNotFoundException"}}, "GetPipelineState")


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Import the function's modules as Lambda does, and let no other test see them."""
    return load("rollback_coordinator", monkeypatch)


class Service:
    """A set with one good release, its history, and what tells of it."""

    def __init__(self, cloud: Any, function: SimpleNamespace) -> None:
        self.cloud, self.function = cloud, function
        names = ("cloudformation", "s3", "ssm", "sns", "sqs")
        self.clients = {name: cloud.client(name) for name in names}
        self.sets, self.s3 = self.clients["cloudformation"], self.clients["s3"]
        self.s3.create_bucket(Bucket=BUCKET)
        self.queue = self.clients["sqs"].create_queue(QueueName="rollback-events")["QueueUrl"]
        topic = self.clients["sns"].create_topic(Name="shop-dev-alerts")["TopicArn"]
        alerts = self.clients["sqs"].create_queue(QueueName="alerts")["QueueUrl"]
        self.clients["sns"].subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:alerts"
        )
        self.alerts = alerts
        self.settings = function.settings.Settings.of(
            {
                "PROJECT": "shop",
                "ENVIRONMENT": "dev",
                "STACK_SET": "shop",
                "ADMINISTRATION_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/shop-administration",
                "EXECUTION_ROLE": "shop-execution",
                "ARTIFACT_BUCKET": BUCKET,
                "AWS_REGION": "us-east-1",
                "PIPELINE": "shop-dev-pipeline",
                "DEPLOY_STAGE": "Deploy",
                "ALERTS_TOPIC_ARN": topic,
                "CURRENT_PARAMETER": "/shop/dev/release/current",
                "LAST_GOOD_PARAMETER": "/shop/dev/release/last-good",
                "WINDOW_MINUTES": "60",
                "QUEUE_URL": self.queue,
            }
        )
        self.listen()
        self.roles = {
            "AdministrationRoleARN": self.settings.administration_role,
            "ExecutionRoleName": "shop-execution",
        }

    def listen(self) -> None:
        """Send what the pipeline's rule sends."""
        events = self.cloud.client("events")
        pattern = {
            "source": ["aws.cloudformation"],
            "detail-type": ["CloudFormation StackSet Operation Status Change"],
            "detail": {"status-details": {"status": ["FAILED", "STOPPED"]}},
        }
        events.put_rule(Name="stack-set-failed", EventPattern=json.dumps(pattern))
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:rollback-events"
        events.put_targets(Rule="stack-set-failed", Targets=[{"Id": "queue", "Arn": arn}])

    def event(self) -> str:
        """Take the one message that is there, without its envelope."""
        sqs = self.clients["sqs"]
        (message,) = self.cloud.until(
            lambda: sqs.receive_message(QueueUrl=self.queue).get("Messages", [])
        )
        return str(message["Body"])

    def write(self, release: str, what: str) -> None:
        stamp = self.function.history.stamp(datetime.now(UTC))
        key = f"history/{stamp}-{release}-{what}.json"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")

    def record(self, release: str, template: str) -> None:
        digest = hashlib.sha256(template.encode()).hexdigest()
        key = f"templates/service/{digest}.yaml"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=template.encode())
        body = {
            "format": 1,
            "release": release,
            "template": {"key": key, "sha256": digest},
            "parameters": {"Release": release, "DeploymentStrategy": "Canary"},
            "capabilities": [],
            "tags": {"Project": "shop"},
        }
        self.s3.put_object(
            Bucket=BUCKET, Key=f"records/{release}.json", Body=json.dumps(body).encode()
        )

    def make_roles(self) -> None:
        iam = self.cloud.client("iam")
        for role, trusted in (
            ("shop-administration", {"Service": "cloudformation.amazonaws.com"}),
            ("shop-execution", {"AWS": self.settings.administration_role}),
        ):
            allow = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
            trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)

    def begin(self) -> None:
        self.make_roles()
        self.record(GOOD, TEMPLATE)
        self.write(GOOD, "deploying")
        self.sets.create_stack_set(
            StackSetName="shop", TemplateBody=TEMPLATE, Parameters=release(GOOD), **self.roles
        )
        self.wait(
            self.sets.create_stack_instances(
                StackSetName="shop", Accounts=[ACCOUNT], Regions=REGIONS
            )
        )
        self.write(GOOD, "good")

    def deploy(self) -> str:
        self.write(BAD, "deploying")
        return self.wait(
            self.sets.update_stack_set(
                StackSetName="shop", TemplateBody=FRAGILE, Parameters=release(BAD), **self.roles
            )
        )

    def wait(self, started: dict[str, Any]) -> str:
        operation: str = started["OperationId"]
        self.cloud.until(
            lambda: self.sets.describe_stack_set_operation(
                StackSetName="shop", OperationId=operation
            )["StackSetOperation"]["Status"],
            lambda status: status in ("SUCCEEDED", "FAILED"),
        )
        return operation

    def look(self, body: str) -> bool:
        """Let the function handle a message once."""
        record = {
            "messageId": "m-1",
            "receiptHandle": "none",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        cloud = self.function.settings.Cloud(codepipeline=NoPipeline(), **self.clients)
        done: bool = self.function.app.handle(record, cloud, self.settings)
        return done

    def running(self) -> dict[str, str]:
        return {
            region: self.cloud.client("ssm", region=region).get_parameter(Name="/shop/setting")[
                "Parameter"
            ]["Value"]
            for region in REGIONS
        }

    def history(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="history/2")["Contents"]
        return [one["Key"].split("Z-", 1)[1] for one in listed]

    def pointer(self, name: str) -> str:
        found = self.clients["ssm"].get_parameter(Name=f"/shop/dev/release/{name}")
        return str(found["Parameter"]["Value"])


def release(name: str) -> list[dict[str, str]]:
    return [{"ParameterKey": "Release", "ParameterValue": name}]


@pytest.fixture
def service(local_cloud: Any, function: SimpleNamespace) -> Service:
    service = Service(local_cloud, function)
    service.begin()
    return service


def test_a_release_that_fails_in_one_region_is_taken_back_in_all(
    service: Service, local_cloud: Any
) -> None:
    local_cloud.client("logs", region="ap-south-1").create_log_group(logGroupName="/fragile")
    service.deploy()
    event = service.event()
    assert service.running() == dict(zip(REGIONS, (BAD, BAD, GOOD), strict=True))
    local_cloud.until(lambda: service.look(event))
    assert set(service.running().values()) == {GOOD}
    assert service.look(event)  # once more changes nothing
    described = service.sets.describe_stack_set(StackSetName="shop")["StackSet"]
    assert {p["ParameterKey"]: p["ParameterValue"] for p in described["Parameters"]} == {
        "Release": GOOD,
        "DeploymentStrategy": "CodeDeployDefault.LambdaAllAtOnce",
    }
    operations = service.sets.list_stack_set_operations(StackSetName="shop")["Summaries"]
    assert [one["OperationId"].startswith("restore-") for one in operations] == [True, False, False]
    assert sorted(service.history()[-2:]) == [f"{GOOD}-restored.json", f"{BAD}-bad.json"]
    assert (service.pointer("current"), service.pointer("last-good")) == (GOOD, GOOD)
    told = service.clients["sqs"].receive_message(QueueUrl=service.alerts, MaxNumberOfMessages=10)
    (message,) = told["Messages"]
    assert f"{GOOD} is restored instead of {BAD}" in message["Body"]


def test_an_alarm_after_the_bake_takes_a_release_back(service: Service, local_cloud: Any) -> None:
    service.deploy()
    service.write(BAD, "good")
    now = datetime.now(UTC)
    event = {
        "detail-type": "CloudWatch Alarm State Change",
        "account": ACCOUNT,
        "region": "eu-central-1",
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "detail": {
            "alarmName": "shop-dev-orders-error-rate",
            "state": {"value": "ALARM", "timestamp": f"{now:%Y-%m-%dT%H:%M:%S.%f+0000}"},
        },
    }
    local_cloud.until(lambda: service.look(json.dumps(event)))
    assert set(service.running().values()) == {GOOD}
    assert (service.pointer("current"), service.pointer("last-good")) == (GOOD, GOOD)


def test_a_template_that_was_tampered_with_is_not_restored(
    service: Service, local_cloud: Any
) -> None:
    local_cloud.client("logs", region="ap-south-1").create_log_group(logGroupName="/fragile")
    service.deploy()
    listed = service.s3.list_objects_v2(Bucket=BUCKET, Prefix="templates/")["Contents"]
    service.s3.put_object(Bucket=BUCKET, Key=listed[0]["Key"], Body=FRAGILE.encode())
    assert service.look(service.event())
    told = service.clients["sqs"].receive_message(QueueUrl=service.alerts)
    assert "is not the template that was recorded" in told["Messages"][0]["Body"]
    assert set(service.running().values()) == {GOOD, BAD}
