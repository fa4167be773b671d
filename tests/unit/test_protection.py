"""Stack policies and termination protection: set once, reconciled, in nobody's way."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from fakeaws import FakeCloud, refusal

from generator.aws import Stacks, TemplateSource
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.stack import StackDeployment
from generator.plan import DesiredStack, StackAction, decide, stack_policy
from generator.plan.state import ActualStack, StackState

pytestmark = pytest.mark.unit

TEMPLATE = """
Resources:
  Archive: {Type: AWS::S3::Bucket, DeletionPolicy: RetainExceptOnCreate}
  Key: {Type: AWS::KMS::Key, DeletionPolicy: Retain}
  Scratch: {Type: AWS::S3::Bucket}
  Version: {Type: AWS::Lambda::Version, DeletionPolicy: Retain}
"""
POLICY = stack_policy(TEMPLATE)
OPEN = stack_policy("")
DESIRED = DesiredStack(
    name="shop-prod-core", account="111111111111", region="us-east-1", template=TEMPLATE,
    parameters={}, tags={}, capabilities=(), protected=True, policy=POLICY,
)  # fmt: skip
THERE = StackState("id", "CREATE_COMPLETE", "", {}, {}, {}, protected=True)


def denied(policy: str) -> list[str]:
    return [
        resource.removeprefix("LogicalResourceId/")
        for statement in json.loads(policy)["Statement"]
        if statement["Effect"] == "Deny"
        for resource in statement["Resource"]
    ]


def test_what_holds_data_and_is_kept_is_not_replaced_and_not_deleted() -> None:
    assert denied(POLICY) == ["Archive", "Key"]
    first, last = json.loads(POLICY)["Statement"]
    assert (first["Effect"], last["Effect"]) == ("Allow", "Deny"), "the last one that fits holds"
    assert last["Action"] == ["Update:Delete", "Update:Replace"]


def test_a_template_without_any_allows_everything() -> None:
    assert denied(OPEN) == []


def test_what_was_named_for_it_may_be_replaced_this_time() -> None:
    assert denied(stack_policy(TEMPLATE, replaceable=["Archive"])) == ["Key"]


@pytest.mark.parametrize(
    ("desired", "actual", "template", "policy", "action"),
    [
        ({}, {}, TEMPLATE, POLICY, StackAction.NOTHING),
        ({}, {}, TEMPLATE, json.dumps(json.loads(POLICY), indent=4), StackAction.NOTHING),
        ({}, {}, TEMPLATE, None, StackAction.PROTECT),
        ({}, {}, TEMPLATE, OPEN, StackAction.PROTECT),
        ({}, {"protected": False}, TEMPLATE, POLICY, StackAction.PROTECT),
        ({"protected": False}, {}, TEMPLATE, POLICY, StackAction.PROTECT),
        # The policy that it has had judges the update.
        ({}, {}, "old", POLICY, StackAction.UPDATE),
        ({}, {"protected": False}, "old", None, StackAction.UPDATE),
        # What is not wanted any more does not stand in the update's way.
        ({"policy": None, "template": "new"}, {}, TEMPLATE, POLICY, StackAction.PROTECT),
        ({"policy": None, "template": "new"}, {}, TEMPLATE, OPEN, StackAction.UPDATE),
        ({"policy": None}, {}, TEMPLATE, OPEN, StackAction.NOTHING),
        ({"policy": None}, {}, TEMPLATE, None, StackAction.NOTHING),
        # Somebody else's.
        ({"policy": None}, {}, TEMPLATE, '{"Statement": []}', StackAction.NOTHING),
        # Nothing to protect: no policy is as good as an open one.
        ({"policy": OPEN}, {}, TEMPLATE, None, StackAction.NOTHING),
    ],
)
def test_protection_is_reconciled(
    desired: dict[str, Any], actual: dict[str, Any], template: str, policy: str | None,
    action: StackAction,
) -> None:  # fmt: skip
    wanted, there = dataclasses.replace(DESIRED, **desired), dataclasses.replace(THERE, **actual)
    assert decide(wanted, ActualStack(there, template, policy)) is action


class OneStack:
    """A CloudFormation that has at most one stack, and does at once what it is told."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None
        self.template, self.policy = "", ""
        self.cloud = FakeCloud(
            {
                f"cloudformation.{name}": getattr(self, name)
                for name in (
                    "describe_stacks", "get_template", "get_stack_policy", "create_stack",
                    "update_stack", "set_stack_policy", "update_termination_protection",
                )
            }
        )  # fmt: skip

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if self.stack is None:
            return refusal("ValidationError", "Stack with id x does not exist")()
        return {"Stacks": [self.stack]}

    def get_template(self, **_: Any) -> dict[str, Any]:
        return {"TemplateBody": self.template}

    def get_stack_policy(self, **_: Any) -> dict[str, Any]:
        return {"StackPolicyBody": self.policy} if self.policy else {}

    def create_stack(self, **given: Any) -> dict[str, Any]:
        self.template, self.policy = given["TemplateBody"], given.get("StackPolicyBody", "")
        self.stack = {
            "StackId": "id",
            "StackStatus": "CREATE_COMPLETE",
            "EnableTerminationProtection": given.get("EnableTerminationProtection", False),
        }
        return {"StackId": "id"}

    def update_stack(self, **given: Any) -> dict[str, Any]:
        assert self.stack is not None
        self.template, self.stack["StackStatus"] = given["TemplateBody"], "UPDATE_COMPLETE"
        return {}

    def set_stack_policy(self, **given: Any) -> dict[str, Any]:
        self.policy = given["StackPolicyBody"]
        return {}

    def update_termination_protection(self, **given: Any) -> dict[str, Any]:
        assert self.stack is not None
        self.stack["EnableTerminationProtection"] = given["EnableTerminationProtection"]
        return {}

    def deploy(self, desired: DesiredStack, **options: Any) -> list[str]:
        """Deploy; give the calls that changed something."""
        before = len(self.cloud.calls)
        StackDeployment(
            desired,
            source=TemplateSource(desired.template),
            stacks=Stacks(self.cloud, account=desired.account, region=desired.region),  # type: ignore[arg-type]
            lines=TemplateLines("", ""),
            progress=Quiet(),
            pause=lambda: None,
            **options,
        ).run()
        made = [name for name, _ in self.cloud.calls[before:]]
        return [name for name in made if not name.startswith(("get_", "describe_"))]

    def given(self, method: str) -> dict[str, Any]:
        return next(args for name, args in reversed(self.cloud.calls) if name == method)


