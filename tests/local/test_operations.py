"""Operations of StackSets, followed, stopped and resumed as a person does it."""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project
    from warm import Gen

pytestmark = pytest.mark.local

TOOLS = "111111111111"
NAME = "orders-dev-service"
CANARY, *OTHERS = REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
LOCAL = ("-e", "dev", "--local")
# Goes on when it is told to.
SLOW = """
Parameters: {Size: {Type: String, Default: small}}
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Handle, Timeout: "300"}
"""
# Fails where a log group of this name exists already.
FRAGILE = """
Parameters: {Size: {Type: String, Default: small}}
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/setting, Type: String, Value: !Ref Size}
  Logs:
    Type: AWS::Logs::LogGroup
    DependsOn: Setting
    Properties: {LogGroupName: /fragile}
"""


@dataclass
class Service:
    """The set of the service, made by hand: nothing has to be rendered for it."""

    project: Project
    client: Any

    def create(self, template: str) -> None:
        role = f"arn:aws:iam::{TOOLS}:role/shop-administration"
        iam = self.project.cloud.client("iam")
        for name, principal in (
            ("shop-administration", {"Service": "cloudformation.amazonaws.com"}),
            ("shop-execution", {"AWS": role}),
        ):
            allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
            iam.create_role(
                RoleName=name,
                AssumeRolePolicyDocument=json.dumps(
                    {"Version": "2012-10-17", "Statement": [allow]}
                ),
            )
        self.client.create_stack_set(
            StackSetName=NAME,
            TemplateBody=template,
            AdministrationRoleARN=role,
            ExecutionRoleName="shop-execution",
        )

    def start(self, *regions: str, **options: Any) -> str:
        """Begin to create instances."""
        started = self.client.create_stack_instances(
            StackSetName=NAME, Accounts=[TOOLS], Regions=list(regions), **options
        )
        operation: str = started["OperationId"]
        return operation

    def status(self, operation: str) -> str:
        found = self.client.describe_stack_set_operation(StackSetName=NAME, OperationId=operation)
        status: str = found["StackSetOperation"]["Status"]
        return status

    def wait(self, operation: str) -> str:
        ended = ("SUCCEEDED", "FAILED", "STOPPED")
        status: str = self.project.cloud.until(
            lambda: self.status(operation), lambda status: status in ended
        )
        return status

    def let_go_on(self, region: str, status: str = "SUCCESS") -> None:
        """Signal the stack of SLOW in a region; FAILURE lets it fail."""
        cloudformation = self.project.cloud.client("cloudformation", region=region)

        def handle() -> Any:
            for stack in cloudformation.describe_stacks()["Stacks"]:
                for one in cloudformation.describe_stack_resources(StackName=stack["StackName"])[
                    "StackResources"
                ]:
                    if one["LogicalResourceId"] == "Handle":
                        return one.get("PhysicalResourceId")
            return None

        url = self.project.cloud.until(handle)
        body = {"Status": status, "Reason": "no room", "UniqueId": "1", "Data": ""}
        # A signal is signed without a content type.
        message = urllib.request.Request(
            url, data=json.dumps(body).encode(), method="PUT", headers={"content-type": ""}
        )
        urllib.request.urlopen(message).close()

    def logs(self, region: str) -> Any:
        return self.project.cloud.client("logs", region=region)

    def setting(self, region: str) -> str:
        ssm = self.project.cloud.client("ssm", region=region)
        value: str = ssm.get_parameter(Name="/shop/setting")["Parameter"]["Value"]
        return value


@pytest.fixture
def service(project: Project) -> Service:
    return Service(project, project.cloud.client("cloudformation"))


def until_said(process: Gen, text: str) -> str:
    """Read what a command says until it has said something."""
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it ended without saying {text!r}: {said}")


