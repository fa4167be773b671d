"""Any change of a parameter in the StackSets console is a new version, or is none: each one tested.

The parameters are the template's own, so a new one has to be put in its place here first.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from local.conftest import Project

pytestmark = pytest.mark.local

REGION = "us-east-1"
SET = "orders-dev-service"
FUNCTIONS = {"Orders": "orders-dev-orders", "Fulfilment": "orders-dev-fulfilment"}
LAYER = "/layers/tools"

VERSIONED = {"CodeKey", "Memory", "Timeout", "EphemeralStorage", "Layer1Version"}
"""Ends of a function's own parameters: a change is a new version of this function."""
VERSIONED_EVERYWHERE = {"LogLevel"}
"""A change is a new version of every function."""
UNVERSIONED_OF_FUNCTIONS = {
    "ReservedConcurrency", "ProvisionedMinimum", "ProvisionedMaximum", "ProvisionedUtilization",
    "InboxBatchSize", "InboxConcurrency", "InboxVisibilityTimeout",
}  # fmt: skip
"""Ends of a function's own parameters that no version holds."""
UNVERSIONED = {
    "AlarmMinutes", "ApiBurst", "ApiRequestsPerSecond", "AsyncMaximumAgeSeconds", "AsyncRetries",
    "DeadLetters", "DeploymentStrategy", "ErrorRatePercent", "IgnoreAlarmsInDeployment",
    "LatencyP99Milliseconds", "LogRetentionDays", "QueueAgeSeconds", "Release",
    "SecretRotationCodeKey", "SigningKeySecretRotationDays", "TableDeletionProtection",
    "ThrottledCalls", "TraceRate", "TrafficCheckCodeKey", "TrafficChecks",
}  # fmt: skip
"""All others: of alarms, logs, the API, deliveries, and the code that gen adds."""
IDENTITY = {"Project", "Environment", "ToolsAccount", "PrimaryRegion"}
"""A change makes another service, as the console's group of them says."""

CONFIG: dict[str, Any] = {
    "regions": {"primary": REGION, "waves": [[REGION]]},
    "functions": {
        "orders": {
            "provisioned_concurrency": {"min": 1, "max": 5},
            "layers": [f"{LAYER}:1"],
            "secrets": ["signing-key"],
        },
        "fulfilment": {
            "source": "lambda_code/order_events",
            "snap_start": True,
            "tables": {"orders": ["GetItem", "UpdateItem"]},
            "events": [{"queue": {}}],
            "traffic_check": {"event": {"task": "heartbeat"}},
        },
    },
    "secrets": {"signing-key": {"description": "Signs receipts"}},
    "delivery": {
        "strategy": "AllAtOnce",
        "pre_traffic_check": True,
        "post_traffic_check": True,
        "alarms": {"latency_p99_ms": 20000},  # a busy machine starts functions slowly
    },
}
"""Uses everything that has a parameter."""


def functions_of(parameter: str) -> set[str] | None:
    """Name the functions that get a new version by a parameter; None when nobody classified it."""
    for function in FUNCTIONS:
        if parameter in {function + end for end in VERSIONED}:
            return {function}
        if parameter in {function + end for end in UNVERSIONED_OF_FUNCTIONS}:
            return set()
    if parameter in VERSIONED_EVERYWHERE:
        return set(FUNCTIONS)
    return set() if parameter in UNVERSIONED else None


