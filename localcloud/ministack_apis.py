"""The private names of ministack's API gateways: HTTP APIs (v2) and REST APIs (v1).

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ministack.services import apigateway as _http
from ministack.services import apigateway_v1 as _rest
from ministack.services import cloudwatch_logs as _logs

from localcloud.ministack import Properties

Kind = Literal["http", "rest"]


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request to an API as it arrived; the present place is the API's."""

    kind: Kind
    api: str
    stage: str
    method: str
    path: str
    headers: Mapping[str, str]

    @property
    def source_ip(self) -> str:
        """Return the client, whom only a header tells from others on this machine."""
        return self.headers.get("x-forwarded-for", "127.0.0.1").partition(",")[0].strip()


@dataclass(frozen=True, slots=True)
class Invocation:
    """A request whose route is known: `route` is a REST resource's path, or a route key's."""

    kind: Kind
    api: str
    stage: str
    method: str
    route: str
    function: str


@dataclass(frozen=True, slots=True)
class Served:
    """How a request was answered, for the access log."""

    status: int
    length: int
    milliseconds: int
    error: str


# Why an API answers itself instead of its function.
Refusal = Literal["throttled", "not permitted"]
_HTTP_REFUSALS: dict[Refusal, tuple[int, str]] = {
    "throttled": (429, "Too Many Requests"),
    "not permitted": (500, "Internal Server Error"),
}
_REST_REFUSALS: dict[Refusal, tuple[str, str]] = {
    "throttled": ("THROTTLED", "Too Many Requests"),
    "not permitted": ("API_CONFIGURATION_ERROR", "Internal server error"),
}


def on_requests(
    *, admit: Callable[[ApiRequest], bool], served: Callable[[ApiRequest, Served], None]
) -> None:
    """Ask who may come in (REST APIs only: a firewall's question), and tell what was served."""
    serve_http, serve_rest = _http._handle_execute_in_scope, _rest._handle_execute_in_scope

    async def http(
        api: str, stage: str, path: str, method: str, headers: Any, *rest: Any, **more: Any
    ) -> Any:
        started = time.monotonic()
        answer = await serve_http(api, stage, path, method, headers, *rest, **more)
        request = ApiRequest("http", api, stage, method, path, _lower(headers))
        served(request, _served(answer, started))
        return answer

    async def rest(
        api: str, stage: str, method: str, path: str, headers: Any, *rest_: Any, **more: Any
    ) -> Any:
        started = time.monotonic()
        request = ApiRequest("rest", api, stage, method, path, _lower(headers))
        if admit(request):
            answer = await serve_rest(api, stage, method, path, headers, *rest_, **more)
        else:
            answer = _json(403, "Forbidden", {"x-amzn-ErrorType": "ForbiddenException"})
        served(request, _served(answer, started))
        return answer

    _http._handle_execute_in_scope, _rest._handle_execute_in_scope = http, rest


def on_invocations(judge: Callable[[Invocation], Refusal | None]) -> None:
    """Ask before an API invokes a function in its own name (not with a role of its own)."""
    invoke_http, invoke_rest = _http._invoke_lambda_proxy, _rest._invoke_lambda_proxy_v1

    async def http(
        integration: Any, api: str, stage: str, path: str, method: str, *rest: Any, **more: Any
    ) -> Any:
        key = rest[3] if len(rest) > 3 else more.get("route_key", "$default")
        reference = _http._extract_lambda_ref_from_integration_uri(
            integration.get("integrationUri", "")
        )
        route = key.partition(" ")[2] or key
        refusal = judge(Invocation("http", api, stage, method, route, reference))
        if refusal is not None:
            return _json(*_HTTP_REFUSALS[refusal])
        return await invoke_http(integration, api, stage, path, method, *rest, **more)

    async def rest(
        integration: Any,
        api: str,
        stage_name: str,
        stage: Any,
        resource: Any,
        path: str,
        method: str,
        *rest_: Any,
        **more: Any,
    ) -> Any:
        reference = _rest._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
        asked = Invocation("rest", api, stage_name, method, resource["path"], reference)
        refusal = None if integration.get("credentials") else judge(asked)
        if refusal is not None:
            return _rest._gw_error(*_REST_REFUSALS[refusal])
        return await invoke_rest(
            integration, api, stage_name, stage, resource, path, method, *rest_, **more
        )

    _http._invoke_lambda_proxy, _rest._invoke_lambda_proxy_v1 = http, rest


def find_domains_of_any_account() -> None:
    """Let unsigned requests reach an API by its custom domain, or by the regional name of that.

    Of regions that share a domain the first answers; the regional name tells them apart.
    """

    def find(host: str) -> tuple[str, str, str] | None:
        wanted = host.lower()
        for (account, region, name), record in _rest._domain_names.all_items():
            if wanted in (name.lower(), record.get("regionalDomainName", "").lower()):
                return account, region, name
        return None

    _rest.find_domain_scope = find