def test_attach_follows_what_somebody_else_began_to_its_end(service: Service) -> None:
    service.create(SLOW)
    operation = service.start(CANARY)
    process = service.project.start("attach", *LOCAL)
    said = until_said(process, "Wait CREATE_IN_PROGRESS")
    assert f"CREATE of {NAME} by the pipeline or the console, RUNNING since 20" in said
    assert operation in said
    service.let_go_on(CANARY)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 0, rest
    assert "service: SUCCEEDED" in rest
    said = service.project.gen("attach", *LOCAL)
    assert "nothing is under way" in said
    assert f"{NAME}: CREATE by the pipeline or the console SUCCEEDED" in said


def test_attach_ends_with_the_root_cause_of_what_fails(service: Service) -> None:
    service.create(SLOW)
    service.start(CANARY)
    process = service.project.start("attach", *LOCAL)
    until_said(process, "Wait CREATE_IN_PROGRESS")
    service.let_go_on(CANARY, "FAILURE")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    error = next(line for line in said.splitlines() if line.startswith("error: "))
    assert f"{NAME} in {TOOLS} {CANARY}: Wait (AWS::CloudFormation::WaitCondition)" in error
    assert "CREATE_FAILED" in error
    assert "no room" in error


def test_ctrl_c_ends_the_looking_and_says_how_to_look_again(service: Service) -> None:
    service.create(SLOW)
    operation = service.start(CANARY)
    process = service.project.start("attach", *LOCAL)
    until_said(process, "Wait CREATE_IN_PROGRESS")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "gen attach -e dev --local" in said
    assert service.status(operation) == "RUNNING"
    service.let_go_on(CANARY)
    assert service.wait(operation) == "SUCCEEDED"


def test_a_stopped_operation_is_resumed_with_what_it_left(service: Service) -> None:
    service.create(SLOW)
    operation = service.start(CANARY, OTHERS[0])
    said = service.project.gen("stop", *LOCAL, code=2)
    assert "say --yes" in said
    assert service.status(operation) == "RUNNING"
    process = service.project.start("stop", *LOCAL, "--yes")
    service.project.cloud.until(lambda: service.status(operation) == "STOPPING")
    service.let_go_on(CANARY)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert f"will not be begun: {TOOLS} {OTHERS[0]}" in said
    assert f"operation {operation} on {NAME}: STOPPED" in said
    assert f"have what it brought: {TOOLS} {CANARY}" in said
    assert f"are as they were: {TOOLS} {OTHERS[0]}" in said
    assert "gen resume -e dev --local" in said

    process = service.project.start("resume", *LOCAL)
    service.let_go_on(OTHERS[0])
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert service.project.instances() == {CANARY: "CURRENT", OTHERS[0]: "CURRENT"}
    assert f"not there yet, which `gen deploy` changes: {TOOLS} {OTHERS[1]}" in said
    assert "nothing to stop" in service.project.gen("stop", *LOCAL)


def test_only_what_failed_is_resumed_canary_first_and_keeps_its_own_values(
    service: Service,
) -> None:
    for region in REGIONS[:2]:
        service.logs(region).create_log_group(logGroupName="/fragile")
    service.create(FRAGILE)
    own = [{"ParameterKey": "Size", "ParameterValue": "huge"}]
    tolerant = {"FailureToleranceCount": 1, "RegionConcurrencyType": "PARALLEL"}
    operation = service.start(*REGIONS, ParameterOverrides=own, OperationPreferences=tolerant)
    assert service.wait(operation) == "SUCCEEDED", "within its tolerance"

    said = service.project.gen("resume", *LOCAL, code=1)
    assert f"{NAME} in {TOOLS} {CANARY}: Logs (AWS::Logs::LogGroup) CREATE_FAILED" in said
    assert re.search(r"us-east-1 +not started", said)

    for region in REGIONS[:2]:
        service.logs(region).delete_log_group(logGroupName="/fragile")
    seen = len(service.project.cloud.writes())
    service.project.gen("resume", *LOCAL)
    assert service.project.cloud.writes()[seen:] == ["cloudformation:UpdateStackInstances"] * 2
    assert service.project.instances() == dict.fromkeys(REGIONS, "CURRENT")
    assert {service.setting(region) for region in REGIONS} == {"huge"}

    seen = len(service.project.cloud.writes())
    assert "nothing to resume" in service.project.gen("resume", *LOCAL)
    assert service.project.cloud.writes()[seen:] == []


