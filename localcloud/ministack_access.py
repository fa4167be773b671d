"""The private names of ministack's policies: who may do what to whom.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
import secrets
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import ministack.app as _app
from ministack.core import iam_actions as _actions
from ministack.core import iam_evaluator as _evaluator
from ministack.services import dynamodb as _dynamodb
from ministack.services import iam as _iam
from ministack.services import kms as _kms
from ministack.services import lambda_svc as _lambda
from ministack.services import s3 as _s3
from ministack.services import secretsmanager as _secrets
from ministack.services import sns as _sns
from ministack.services import sqs as _sqs
from ministack.services import sts as _sts

from localcloud import ministack
from localcloud.ministack import Place

SESSION_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What a service does with a KMS key in the name of who called it."""

    key: str
    actions: tuple[str, ...]
    via: str
    context: Mapping[str, str]


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


def name_resources(service: str, name: Callable[[Mapping[str, Any]], str | None]) -> None:
    """Judge the calls of a JSON service on the resource that `name` finds in their message."""
    extract = _actions.extract_resource_arn

    def extract_or_name(
        called: str,
        method: str,
        path: str,
        headers: Any,
        body: bytes,
        query: Any,
        region: str,
        account: str,
    ) -> str:
        if called == service:
            try:
                found = name(json.loads(body or b"{}"))
            except (ValueError, TypeError, AttributeError, LookupError):
                # A message that the service itself will refuse.
                found = None
            return found or "*"
        return extract(called, method, path, headers, body, query, region, account)

    _actions.extract_resource_arn = extract_or_name


def name_stack_sets(arn: Callable[[Place, str], str]) -> None:
    """Judge calls on a stack set on its ARN; the permission to create one knows no resources."""
    extract = _actions.extract_resource_arn

    def extract_or_name(service: str, *given: Any) -> str:
        query, region, account = given[4:7]
        name = _actions._query_param(query, "StackSetName") if service == "cloudformation" else ""
        if not name or _actions._query_param(query, "Action") == "CreateStackSet":
            return extract(service, *given)
        return arn(Place(account, region), name)

    _actions.extract_resource_arn = extract_or_name


def judge_looks_at_alarms() -> None:
    """Judge DescribeAlarms on all alarms of the region, where ministack knows no resource.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    """
    extract = _actions.extract_resource_arn

    def extract_alarms(service: str, *given: Any) -> str:
        found = extract(service, *given)
        if service != "monitoring" or found != "*":
            return found
        _, path, headers, body, query, region, account = given
        called = (
            path.rpartition("/")[2],
            headers.get("x-amz-target", "").rpartition(".")[2],
            _actions._param(body, query, "Action"),
        )
        return (
            f"arn:aws:cloudwatch:{region}:{account}:alarm:*"
            if "DescribeAlarms" in called
            else found
        )

    _actions.extract_resource_arn = extract_alarms


def name_calls_on_aliases() -> None:
    """Judge calls on one alias by their own names, where ministack takes them for ListAliases."""
    named = _actions._lambda_action
    of_one = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}

    def name(method: str, path: str) -> str | None:
        parts = path.strip("/").split("/")
        if len(parts) == 5 and (parts[1], parts[3]) == ("functions", "aliases"):
            return of_one.get(method)
        return named(method, path)

    _actions._lambda_action = name


def judge_log_streams() -> None:
    """Judge calls about a log stream on its own ARN, which ministack judges on its group's.

    https://github.com/juspay/hyperswitch-cdk/pull/37 shows it in AWS's words; the ARN that
    CloudFormation gives of a group, ending with :*, fits no other.
    """
    extract = _actions.extract_resource_arn

    def extract_stream(service: str, *given: Any) -> str:
        found = extract(service, *given)
        stream = _actions._safe_json_field(given[3], "logStreamName") if service == "logs" else ""
        return f"{found}:log-stream:{stream}" if stream else found

    _actions.extract_resource_arn = extract_stream


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


