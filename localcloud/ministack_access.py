"""The private names of ministack's policies: who calls, and what policies let them do.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import secrets
import time
from collections.abc import Mapping
from typing import Any

import ministack.app as _app
from ministack.core import iam_actions as _actions
from ministack.core import iam_evaluator as _evaluator
from ministack.services import iam as _iam
from ministack.services import lambda_svc as _lambda
from ministack.services import sts as _sts

from localcloud import ministack
from localcloud.ministack import Place

SESSION_SECONDS = 3600


def judge_calls(on: bool) -> None:
    """Judge every call by policies, or none; functions start anew with fitting credentials."""
    if on != _app.AUTH:
        _app.AUTH = on
        ministack.stop_functions()


def are_judged() -> bool:
    """Tell whether calls are judged by policies."""
    return _app.AUTH


def role_session(role_arn: str, name: str = "local") -> dict[str, str] | None:
    """Return credentials of a role whatever its trust policy says; None when there is none.

    `name` is the session's.
    """
    account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    with ministack.at(Place(account, "us-east-1")):
        if role not in _iam._roles:
            return None
        found = {
            "AccessKeyId": "ASIA" + secrets.token_hex(8).upper(),
            "SecretAccessKey": secrets.token_hex(20),
            "SessionToken": secrets.token_hex(32),
        }
        _sts.register_session(
            found["AccessKeyId"],
            {
                "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
                "UserId": f"{role}:{name}",
                "AccountId": account,
                "Expiration": time.time() + SESSION_SECONDS,
                **{key: found[key] for key in ("SecretAccessKey", "SessionToken")},
            },
        )
    return found


def caller() -> str:
    """Return the ARN of who called, as far as it is known: without judging, the account's root."""
    return _evaluator.caller_arn()


def denial(access_key: str, action: str, resource: str) -> str | None:
    """Return why policies deny a session an action that no request stands for; None if they don't.

    For what a service does in a role's name where AWS has no public request for it.
    """
    if not _app.AUTH:
        return None
    place = ministack.current_place()
    who = _evaluator.resolve_principal(access_key, place.account)
    if isinstance(who, _evaluator.AuthError):
        return str(who.message)
    context = _evaluator.EvalContext(
        principal_arn=who.arn,
        principal_type=who.type,
        principal_account=who.account,
        action=action,
        resource_arn=resource,
        region=place.region,
        service_context={},
        principal_keys=who.keys,
    )
    found = _evaluator.evaluate(context, who.policies or [], *who.limits)
    if found.decision == "Allow":
        return None
    explicit = found.decision == "Deny"
    return _actions.identity_denial_message(action, who.arn, resource, explicit)


def call_sessions_by_their_role() -> None:
    """Let aws:PrincipalArn be the role's ARN for a role's session, where ministack has its own.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    resolve = _evaluator._resolve_condition_key

    def resolve_or_name_role(key: str, context: Any) -> Any:
        found = resolve(key, context)
        return role_of(found) if key.lower() == "aws:principalarn" else found

    _evaluator._resolve_condition_key = resolve_or_name_role


def role_of(principal: str) -> str:
    """Return the ARN of the role whose session this is; of anybody else, their own."""
    kind, *rest = principal.split("/")
    if not kind.endswith(":assumed-role"):
        return principal
    account = kind.split(":")[4]
    with ministack.at(Place(account, "us-east-1")):
        found = _iam._roles.get(rest[0])
    return str(found["Arn"]) if found else principal


def function_policy(place: Place, name: str) -> Mapping[str, Any] | None:
    """Return a function's resource policy, or None when there is no such function."""
    with ministack.at(place):
        function = _lambda._functions.get(name)
    return None if function is None else function["policy"]


def service_allowed(
    policy: Mapping[str, Any],
    *,
    service: str,
    action: str,
    resource: str,
    source_arn: str,
    source_account: str,
) -> bool:
    """Tell whether a resource policy lets an AWS service act for one of its resources."""
    context = _evaluator.EvalContext(
        principal_arn="",
        principal_type="AWSService",
        principal_account=source_account,
        action=action,
        resource_arn=resource,
        region=ministack.current_place().region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_account},
    )
    return _evaluator.evaluate_resource_policy(policy, context, service).decision == "Allow"