class Quiet:
    def begin(self, unit: str, purpose: str) -> None: ...
    def row(self, row: object) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...


def test_a_stack_is_protected_from_its_first_moment_on_and_then_left_alone() -> None:
    aws = OneStack()
    assert aws.deploy(DESIRED) == ["create_stack"]
    assert aws.given("create_stack")["EnableTerminationProtection"] is True
    assert denied(aws.given("create_stack")["StackPolicyBody"]) == ["Archive", "Key"]

    before = len(aws.cloud.calls)
    assert aws.deploy(DESIRED) == []
    assert len(aws.cloud.calls) - before == 3, "stack, template, policy"


def test_protection_that_was_switched_off_by_hand_comes_back() -> None:
    aws = OneStack()
    aws.deploy(DESIRED)
    aws.stack["EnableTerminationProtection"] = False  # type: ignore[index]
    aws.policy = OPEN
    assert aws.deploy(DESIRED) == ["set_stack_policy", "update_termination_protection"]
    assert aws.deploy(DESIRED) == []


def test_an_update_is_judged_by_the_old_policy_and_followed_by_the_new_one() -> None:
    aws = OneStack()
    aws.deploy(DESIRED)
    grown = TEMPLATE + "  Table: {Type: AWS::DynamoDB::Table, DeletionPolicy: Retain}\n"
    desired = dataclasses.replace(DESIRED, template=grown, policy=stack_policy(grown))
    assert aws.deploy(desired) == ["update_stack", "set_stack_policy"]
    assert "StackPolicyDuringUpdateBody" not in aws.given("update_stack")
    assert denied(aws.policy) == ["Archive", "Key", "Table"]


def test_a_named_resource_may_be_replaced_in_this_update_only() -> None:
    aws = OneStack()
    aws.deploy(DESIRED)
    desired = dataclasses.replace(DESIRED, tags={"a": "b"})
    aws.stack["Tags"] = []  # type: ignore[index]

    def tagged(**given: Any) -> dict[str, Any]:
        aws.stack["Tags"] = given["Tags"]  # type: ignore[index]
        return aws.update_stack(**given)

    aws.cloud.answers["cloudformation.update_stack"] = tagged
    assert aws.deploy(desired, allow_replace={"Key"}) == ["update_stack"]
    assert denied(aws.given("update_stack")["StackPolicyDuringUpdateBody"]) == ["Archive"]
    assert denied(aws.policy) == ["Archive", "Key"]
