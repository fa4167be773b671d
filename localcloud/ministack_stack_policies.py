"""Let ministack's stack updates heed stack policies, which it only keeps."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from typing import Any

from ministack.services import cloudformation as _cfn
from ministack.services.cloudformation import handlers as _handlers
from ministack.services.cloudformation import helpers as _helpers
from ministack.services.cloudformation import stacks as _stacks

from localcloud.errors import AwsError
from localcloud.strict import stack_policies

_DURING = "_stack_policy_during_update"


def install() -> None:
    """Refuse what a stack's policy, or the update's own, does not allow."""
    for name in ("CreateStack", "UpdateStack", "SetStackPolicy", "ExecuteChangeSet"):
        _handlers._ACTION_HANDLERS[name] = _reading_policies(_handlers._ACTION_HANDLERS[name])
    _stacks._update_keeping_seed = _judging(_stacks._update_keeping_seed)
    _stacks._fail_property_validation = _judging_removals(_stacks._fail_property_validation)


def _reading_policies(before: Any) -> Any:
    def answer(params: Any) -> Any:
        during = None
        for field in ("StackPolicy", "StackPolicyDuringUpdate"):
            text, error = _helpers._resolve_document(
                params, f"{field}Body", f"{field}URL", "Stack policy"
            )
            if error:
                return error
            try:
                if text:
                    stack_policies.check(text)
            except AwsError as problem:
                return _helpers._error(problem.code, problem.message, problem.status)
            during = text or None
        found = before(params)
        stack = _handlers._resolve_stack(_helpers._p(params, "StackName"))
        if found[0] == 200 and stack is not None:
            # For this update only: the next one begins without.
            stack[_DURING] = during
        return found

    return answer


def _judging(update: Any) -> Any:
    def judged(
        resource_type: str, pid: str, old: Any, new: Any, stack_name: str, logical_id: str,
        *rest: Any,
    ) -> Any:  # fmt: skip
        if old != new:
            replaces = any(
                _stacks._property_recreation(resource_type, name) == "Always"
                for name in old.keys() | new.keys()
                if old.get(name) != new.get(name)
            )
            action = stack_policies.REPLACE if replaces else stack_policies.MODIFY
            reason = _refusal(_cfn._stacks.get(stack_name), action, logical_id, resource_type)
            if reason:
                raise ValueError(reason)
        return update(resource_type, pid, old, new, stack_name, logical_id, *rest)

    return judged


def _judging_removals(validate: Any) -> Any:
    """Judge what an update would remove before it touches anything."""

    def judged(
        stack: Any, stack_id: str, stack_name: str, definitions: Any, ordered: Any, *rest: Any,
        previous_stack: Any = None,
    ) -> bool:  # fmt: skip
        if validate(
            stack, stack_id, stack_name, definitions, ordered, *rest, previous_stack=previous_stack
        ):
            return True
        there = (previous_stack or {}).get("_resources", {})
        refused = [
            (logical_id, there[logical_id], reason)
            for logical_id in there
            if logical_id not in ordered
            and (
                reason := _refusal(
                    stack, stack_policies.DELETE, logical_id, there[logical_id]["ResourceType"]
                )
            )
        ]
        if not refused:
            return False
        for logical_id, resource, reason in refused:
            _stacks._add_event(
                stack_id, stack_name, logical_id, resource["ResourceType"], "UPDATE_FAILED",
                reason, resource["PhysicalResourceId"],
            )  # fmt: skip
        stack.update({key: value for key, value in previous_stack.items() if key != "_resources"})
        for status, reason in (
            ("UPDATE_ROLLBACK_IN_PROGRESS", "Action not allowed by stack policy"),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
            ("UPDATE_ROLLBACK_COMPLETE", ""),
        ):
            _stacks._add_event(
                stack_id, stack_name, stack_name, "AWS::CloudFormation::Stack", status, reason,
                stack_id,
            )  # fmt: skip
        stack["StackStatus"] = "UPDATE_ROLLBACK_COMPLETE"
        return True

    return judged


def _refusal(stack: Any, action: str, logical_id: str, resource_type: str) -> str | None:
    policy = (stack or {}).get(_DURING) or (stack or {}).get("_stack_policy")
    if not policy:
        return None
    return stack_policies.refusal(policy, action, logical_id, resource_type)
