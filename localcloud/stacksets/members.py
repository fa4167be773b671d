"""The stacks of a set: real stacks of the local cloud in the target account and region."""

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any

from localcloud import ministack, ministack_drift, ministack_stacks
from localcloud.ministack import Params, Place
from localcloud.stacksets import imports
from localcloud.stacksets.model import Instance, Operation, StackDrift, StackSet
from localcloud.stacksets.operations import MemberError, SuspendedError

LOOK_AGAIN_SECONDS = 0.01
NO_UPDATES = "No updates are to be performed"
# A stack that was never created can only be deleted, which AWS does by itself before a retry.
_NEVER_CREATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


class MemberStacks:
    """Bring one member stack at a time to the state that its set wants."""

    def __init__(self, suspended: Collection[str] = ()) -> None:
        """`suspended` are accounts, which operations pass by."""
        self._suspended = suspended

    async def deploy(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        """Create or update the instance's stack, or raise MemberError or SuspendedError."""
        self._pass_by(instance)
        _check_roles(operation, instance.target.account)
        with ministack.at(Place(*instance.target)):
            name = _name_of(instance)
            stack = ministack_stacks.stack(name) if name else None
            if name and stack and stack.status in _NEVER_CREATED:
                await _delete(name)
                stack = None
            if name and stack and stack.status != "DELETE_COMPLETE":
                await _apply("UpdateStack", name, stack_set, instance)
            else:
                new_name = f"StackSet-{stack_set.name}-{ministack.new_id()}"
                await _apply("CreateStack", new_name, stack_set, instance)

    async def remove(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        """Delete (or retain) the instance's stack, or raise MemberError."""
        name = _name_of(instance)
        if operation.retain_stacks or not name:
            return
        if instance.target.account in self._suspended:
            # https://repost.aws/knowledge-center/cloudformation-removal-stacksets
            raise MemberError("The account is suspended: no role can be assumed", inoperable=True)
        _check_roles(operation, instance.target.account)
        with ministack.at(Place(*instance.target)):
            await _delete(name)

    async def adopt(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        """Make an existing stack the instance's, untouched, or raise as deploy does."""
        self._pass_by(instance)
        _check_roles(operation, instance.target.account)
        with ministack.at(Place(*instance.target)):
            stack = ministack_stacks.stack_definition(_name_of(instance) or "")
        instance.overrides = imports.overrides_of(stack_set, stack, instance.stack_id)

    async def detect_drift(self, operation: Operation, instance: Instance) -> StackDrift:
        """Compare the instance's stack with what is there, or raise as deploy does."""
        self._pass_by(instance)
        _check_roles(operation, instance.target.account)
        name = _name_of(instance)
        if name is None:
            raise MemberError("The stack instance has no stack")
        with ministack.at(Place(*instance.target)):
            answer = ministack_stacks.run_action("DetectStackDrift", {"StackName": [name]})
            if answer.status >= 300:
                raise MemberError(ministack_stacks.error_of(answer).message)
            found = ministack_drift.resource_drifts(name)
            return StackDrift(ministack_drift.stack_drift(name), found)

    def _pass_by(self, instance: Instance) -> None:
        if instance.target.account in self._suspended:
            raise SuspendedError


async def _apply(action: str, name: str, stack_set: StackSet, instance: Instance) -> None:
    known = _events(instance.stack_id)
    answer = ministack_stacks.run_action(action, _params(name, stack_set, instance))
    if answer.status >= 300:
        error = ministack_stacks.error_of(answer)
        if NO_UPDATES in error.message:
            return
        raise MemberError(error.message)
    # Known from the start on, so that its events can be followed.
    if (started := ministack_stacks.stack(name)) is not None:
        instance.stack_id = started.stack_id
    stack = await _settle(name)
    if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise MemberError(_why(_events(stack.stack_id)[len(known) :], stack))


async def _delete(name: str) -> None:
    answer = ministack_stacks.run_action("DeleteStack", {"StackName": [name]})
    if answer.status >= 300:
        raise MemberError(ministack_stacks.error_of(answer).message, inoperable=True)
    # The deletion starts with the next turn of the loop.
    await asyncio.sleep(LOOK_AGAIN_SECONDS)
    stack = await _settle(name, absent="DELETE_COMPLETE")
    if stack.status != "DELETE_COMPLETE":
        raise MemberError(_why(_events(stack.stack_id), stack), inoperable=True)


async def _settle(name: str, *, absent: str = "") -> ministack_stacks.StackView:
    while True:
        stack = ministack_stacks.stack(name)
        if stack is None:
            return ministack_stacks.StackView("", absent, "")
        if not stack.status.endswith("IN_PROGRESS"):
            return stack
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _params(name: str, stack_set: StackSet, instance: Instance) -> Params:
    values = {**stack_set.parameters, **instance.overrides}
    params: Params = {"StackName": [name], "TemplateBody": [stack_set.template]}
    # An override outlives the parameter it was given for.
    declared = ministack_stacks.parse_template(stack_set.template).get("Parameters") or {}
    for number, key in enumerate([key for key in values if key in declared], 1):
        params[f"Parameters.member.{number}.ParameterKey"] = [key]
        params[f"Parameters.member.{number}.ParameterValue"] = [values[key]]
    for number, (key, value) in enumerate(stack_set.tags.items(), 1):
        params[f"Tags.member.{number}.Key"] = [key]
        params[f"Tags.member.{number}.Value"] = [value]
    if not stack_set.tags:
        # Given and empty: a set that lost its tags takes them from its stacks.
        params["Tags"] = [""]
    for number, capability in enumerate(stack_set.capabilities, 1):
        params[f"Capabilities.member.{number}"] = [capability]
    return params


def _check_roles(operation: Operation, account: str) -> None:
    administration, execution = operation.administration_role, operation.execution_role
    admin_account, admin_name = administration.split(":")[4], administration.rpartition("/")[2]
    trust = ministack.role_trust(account, execution)
    known = ministack.role_trust(admin_account, admin_name) is not None
    if not known or trust is None or not trusts(trust, administration):
        raise MemberError(
            f"Account {account} should have '{execution}' role with trust relationship to Role "
            f"'{admin_name}'."
        )


def trusts(document: Mapping[str, Any], role_arn: str) -> bool:
    """Tell whether a trust policy lets a role (or its whole account) assume it."""
    account = role_arn.split(":")[4]
    accepted = {"*", role_arn, account, f"arn:aws:iam::{account}:root"}
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else principal
        names = {named} if isinstance(named, str) else set(named)
        if statement.get("Effect") == "Allow" and names & accepted:
            return True
    return False


def _name_of(instance: Instance) -> str | None:
    return instance.stack_id.split("/")[1] if instance.stack_id else None


def _events(stack_id: str) -> list[dict[str, str]]:
    return ministack_stacks.stack_events(stack_id) if stack_id else []


def _why(events: list[dict[str, str]], stack: ministack_stacks.StackView) -> str:
    """Return why a stack failed, as StackSets words it: the first resource that failed."""
    for event in events:
        if event["ResourceStatus"].endswith("_FAILED") and event["ResourceStatusReason"]:
            return (
                f"ResourceLogicalId:{event['LogicalResourceId']}, "
                f"ResourceType:{event['ResourceType']}, "
                f"ResourceStatusReason:{event['ResourceStatusReason']}."
            )
    return f"Stack {stack.stack_id} is in {stack.status} state. {json.dumps(stack.reason)}"