def tell_conditional_writes() -> None:
    """Let conditions on s3:if-none-match see its header, which ministack leaves out.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    describe = _actions.s3_service_context

    def describe_or_add(
        action: str, query: Any, path: str = "", headers: Any = None
    ) -> dict[str, Any]:
        header = (headers or {}).get("if-none-match") if action == "s3:PutObject" else None
        found = dict(describe(action, query, path, headers))
        return {**found, "s3:if-none-match": header} if header else found

    _actions.s3_service_context = describe_or_add


def ask_for_keys(needs: Callable[[str, str, str, str], KeyUse | None]) -> None:
    """Judge, with a call that is allowed, what its service does with a key for the caller.

    `needs` gets the service, the action, the resource's ARN and the region.
    """
    enforce = _evaluator.enforce

    def enforce_both(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Any = None,
    ) -> Any:
        denied = enforce(access_key, action, service, region, resource_arn, service_context)
        use = None if denied else needs(service, action, resource_arn, region)
        if use is None:
            return denied
        keys = {f"kms:EncryptionContext:{name}": value for name, value in use.context.items()}
        context = {
            "kms:ViaService": use.via,
            "kms:CallerAccount": ministack.current_place().account,
            "kms:EncryptionContextKeys": list(use.context),
            "kms:ResourceAliases": aliases_of(use.key),
            **keys,
        }
        for needed in use.actions:
            refused = enforce(access_key, needed, "kms", region, use.key, context)
            if isinstance(refused, _evaluator.EvalResult):
                return _evaluator.AuthError(
                    "AccessDenied" if service == "s3" else "AccessDeniedException",
                    f"User: {refused.principal_arn} is not authorized to perform: {needed} on "
                    f"resource: {use.key}",
                )
        return None

    _evaluator.enforce = enforce_both


def count_as_tls() -> None:
    """Let every call count as one over TLS: SDKs speak TLS to AWS, and plain HTTP to 127.0.0.1."""
    pin = _app.pin_request_origin
    _app.pin_request_origin = lambda address, _: pin(address, True)


# The resource of the call that is being judged, for the words of a refusal.
_judged: ContextVar[str] = ContextVar("judged", default="*")


def name_resources_in_refusals() -> None:
    """Let a refusal name its resource, which ministack leaves out for most services."""
    enforce, refuse = _evaluator.enforce, _actions.access_denied_response

    def enforce_and_note(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Any = None,
    ) -> Any:
        _judged.set(resource_arn)
        return enforce(access_key, action, service, region, resource_arn, service_context)

    def refuse_with_resource(
        service: str, action: str, principal: str, *rest: Any, **more: Any
    ) -> Any:
        named = service == "s3" or not principal or _judged.get() == "*"
        if not (named or more.get("message") or more.get("resource_policy_arn")):
            explicit = bool(more.get("explicit_deny"))
            words = _actions.identity_denial_message(action, principal, _judged.get(), explicit)
            more = {**more, "message": words}
        return refuse(service, action, principal, *rest, **more)

    _evaluator.enforce, _actions.access_denied_response = enforce_and_note, refuse_with_resource


def key_arn(reference: str | None) -> str | None:
    """Return the ARN of a customer's key by id, ARN or alias; AWS's own keys need no permission."""
    record = _kms._resolve_key(reference) if reference else None
    return None if record is None or record.get("KeyManager") == "AWS" else record["Arn"]


def aliases_of(key: str) -> list[str]:
    """Return the names of a key's aliases, as conditions on kms:ResourceAliases see them."""
    return [
        arn.rpartition(":")[2]
        for arn, key_id in _kms._aliases.items()
        if key_id == key.rpartition("/")[2]
    ]


def key_of(service: str, resource_arn: str) -> str | None:
    """Return the customer's key that encrypts a secret, table, queue, topic or bucket."""
    name = resource_arn.rpartition(":")[2]
    if service == "secretsmanager":
        return key_arn((_secrets._resolve(resource_arn)[1] or {}).get("KmsKeyId"))
    if service == "dynamodb":
        table = _dynamodb._tables.get(resource_arn.partition(":table/")[2].partition("/")[0]) or {}
        return key_arn((table.get("SSEDescription") or {}).get("KMSMasterKeyArn"))
    if service == "sqs":
        queue = _sqs._queue_by_arn(resource_arn) or {}
        return key_arn((queue.get("attributes") or {}).get("KmsMasterKeyId"))
    if service == "sns":
        topic = _sns._topics.get(resource_arn) or {}
        return key_arn((topic.get("attributes") or {}).get("KmsMasterKeyId"))
    if service == "s3":
        headers = _s3._bucket_default_sse_headers(name.partition("/")[0])
        return key_arn(headers.get("x-amz-server-side-encryption-aws-kms-key-id"))
    return None


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
