"""The private names of ministack's WAF: web ACLs and what they are associated with.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json as _error
from ministack.services import waf as _waf

from localcloud.errors import AwsError


def acl_of(resource_arn: str) -> Mapping[str, Any] | None:
    """Return the web ACL that guards a resource of the present place."""
    arn = _waf._associations.get(resource_arn)
    return None if arn is None else _waf._resolve_local_web_acl(arn)[0]


def check_associations(check: Callable[[str], None]) -> None:
    """Refuse associations (AwsError) by the resource's ARN."""
    associate = _waf._associate_web_acl

    def associate_checked(request: Mapping[str, Any]) -> Any:
        try:
            check(request.get("ResourceArn", ""))
        except AwsError as error:
            return _error(error.code, error.message, error.status)
        return associate(request)

    _waf._associate_web_acl = associate_checked


def answer(action: str, handler: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Let WAF answer an action that ministack lacks."""

    serve = _waf.handle_request

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if not headers.get("x-amz-target", "").endswith(f".{action}"):
            return await serve(method, path, headers, body, query)
        try:
            found = handler(json.loads(body or b"{}"))
        except AwsError as error:
            return _error(error.code, error.message, error.status)
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(found).encode()

    _waf.handle_request = handle
