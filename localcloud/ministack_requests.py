"""The private names of ministack by which a request is judged: its action, resource and context.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import ministack.app as _app
from ministack.core import iam_actions as _actions
from ministack.core import iam_evaluator as _evaluator

from localcloud.ministack import Place


def count_as_tls() -> None:
    """Let every call count as one over TLS: SDKs speak TLS to AWS, and plain HTTP to 127.0.0.1."""
    pin = _app.pin_request_origin
    _app.pin_request_origin = lambda address, _: pin(address, True)


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
