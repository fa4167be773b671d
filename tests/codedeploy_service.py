"""A small service with an alias under CodeDeploy, made by API calls: what the tests move about."""

import io
import json
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any

REGION = "us-east-1"
ROLLBACK_EVENTS = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
ANSWER = """
def handler(event, context):
    if {fails}:
        raise RuntimeError("broken release")
    return {{"version": context.function_version, "arn": context.invoked_function_arn}}
"""
HOOK = """
import boto3

def handler(event, context):
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="{status}",
    )
"""
SILENT = """
def handler(event, context):
    return None
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["codedeploy.amazonaws.com", "lambda.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def zipped(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", code)
    return content.getvalue()


@dataclass
class Service:
    """The function `orders`, its alias `live`, the application `shop`, the group `orders`."""

    cloud: Any
    group: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.functions = self.cloud.client("lambda")
        self.codedeploy = self.cloud.client("codedeploy")
        role = self.cloud.client("iam").create_role(
            RoleName="all", AssumeRolePolicyDocument=json.dumps(_TRUST)
        )
        self.role = role["Role"]["Arn"]
        self.create("orders", ANSWER.format(fails=False))
        self.functions.publish_version(FunctionName="orders")
        self.functions.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
        self.codedeploy.create_application(applicationName="shop", computePlatform="Lambda")
        self.codedeploy.create_deployment_group(
            applicationName="shop",
            deploymentGroupName="orders",
            serviceRoleArn=self.role,
            **{
                "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
                "autoRollbackConfiguration": {"enabled": True, "events": ROLLBACK_EVENTS},
                **self.group,
            },
        )

    def create(self, name: str, code: str) -> None:
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler="app.handler",
            Timeout=10,
            Code={"ZipFile": zipped(code)},
        )

    def release(self, *, fails: bool = False) -> str:
        """Publish a new version; give its number."""
        code = ANSWER.format(fails=fails) + f"# {uuid.uuid4()}\n"
        published = self.functions.update_function_code(
            FunctionName="orders", ZipFile=zipped(code), Publish=True
        )
        return str(published["Version"])

    def minute(self, seconds: float, *, calls: int = 0) -> None:
        """Choose how long a minute lasts, and how many calls one of shifting waits for."""
        self.cloud.set_minute(seconds, calls=calls)

    def deploy(
        self, target: str, *, current: str = "1", hooks: dict[str, str] | None = None, **rest: Any
    ) -> str:
        """Start a deployment; give its id."""
        function = {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Name": "orders",
                "Alias": "live",
                "CurrentVersion": current,
                "TargetVersion": target,
            },
        }
        content = {
            "version": 0.0,
            "Resources": [{"orders": function}],
            "Hooks": [{name: function} for name, function in (hooks or {}).items()],
        }
        started = self.codedeploy.create_deployment(
            applicationName="shop",
            deploymentGroupName="orders",
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": json.dumps(content)},
            },
            **rest,
        )
        return str(started["deploymentId"])

    def look(self, deployment: str) -> dict[str, Any]:
        info: dict[str, Any] = self.codedeploy.get_deployment(deploymentId=deployment)[
            "deploymentInfo"
        ]
        return info

    def finish(self, deployment: str) -> dict[str, Any]:
        """Give a deployment once it is over."""
        ended = ("Succeeded", "Failed", "Stopped")
        info: dict[str, Any] = self.cloud.until(
            lambda: self.look(deployment), lambda one: one["status"] in ended
        )
        return info

    def stages(self, deployment: str) -> dict[str, str]:
        """Give the status of each lifecycle event."""
        target = self.codedeploy.get_deployment_target(
            deploymentId=deployment, targetId="orders:live"
        )["deploymentTarget"]["lambdaTarget"]
        return {one["lifecycleEventName"]: one["status"] for one in target["lifecycleEvents"]}

    def alias(self) -> tuple[str, dict[str, float]]:
        """Give the alias's version and the weights of others."""
        found = self.functions.get_alias(FunctionName="orders", Name="live")
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return found["FunctionVersion"], weights

    def call(self) -> dict[str, Any]:
        """Call the alias."""
        return dict(self.functions.invoke(FunctionName="orders", Qualifier="live"))

    def alarm(self, name: str = "errors", *, state: str | None = None, **given: Any) -> None:
        """Make an alarm of the alias's errors, and set its state."""
        cloudwatch = self.cloud.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            **{
                "AlarmName": name,
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [
                    {"Name": "FunctionName", "Value": "orders"},
                    {"Name": "Resource", "Value": "orders:live"},
                ],
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                **given,
            }
        )
        if state:
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

    def collect_events(self, pattern: dict[str, Any]) -> str:
        """Send events of a pattern to a queue; give its URL."""
        queues, events = self.cloud.client("sqs"), self.cloud.client("events")
        url = queues.create_queue(QueueName="events")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        events.put_rule(Name="all", EventPattern=json.dumps(pattern))
        targets = [{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}]
        events.put_targets(Rule="all", Targets=targets)
        return str(url)

    def received(self, url: str) -> list[dict[str, Any]]:
        """Give what waits in a queue, leaving nothing behind."""
        queues = self.cloud.client("sqs")
        found: list[dict[str, Any]] = []
        while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found