@dataclass
class Console:
    """An operator at the StackSets console."""

    project: Project

    def client(self, service: str) -> Any:
        return self.project.cloud.client(service, region=REGION)

    def template(self) -> dict[str, Any]:
        """Give the parameters that the console shows."""
        folder = self.project.root / "build" / "dev"
        text = (folder / "templates" / "service.yaml").read_text().split("\nConditions:")[0]
        return dict(yaml.safe_load(text.partition("\nParameters:")[2]))

    def values(self) -> dict[str, str]:
        found = self.client("cloudformation").describe_stack_set(StackSetName=SET)["StackSet"]
        return {p["ParameterKey"]: p["ParameterValue"] for p in found["Parameters"]}

    def set(self, parameter: str, value: str) -> None:
        """Change one parameter of the set, and wait for its instances."""
        cloudformation = self.client("cloudformation")
        operation = cloudformation.update_stack_set(
            StackSetName=SET,
            UsePreviousTemplate=True,
            Parameters=[
                {"ParameterKey": parameter, "ParameterValue": value},
                *(
                    {"ParameterKey": other, "UsePreviousValue": True}
                    for other in self.values()
                    if other != parameter
                ),
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            AdministrationRoleARN="arn:aws:iam::111111111111:role/orders-dev-StackSetAdministration",
            ExecutionRoleName="orders-dev-StackSetExecution",
        )["OperationId"]
        ended = self.project.cloud.until(
            lambda: cloudformation.describe_stack_set_operation(
                StackSetName=SET, OperationId=operation
            )["StackSetOperation"]["Status"],
            lambda status: status not in ("RUNNING", "QUEUED"),
        )
        instances = cloudformation.list_stack_instances(StackSetName=SET)["Summaries"]
        reasons = [instance.get("StatusReason", "") for instance in instances]
        alarms = [
            (alarm["AlarmName"], alarm["StateReason"])
            for alarm in self.client("cloudwatch").describe_alarms(StateValue="ALARM")[
                "MetricAlarms"
            ]
        ]
        assert ended == "SUCCEEDED", f"{parameter}={value}: {reasons} {alarms} {self.said()}"

    def said(self) -> list[str]:
        """Give the last lines of each function, and of the checks: why a deployment failed."""
        logs = self.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        return [
            f"{group}: {event['message']}"
            for group in groups
            if group.startswith("/aws/lambda/")
            for event in logs.filter_log_events(logGroupName=group)["events"][-6:]
        ]

    def live(self) -> dict[str, str]:
        """Give the version that each function's alias answers with."""
        client = self.client("lambda")
        return {
            function: client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
            for function, name in FUNCTIONS.items()
        }

    def newest(self) -> dict[str, str]:
        """Give the newest version of each function."""
        client = self.client("lambda")
        return {
            function: client.list_versions_by_function(FunctionName=name)["Versions"][-1]["Version"]
            for function, name in FUNCTIONS.items()
        }

    def another(self, parameter: str) -> str:
        """Choose a value that the parameter takes and does not have."""
        declared, value = self.template()[parameter], self.values()[parameter]
        if parameter.endswith("CodeKey"):
            return self._upload(value)
        if parameter == "Release":
            return "0" * 12
        allowed = [str(each) for each in declared.get("AllowedValues", ())]
        if allowed:
            return next(each for each in allowed if each != value)
        more = 0.1 if "." in value else 1
        if float(value) + more > declared.get("MaxValue", float("inf")):
            more = -more
        return str(round(float(value) + more, 1)) if "." in value else str(int(value) + more)

    def _upload(self, key: str) -> str:
        """Put the package, with one file more, into the region's bucket under its own digest."""
        s3 = self.client("s3")
        bucket = f"orders-dev-artifacts-111111111111-{REGION}"
        package = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        with zipfile.ZipFile(package, "a") as archive:
            archive.writestr("another.txt", "another release")
        data = package.getvalue()
        other = f"{key.rpartition('/')[0]}/{hashlib.sha256(data).hexdigest()}.zip"
        s3.put_object(Bucket=bucket, Key=other, Body=data)
        return other


@pytest.fixture
def console(project: Project) -> Console:
    """A service that uses everything, deployed to one region."""
    console = Console(project)
    # A hook's hour is a minute, so that a busy machine's cold start is not taken for silence.
    project.cloud.set_minute(1)
    client = console.client("lambda")
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("python/tools.txt", "")
    for _ in range(2):
        layer = client.publish_layer_version(
            LayerName="tools", Content={"ZipFile": empty.getvalue()}
        )["LayerVersionArn"]
        console.client("ssm").put_parameter(Name=LAYER, Type="String", Value=layer, Overwrite=True)
    file = project.root / "params" / "dev.yaml"
    values = yaml.safe_load(file.read_text()) | CONFIG
    file.write_text(json.dumps(values))
    project.deploy()
    return console


def test_every_parameter_is_classified(console: Console) -> None:
    assert {p for p in console.template() if functions_of(p) is None} == IDENTITY


def test_a_versioned_parameter_makes_a_version_and_moves_the_alias(console: Console) -> None:
    wrong = {}
    for parameter in console.template():
        expected = functions_of(parameter)
        if not expected:
            continue
        before = console.newest()
        console.set(parameter, console.another(parameter))
        after = console.newest()
        changed = {function for function in FUNCTIONS if after[function] != before[function]}
        if changed != expected or console.live() != after:
            wrong[parameter] = (changed, console.live(), after)
    assert wrong == {}


def test_another_parameter_leaves_versions_and_aliases_alone(console: Console) -> None:
    before = console.newest()
    wrong = []
    for parameter in console.template():
        if functions_of(parameter) == set():
            console.set(parameter, console.another(parameter))
            if (console.newest(), console.live()) != (before, before):
                wrong.append(parameter)
                before = console.newest()
    assert wrong == []