def test_who_finds_an_operation_under_way_waits_and_says_for_what(service: Service) -> None:
    service.create(SLOW)
    operation = service.start(CANARY)
    process = service.project.start("resume", *LOCAL)
    said = until_said(process, "`gen stop` would stop it")
    assert f"waiting for CREATE of {NAME} by the pipeline or the console, RUNNING since" in said
    assert f"(operation {operation}); still to come: {TOOLS} {CANARY}" in said
    service.let_go_on(CANARY)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "nothing to resume" in said


def test_status_is_watched_until_nothing_is_under_way(service: Service) -> None:
    service.create(SLOW)
    service.start(CANARY, OTHERS[0], OperationPreferences={"RegionConcurrencyType": "PARALLEL"})
    process = service.project.start("status", *LOCAL, "--watch")
    under_way = f"under way {NAME}: CREATE by the pipeline or the console RUNNING since"
    assert any(under_way in line and "0 of 2 done" in line for line in process.stdout)
    service.let_go_on(CANARY)
    assert any("1 of 2 done" in line for line in process.stdout)
    service.let_go_on(OTHERS[0])
    rest, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    assert f"{TOOLS} {OTHERS[0]} CURRENT SUCCEEDED CREATE_COMPLETE" in rest
    assert rest.splitlines()[-1] == "nothing is under way any more"


def test_a_watched_operation_that_fails_is_no_success(service: Service) -> None:
    service.create(SLOW)
    service.start(CANARY)
    process = service.project.start("status", *LOCAL, "--watch")
    assert any("0 of 1 done" in line for line in process.stdout)
    service.let_go_on(CANARY, "FAILURE")
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert f"{NAME}: CREATE FAILED" in printed


def test_a_suspended_account_is_left_out_and_said(service: Service) -> None:
    service.create(FRAGILE)
    assert service.wait(service.start(CANARY)) == "SUCCEEDED"
    service.project.cloud.post("/_localcloud/suspend", {"account": TOOLS})
    own = [{"ParameterKey": "Size", "ParameterValue": "huge"}]
    started = service.client.update_stack_instances(
        StackSetName=NAME, Accounts=[TOOLS], Regions=[CANARY], ParameterOverrides=own
    )
    assert service.wait(started["OperationId"]) == "SUCCEEDED"
    said = service.project.gen("resume", *LOCAL)
    assert f"left out, for the account is suspended: {TOOLS} {CANARY}" in said
    assert "nothing to resume" in said


def test_ctrl_c_at_a_deployment_detaches_and_attach_goes_on_watching(project: Project) -> None:
    project.edit("params/dev.yaml", "strategy: AllAtOnce", "strategy: Canary10Percent5Minutes")
    project.deploy()
    project.edit("lambda_code/orders_api/app.py", "from __future__", "# line\nfrom __future__")
    project.gen("render", "-e", "dev")
    # Under way for as long as nobody calls the canary.
    project.cloud.set_minute(0.1, calls=1)
    process = project.start("deploy", *LOCAL)
    until_said(process, "UPDATE_IN_PROGRESS")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "what is under way goes on. To watch it again: gen attach -e dev --local" in said
    process = project.start("attach", *LOCAL)
    until_said(process, "UPDATE_IN_PROGRESS")
    project.cloud.set_minute(0.1)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "service: SUCCEEDED" in said
    assert "nothing is under way" in project.gen("attach", *LOCAL)
    assert project.instances()[CANARY] == "CURRENT"
