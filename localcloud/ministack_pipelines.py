"""The private names of ministack that pipelines need: threads, targets of rules, permissions.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import concurrency as _concurrency
from ministack.core import iam_evaluator as _evaluator
from ministack.services import eventbridge as _events

from localcloud import ministack_access


async def on_own_thread(work: Callable[[], Any]) -> Any:
    """Do what may take long and may call this server, without holding up anything."""
    return await _concurrency.run_reentrant(work, thread_name="pipeline-action")


def on_pipeline_target(start: Callable[[str, str, str], None]) -> None:
    """Hand over what rules send to pipelines: the pipeline's ARN, the role, the rule's ARN."""
    invoke = _events._invoke_target

    def invoke_or_start(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        arn = target.get("Arn", "")
        if arn.split(":")[2:3] == ["codepipeline"]:
            start(arn, target.get("RoleArn", ""), rule.get("Arn", ""))
        else:
            invoke(target, event, rule, view)

    _events._invoke_target = invoke_or_start


def refusal(
    role: str, action: str, resource: str, region: str, context: Mapping[str, str] | None = None
) -> str | None:
    """Return in AWS's words why a role may not do something; None when it may, or nobody asks."""
    if not ministack_access.are_judged():
        return None
    session = ministack_access.role_session(role)
    if session is None:
        return f"The role {role} does not exist"
    account = role.split(":")[4]
    who = _evaluator.resolve_principal(session["AccessKeyId"], account)
    keys = {name.lower(): value for name, value in (context or {}).items()}
    asked = _evaluator.EvalContext(
        principal_arn=who.arn,
        principal_type=who.type,
        principal_account=who.account,
        action=action,
        resource_arn=resource,
        region=region,
        service_context=keys,
        principal_keys=who.keys,
    )
    if _evaluator.evaluate(asked, who.policies, *who.limits).decision == "Allow":
        return None
    return f"User: {who.arn} is not authorized to perform: {action} on resource: {resource}"
