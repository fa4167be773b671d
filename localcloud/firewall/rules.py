"""Judge a request by a web ACL's rules: rates and addresses for real, managed groups as clean."""

import ipaddress
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any, Literal

from localcloud.ministack_apis import ApiRequest

DEFAULT_WINDOW_SECONDS = 300
Verdict = Literal["ALLOW", "BLOCK"]


class Judge:
    """Count requests by rule and client, and tell what a web ACL does with each."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        """Forget who came how often."""
        self._seen.clear()

    def verdict(self, acl: Mapping[str, Any], request: ApiRequest) -> tuple[Verdict, str]:
        """Return what becomes of a request, and the rule that decided."""
        for rule in sorted(acl["Rules"], key=lambda one: int(one["Priority"])):
            # A rule group's OverrideAction is no Action: nothing in such a group matches here.
            action = next(iter(rule.get("Action") or {}), "")
            if action and self._matches(acl["ARN"], rule["Name"], rule["Statement"], request):
                if action == "Block":
                    return "BLOCK", rule["Name"]
                if action == "Allow":
                    return "ALLOW", rule["Name"]
        default: Verdict = "BLOCK" if "Block" in acl["DefaultAction"] else "ALLOW"
        return default, "Default_Action"

    def _matches(
        self, acl: str, rule: str, statement: Mapping[str, Any], request: ApiRequest
    ) -> bool:
        match statement:
            case {"RateBasedStatement": rate}:
                return self._too_often(acl, rule, rate, request)
            case {"NotStatement": {"Statement": inner}}:
                return not self._matches(acl, rule, inner, request)
            case {"AndStatement": {"Statements": parts}}:
                return all(self._matches(acl, rule, one, request) for one in parts)
            case {"OrStatement": {"Statements": parts}}:
                return any(self._matches(acl, rule, one, request) for one in parts)
            case {"ByteMatchStatement": wanted}:
                return _byte_match(wanted, request)
        return False

    def _too_often(self, acl: str, rule: str, rate: Mapping[str, Any], request: ApiRequest) -> bool:
        scope = rate.get("ScopeDownStatement")
        if scope is not None and not self._matches(acl, rule, scope, request):
            return False
        client = request.source_ip
        if rate.get("AggregateKeyType") == "FORWARDED_IP":
            name = rate["ForwardedIPConfig"]["HeaderName"].lower()
            client = request.headers.get(name, "").partition(",")[0].strip()
            if not _is_address(client):
                return bool(rate["ForwardedIPConfig"].get("FallbackBehavior") == "MATCH")
        now = time.monotonic()
        window = int(rate.get("EvaluationWindowSec", DEFAULT_WINDOW_SECONDS))
        seen = self._seen[acl, rule, client]
        while seen and seen[0] < now - window:
            seen.popleft()
        seen.append(now)
        return len(seen) > int(rate["Limit"])


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _byte_match(wanted: Mapping[str, Any], request: ApiRequest) -> bool:
    """Match the path, method or a header; other fields never match."""
    field = wanted["FieldToMatch"]
    if "UriPath" in field:
        value = f"/{request.stage}{request.path}"
    elif "Method" in field:
        value = request.method
    elif "SingleHeader" in field:
        value = request.headers.get(str(field["SingleHeader"]["Name"]).lower(), "")
    else:
        return False
    for one in wanted.get("TextTransformations", []):
        value = value.lower() if one["Type"] == "LOWERCASE" else value
    text = str(wanted["SearchString"])
    return {
        "EXACTLY": value == text,
        "STARTS_WITH": value.startswith(text),
        "ENDS_WITH": value.endswith(text),
    }.get(wanted["PositionalConstraint"], text in value)