def heed_disabled_keys() -> None:
    """Refuse keys that a patch disabled: ministack keeps its value as text."""
    resolve = _rest._resolve_api_key

    def resolve_enabled(value: str) -> Any:
        key = resolve(value)
        return key if key and str(key.get("enabled", True)).lower() == "true" else None

    _rest._resolve_api_key = resolve_enabled


def stage(kind: Kind, api: str, name: str) -> Mapping[str, Any]:
    """Return a stage's record in the present place, or nothing."""
    stages = _http._stages if kind == "http" else _rest._stages_v1
    return (stages.get(api) or {}).get(name) or {}


def route_of(request: ApiRequest) -> str:
    """Return the route key (HTTP) or the resource path (REST) that a request reaches, or `-`."""
    if request.kind == "http":
        found = _http._match_route(request.api, request.method, "/" + request.path.lstrip("/"))
        return found["routeKey"] if found else "-"
    segments = [part for part in request.path.strip("/").split("/") if part]
    resource, _ = _rest._match_resource_tree(request.api, segments)
    return resource["path"] if resource else "-"


def take_token(slot: tuple[str, ...], *, rate: float, burst: float) -> bool:
    """Take a token from a bucket that ministack keeps; False when it is empty."""
    return _rest._take_token(slot, {"rateLimit": rate, "burstLimit": burst})


def refill_tokens() -> None:
    """Forget who was throttled and who used up a quota."""
    _rest._throttle_state.clear()
    _rest._quota_state.clear()


def logging_role() -> str | None:
    """Return the role with which API Gateway writes logs in the present place."""
    return (_rest._account_settings.get("settings") or {}).get("cloudwatchRoleArn")


def refuse_stages(refuse: Callable[[Mapping[str, Any]], str | None]) -> None:
    """Refuse a REST stage as the API words it; `refuse` gets the stage as it would be."""
    create, update = _rest._create_stage, _rest._update_stage

    def create_checked(api: str, data: Mapping[str, Any]) -> Any:
        return _refused(refuse(data)) or create(api, data)

    def update_checked(api: str, name: str, data: Mapping[str, Any]) -> Any:
        record = json.loads(json.dumps(stage("rest", api, name)))
        _rest._apply_stage_patch(record, data.get("patchOperations", []))
        return _refused(refuse(record)) or update(api, name, data)

    _rest._create_stage, _rest._update_stage = create_checked, update_checked


def _refused(message: str | None) -> Any:
    return _rest._v1_error("BadRequestException", message, 400) if message else None


def set_access_log(api: str, name: str, destination: str, log_format: str) -> None:
    """Give a REST stage the access log that its template asks for; nothing for both ends it."""
    record = _rest._stages_v1[api][name]
    settings = {"destinationArn": destination, "format": log_format} if destination else {}
    record["accessLogSettings"] = settings


def put_validator(api: str, validator: str, name: str, *, body: bool, parameters: bool) -> None:
    """Keep what a request validator checks; ministack's CloudFormation only makes up its id."""
    _rest._request_validators.setdefault(api, {})[validator] = {
        "id": validator,
        "name": name,
        "validateRequestBody": body,
        "validateRequestParameters": parameters,
    }


def set_validator(api: str, resource: str, method: str, validator: str | None) -> None:
    """Give a REST method its request validator."""
    record = _rest._resources[api][resource]["resourceMethods"][method]
    record["requestValidatorId"] = validator


def set_key_required(api: str, resource: str, method: str, *, required: bool) -> None:
    """Tell whether a REST method needs an API key."""
    _rest._resources[api][resource]["resourceMethods"][method]["apiKeyRequired"] = required


def set_plan_stages(plan: str, stages: list[Properties]) -> None:
    """Give a usage plan its stages, with the limits of single methods."""
    _rest._usage_plans[plan]["apiStages"] = stages


def log_group_exists(name: str) -> bool:
    """Tell whether the present place has a log group."""
    return name in _logs._log_groups


def _lower(headers: Any) -> dict[str, str]:
    return {
        name.lower(): value if isinstance(value, str) else value[-1]
        for name, value in (headers or {}).items()
    }


def _served(answer: Any, started: float) -> Served:
    status, _, body = answer
    data = body.encode() if isinstance(body, str) else body or b""
    error = "-"
    if status >= 400 and data.startswith(b'{"message"'):
        error = str(json.loads(data)["message"])
    return Served(int(status), len(data), round((time.monotonic() - started) * 1000), error)


def _json(status: int, message: str, headers: Mapping[str, str] | None = None) -> Any:
    body = json.dumps({"message": message}).encode()
    return status, {"Content-Type": "application/json", **(headers or {})}, body
