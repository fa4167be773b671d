"""Stack sets of the local cloud behave as AWS documents them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from stack_sets import (
    ADMIN,
    ADMINISTRATION_ROLE,
    EXECUTION_ROLE,
    MEMBER,
    REGIONS,
    SLOW,
    TEMPLATE,
    Sets,
    given,
    make_roles,
    signal_when_waiting,
)

pytestmark = pytest.mark.local

# Fails where a log group of this name exists already.
FRAGILE = """
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /fragile}
"""


@pytest.fixture
def sets(local_cloud: Any) -> Sets:
    make_roles(local_cloud)
    return Sets(local_cloud, local_cloud.client("cloudformation", ADMIN))


def test_instances_are_real_stacks_in_their_accounts_and_regions(sets: Sets) -> None:
    sets.create(Parameters=given(Size="big"))
    operation = sets.instances([ADMIN, MEMBER], REGIONS)

    assert operation["Status"] == "SUCCEEDED"
    assert sets.statuses() == dict.fromkeys(
        [(account, region) for account in (ADMIN, MEMBER) for region in REGIONS],
        ("CURRENT", "SUCCEEDED"),
    )
    assert sets.setting(MEMBER, "ap-south-1") == "big red"

    described = sets.client.describe_stack_instance(
        StackSetName="shop", StackInstanceAccount=MEMBER, StackInstanceRegion="eu-central-1"
    )["StackInstance"]
    name = described["StackId"].split("/")[1]
    assert name.startswith("StackSet-shop-")
    member = sets.cloud.client("cloudformation", MEMBER, "eu-central-1")
    events = member.describe_stack_events(StackName=name)["StackEvents"]
    assert [event["LogicalResourceId"] for event in reversed(events)] == [
        name, "Setting", "Setting", name,
    ]  # fmt: skip


def test_an_update_without_targets_reaches_every_instance(sets: Sets) -> None:
    sets.create()
    sets.instances([ADMIN, MEMBER], REGIONS)
    operation = sets.update(Parameters=given(Color="blue"))

    assert operation["Action"] == "UPDATE"
    assert set(sets.results(operation).values()) == {"SUCCEEDED"}
    assert sets.setting(ADMIN, "us-east-1") == "small blue"
    assert sets.setting(MEMBER, "ap-south-1") == "small blue"


def test_an_update_of_some_instances_leaves_the_others_outdated(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], REGIONS)
    sets.update(Parameters=given(Color="blue"), Accounts=[MEMBER], Regions=["eu-central-1"])

    assert {region: status for (_, region), (status, _) in sets.statuses().items()} == {
        "us-east-1": "OUTDATED",
        "eu-central-1": "CURRENT",
        "ap-south-1": "OUTDATED",
    }
    assert sets.setting(MEMBER, "us-east-1") == "small red"
    assert sets.setting(MEMBER, "eu-central-1") == "small blue"

    sets.instances([MEMBER], ["us-east-1"], "update")
    assert sets.setting(MEMBER, "us-east-1") == "small blue"


def test_one_missing_instance_rejects_the_whole_update(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1"])
    with pytest.raises(sets.client.exceptions.StackInstanceNotFoundException):
        sets.update(
            Parameters=given(Color="blue"), Accounts=[MEMBER], Regions=["us-east-1", "eu-west-1"]
        )
    assert sets.setting(MEMBER, "us-east-1") == "small red"
    described = sets.client.describe_stack_set(StackSetName="shop")["StackSet"]
    assert described["Parameters"] == []


def test_overrides_survive_an_update_of_the_set(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1"], ParameterOverrides=given(Size="huge"))
    sets.update(Parameters=given(Size="medium", Color="blue"))
    assert sets.setting(MEMBER, "us-east-1") == "huge blue"


def test_an_override_left_out_of_a_given_list_reverts(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1"], ParameterOverrides=given(Size="huge", Color="green"))
    sets.instances([MEMBER], ["us-east-1"], "update", ParameterOverrides=given(Color="green"))
    assert sets.setting(MEMBER, "us-east-1") == "small green"


def test_overrides_are_kept_when_the_list_is_left_out(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1"], ParameterOverrides=given(Size="huge"))
    sets.instances([MEMBER], ["us-east-1"], "update")
    assert sets.setting(MEMBER, "us-east-1") == "huge red"


def test_an_override_of_an_unknown_parameter_is_refused(sets: Sets) -> None:
    sets.create()
    with pytest.raises(sets.client.exceptions.ClientError, match="do not exist in the template"):
        sets.instances([MEMBER], ["us-east-1"], ParameterOverrides=given(Shape="round"))


def test_a_parameter_left_out_of_an_update_takes_the_templates_default(sets: Sets) -> None:
    sets.create(Parameters=given(Size="big", Color="blue"))
    sets.instances([MEMBER], ["us-east-1"])
    keep = {"ParameterKey": "Size", "UsePreviousValue": True}
    sets.update(Parameters=[keep])
    assert sets.setting(MEMBER, "us-east-1") == "big red"


def test_tags_of_the_set_reach_the_member_stacks_and_go_again(sets: Sets) -> None:
    sets.create(Tags=[{"Key": "Owner", "Value": "payments"}])
    sets.instances([MEMBER], ["eu-central-1"])
    member = sets.cloud.client("cloudformation", MEMBER, "eu-central-1")
    assert member.describe_stacks()["Stacks"][0]["Tags"] == [{"Key": "Owner", "Value": "payments"}]
    sets.update(Tags=[])
    assert member.describe_stacks()["Stacks"][0]["Tags"] == []


def test_describe_stack_set_returns_what_was_given(sets: Sets) -> None:
    sets.create(
        Parameters=given(Size="big"),
        Tags=[{"Key": "Owner", "Value": "payments"}],
        Description="The shop",
        Capabilities=["CAPABILITY_NAMED_IAM"],
        ManagedExecution={"Active": True},
    )
    sets.instances([MEMBER], REGIONS)
    described = sets.client.describe_stack_set(StackSetName="shop")["StackSet"]
    set_id = described.pop("StackSetId")
    assert set_id.startswith("shop:")
    assert described == {
        "StackSetName": "shop",
        "Description": "The shop",
        "Status": "ACTIVE",
        "TemplateBody": TEMPLATE,
        "Parameters": given(Size="big"),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "Owner", "Value": "payments"}],
        "StackSetARN": f"arn:aws:cloudformation:us-east-1:{ADMIN}:stackset/{set_id}",
        "AdministrationRoleARN": ADMINISTRATION_ROLE,
        "ExecutionRoleName": EXECUTION_ROLE,
        "PermissionModel": "SELF_MANAGED",
        "OrganizationalUnitIds": [],
        "ManagedExecution": {"Active": True},
        "Regions": REGIONS,
    }


def test_an_account_without_execution_role_fails_in_awss_words(sets: Sets) -> None:
    sets.create()
    operation = sets.instances(["333333333333"], ["us-east-1"])
    assert operation["Status"] == "FAILED"
    assert operation["StatusDetails"]["FailedStackInstancesCount"] == 1
    assert sets.reason(operation) == (
        "Account 333333333333 should have 'shop-execution' role with trust relationship to Role "
        "'shop-administration'."
    )
    assert sets.statuses() == {("333333333333", "us-east-1"): ("OUTDATED", "FAILED")}


def test_an_execution_role_that_trusts_somebody_else_does_not_help(sets: Sets) -> None:
    other = {"Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole"}
    sets.cloud.client("iam", "333333333333").create_role(
        RoleName=EXECUTION_ROLE, AssumeRolePolicyDocument=json.dumps({"Statement": [other]})
    )
    sets.create()
    operation = sets.instances(["333333333333"], ["us-east-1"])
    assert "should have 'shop-execution' role with trust relationship" in sets.reason(operation)


def occupy(sets: Sets, account: str, region: str) -> None:
    """Make FRAGILE fail in one place."""
    sets.cloud.client("logs", account, region).create_log_group(logGroupName="/fragile")


def test_without_tolerance_the_first_failed_region_stops_the_sequence(sets: Sets) -> None:
    occupy(sets, MEMBER, "eu-central-1")
    sets.create(FRAGILE)
    order = {"RegionOrder": ["us-east-1", "eu-central-1", "ap-south-1"]}
    operation = sets.instances(
        [MEMBER], ["ap-south-1", "eu-central-1", "us-east-1"], OperationPreferences=order
    )
    assert operation["Status"] == "FAILED"
    assert sets.results(operation) == {
        (MEMBER, "us-east-1"): "SUCCEEDED",
        (MEMBER, "eu-central-1"): "FAILED",
        (MEMBER, "ap-south-1"): "CANCELLED",
    }
    assert sets.reason(operation).startswith(
        "ResourceLogicalId:Logs, ResourceType:AWS::Logs::LogGroup, ResourceStatusReason:"
    )
    assert sets.statuses()[MEMBER, "ap-south-1"] == ("OUTDATED", "CANCELLED")


def test_a_tolerated_failure_lets_the_operation_succeed_and_counts(sets: Sets) -> None:
    occupy(sets, MEMBER, "us-east-1")
    sets.create(FRAGILE)
    operation = sets.instances(
        [ADMIN, MEMBER], ["us-east-1", "ap-south-1"],
        OperationPreferences={"FailureToleranceCount": 1},
    )  # fmt: skip
    assert operation["Status"] == "SUCCEEDED"
    assert operation["StatusDetails"]["FailedStackInstancesCount"] == 1
    assert sets.results(operation)[MEMBER, "us-east-1"] == "FAILED"
    assert sets.results(operation)[MEMBER, "ap-south-1"] == "SUCCEEDED"


def test_parallel_regions_do_not_wait_for_each_other(sets: Sets) -> None:
    occupy(sets, MEMBER, "us-east-1")
    sets.create(FRAGILE)
    operation = sets.instances(
        [MEMBER], REGIONS, OperationPreferences={"RegionConcurrencyType": "PARALLEL"}
    )
    assert operation["Status"] == "FAILED"
    assert sorted(sets.results(operation).values()) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]


def test_a_new_operation_repairs_what_failed(sets: Sets) -> None:
    occupy(sets, MEMBER, "us-east-1")
    sets.create(FRAGILE)
    sets.instances([MEMBER], ["us-east-1"])
    sets.cloud.client("logs", MEMBER).delete_log_group(logGroupName="/fragile")
    operation = sets.instances([MEMBER], ["us-east-1"], "update")
    assert operation["Status"] == "SUCCEEDED"
    assert sets.statuses() == {(MEMBER, "us-east-1"): ("CURRENT", "SUCCEEDED")}


def test_an_operation_id_is_taken_once(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1"], OperationId="first")
    with pytest.raises(sets.client.exceptions.OperationIdAlreadyExistsException):
        sets.start_instances([MEMBER], ["us-east-1"], "update", OperationId="first")


def test_a_second_operation_meanwhile_is_refused(sets: Sets) -> None:
    sets.create(SLOW)
    running = sets.start_instances([MEMBER], ["us-east-1"])
    with pytest.raises(sets.client.exceptions.OperationInProgressException):
        sets.start_instances([MEMBER], ["eu-central-1"])
    with pytest.raises(sets.client.exceptions.OperationInProgressException):
        sets.client.delete_stack_set(StackSetName="shop")
    signal_when_waiting(sets, MEMBER, "us-east-1")
    assert sets.wait(running)["Status"] == "SUCCEEDED"


def test_managed_execution_queues_the_second_operation(sets: Sets) -> None:
    sets.create(SLOW, ManagedExecution={"Active": True})
    first = sets.start_instances([MEMBER], ["us-east-1"])
    second = sets.start_instances([MEMBER], ["eu-central-1"])
    listed = sets.client.list_stack_set_operations(StackSetName="shop")["Summaries"]
    assert [(one["OperationId"], one["Status"]) for one in listed] == [
        (second, "QUEUED"), (first, "RUNNING"),
    ]  # fmt: skip
    signal_when_waiting(sets, MEMBER, "us-east-1")
    signal_when_waiting(sets, MEMBER, "eu-central-1")
    assert sets.wait(second)["Status"] == "SUCCEEDED"


def test_a_stopped_operation_cancels_what_has_not_begun(sets: Sets) -> None:
    sets.create(SLOW)
    operation_id = sets.start_instances([MEMBER], ["us-east-1", "eu-central-1"])
    sets.client.stop_stack_set_operation(StackSetName="shop", OperationId=operation_id)
    signal_when_waiting(sets, MEMBER, "us-east-1")
    operation = sets.wait(operation_id)
    assert operation["Status"] == "STOPPED"
    assert sets.results(operation) == {
        (MEMBER, "us-east-1"): "SUCCEEDED",
        (MEMBER, "eu-central-1"): "CANCELLED",
    }
    with pytest.raises(sets.client.exceptions.InvalidOperationException):
        sets.client.stop_stack_set_operation(StackSetName="shop", OperationId=operation_id)


def test_operations_pass_a_suspended_account_by(sets: Sets) -> None:
    sets.create()
    sets.instances([ADMIN, MEMBER], ["us-east-1"])
    sets.cloud.post("/_localcloud/suspend", {"account": MEMBER})
    operation = sets.update(Parameters=given(Size="large"))
    assert operation["Status"] == "SUCCEEDED"
    assert operation["StatusDetails"]["FailedStackInstancesCount"] == 0
    assert sets.statuses() == {
        (ADMIN, "us-east-1"): ("CURRENT", "SUCCEEDED"),
        (MEMBER, "us-east-1"): ("OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT"),
    }
    assert sets.setting(MEMBER, "us-east-1") == "small red"
    operation = sets.instances([MEMBER], ["us-east-1"], "delete", RetainStacks=False)
    assert operation["Status"] == "FAILED"
    assert sets.statuses()[MEMBER, "us-east-1"] == ("INOPERABLE", "INOPERABLE")


def test_deleted_instances_take_their_stacks_along_unless_retained(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1", "eu-central-1"])
    sets.instances([MEMBER], ["us-east-1"], "delete", RetainStacks=False)
    sets.instances([MEMBER], ["eu-central-1"], "delete", RetainStacks=True)
    assert sets.statuses() == {}
    assert (
        sets.cloud.client("cloudformation", MEMBER, "us-east-1").describe_stacks()["Stacks"] == []
    )
    assert sets.setting(MEMBER, "eu-central-1") == "small red"


def test_only_an_empty_set_can_be_deleted(sets: Sets) -> None:
    sets.create()
    sets.instances([MEMBER], ["us-east-1"])
    with pytest.raises(sets.client.exceptions.StackSetNotEmptyException):
        sets.client.delete_stack_set(StackSetName="shop")
    sets.instances([MEMBER], ["us-east-1"], "delete", RetainStacks=False)
    sets.client.delete_stack_set(StackSetName="shop")
    with pytest.raises(sets.client.exceptions.StackSetNotFoundException):
        sets.client.describe_stack_set(StackSetName="shop")
    sets.create()


def test_instances_are_listed_by_hundreds_and_filtered(sets: Sets) -> None:
    accounts = [f"4{number:011d}" for number in range(51)]
    sets.create()
    sets.instances(
        accounts, ["us-east-1", "eu-west-1"],
        OperationPreferences={"FailureTolerancePercentage": 100, "MaxConcurrentPercentage": 100},
    )  # fmt: skip
    first = sets.client.list_stack_instances(StackSetName="shop")
    assert len(first["Summaries"]) == 100
    rest = sets.client.list_stack_instances(StackSetName="shop", NextToken=first["NextToken"])
    assert len(rest["Summaries"]) == 2
    assert "NextToken" not in rest
    one = sets.client.list_stack_instances(
        StackSetName="shop", StackInstanceAccount=accounts[3], StackInstanceRegion="eu-west-1"
    )["Summaries"]
    assert [(found["Account"], found["Region"]) for found in one] == [(accounts[3], "eu-west-1")]
    failed = [{"Name": "DETAILED_STATUS", "Values": "SUCCEEDED"}]
    assert sets.client.list_stack_instances(StackSetName="shop", Filters=failed)["Summaries"] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://templates.s3.eu-central-1.amazonaws.com/shop.yaml",
        "https://templates.s3.amazonaws.com/shop.yaml",
        "https://s3.eu-central-1.amazonaws.com/templates/shop.yaml",
        "https://s3.amazonaws.com/templates/shop.yaml",
    ],
)
def test_a_template_may_come_from_a_bucket_and_be_long(sets: Sets, url: str) -> None:
    s3 = sets.cloud.client("s3", ADMIN, "eu-central-1")
    s3.create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    long = TEMPLATE + "# " + "long " * 20_000
    s3.put_object(Bucket="templates", Key="shop.yaml", Body=long.encode())
    sets.client.create_stack_set(
        StackSetName="shop",
        TemplateURL=url,
        AdministrationRoleARN=ADMINISTRATION_ROLE,
        ExecutionRoleName=EXECUTION_ROLE,
    )
    assert sets.instances([MEMBER], ["us-east-1"])["Status"] == "SUCCEEDED"
    assert sets.setting(MEMBER, "us-east-1") == "small red"


def test_a_long_template_is_refused_inline(sets: Sets) -> None:
    with pytest.raises(sets.client.exceptions.ClientError, match="less than or equal to 51200"):
        sets.create(TEMPLATE + "# " + "long " * 20_000)


IAM = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: named
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
"""

REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("iam", {"template": IAM}, "InsufficientCapabilitiesException", "CAPABILITY_NAMED_IAM"),
    ("unknown parameter", {"Parameters": given(Shape="x")}, "ValidationError", "do not exist"),
    ("reserved tag", {"Tags": [{"Key": "aws:x", "Value": "y"}]}, "ValidationError", "reserved"),
    ("organizations", {"PermissionModel": "SERVICE_MANAGED"}, "ValidationError", "SELF_MANAGED"),
]


@pytest.mark.parametrize(
    ("options", "code", "words"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_a_set_that_could_not_work_is_refused(
    sets: Sets, options: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(sets.client.exceptions.ClientError, match=words) as refused:
        sets.create(**options)
    assert refused.value.response["Error"]["Code"] == code


def test_template_summary_answers_for_a_set(sets: Sets) -> None:
    sets.create()
    summary = sets.client.get_template_summary(StackSetName="shop")
    assert [one["ParameterKey"] for one in summary["Parameters"]] == ["Size", "Color"]


def test_operations_are_announced_as_events(sets: Sets) -> None:
    sqs = sets.cloud.client("sqs", ADMIN)
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    events = sets.cloud.client("events", ADMIN)
    events.put_rule(
        Name="sets",
        EventPattern=json.dumps(
            {
                "source": ["aws.cloudformation"],
                "detail-type": ["CloudFormation StackSet Operation Status Change"],
                "detail": {"status-details": {"status": ["SUCCEEDED"]}},
            }
        ),
    )
    events.put_targets(
        Rule="sets", Targets=[{"Id": "queue", "Arn": f"arn:aws:sqs:us-east-1:{ADMIN}:told"}]
    )
    sets.create()
    operation = sets.instances([MEMBER], ["us-east-1"])
    read: Callable[[], Any] = lambda: sqs.receive_message(QueueUrl=queue).get("Messages")  # noqa: E731
    event = json.loads(sets.cloud.until(read)[0]["Body"])
    assert event["detail"]["stack-set-operation-id"] == operation["OperationId"]
