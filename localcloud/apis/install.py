"""Let API Gateway refuse, throttle and log as AWS does."""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud import ministack, ministack_apis, ministack_types, permissions
from localcloud.apis import access_logs
from localcloud.ministack import Properties
from localcloud.ministack_apis import ApiRequest, Invocation, Refusal

SERVICE = "apigateway.amazonaws.com"
NO_LOGGING_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"


def install(admit: Callable[[ApiRequest], bool] = lambda _: True) -> None:
    """Put the checks into both kinds of API; `admit` is the firewall of REST stages."""
    ministack_apis.on_requests(admit=admit, served=access_logs.write)
    ministack_apis.on_invocations(_judge)
    ministack_apis.find_domains_of_any_account()
    ministack_apis.heed_disabled_keys()
    ministack_apis.refuse_stages(_refuse_stage)
    ministack_types.before("AWS::ApiGateway::Stage", _check_stage)
    ministack_types.then("AWS::ApiGateway::Stage", _finish_stage)
    ministack_types.then("AWS::ApiGateway::RequestValidator", _finish_validator)
    ministack_types.then("AWS::ApiGateway::Method", _finish_method)
    ministack_types.then("AWS::ApiGateway::UsagePlan", _finish_usage_plan)


def _judge(asked: Invocation) -> Refusal | None:
    place = ministack.current_place()
    if asked.kind == "http" and not _within_limits(asked):
        return "throttled"
    path = asked.route.removeprefix("/")
    source = (
        f"arn:aws:execute-api:{place.region}:{place.account}:"
        f"{asked.api}/{asked.stage}/{asked.method}/{path}"
    )
    if asked.route == "$default":
        source = source.replace(f"/{asked.method}/$default", "/$default")
    allowed = permissions.may_invoke(
        asked.function, service=SERVICE, source_arn=source, source_account=place.account
    )
    return None if allowed else "not permitted"


def _within_limits(asked: Invocation) -> bool:
    """Take a token from an HTTP API's route: its own limits, or its stage's."""
    stage = ministack_apis.stage("http", asked.api, asked.stage)
    key = asked.route if asked.route == "$default" else f"{asked.method} {asked.route}"
    limits = _by_name((stage.get("routeSettings") or {}).get(key) or {})
    limits = {**_by_name(stage.get("defaultRouteSettings") or {}), **limits}
    rate, burst = limits.get("throttlingratelimit"), limits.get("throttlingburstlimit")
    if rate is None and burst is None:
        return True
    slot = ("http", asked.api, asked.stage, key)
    return ministack_apis.take_token(slot, rate=float(rate or 0), burst=float(burst or 0))


def _by_name(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by lower-case name: templates and the API spell them differently."""
    return {name.lower(): value for name, value in settings.items()}


def _refuse_stage(stage: Mapping[str, Any]) -> str | None:
    levels = [one.get("loggingLevel", "OFF") for one in _settings(stage)]
    logs = bool((stage.get("accessLogSettings") or {}).get("destinationArn"))
    logs = logs or any(level not in ("OFF", "", None) for level in levels)
    return NO_LOGGING_ROLE if logs and ministack_apis.logging_role() is None else None


def _settings(stage: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = stage.get("methodSettings") or {}
    return [one for one in found.values() if isinstance(one, Mapping)]


def _check_stage(given: Properties) -> None:
    levels = {one.get("LoggingLevel", "OFF") for one in given.get("MethodSettings", [])}
    logs = "AccessLogSetting" in given or levels - {"OFF"}
    if logs and ministack_apis.logging_role() is None:
        raise ValueError(f"{NO_LOGGING_ROLE} (Service: ApiGateway, Status Code: 400)")


def _finish_stage(_: str, given: Properties, __: Properties) -> None:
    settings = given.get("AccessLogSetting") or {}
    ministack_apis.set_access_log(
        given["RestApiId"],
        given["StageName"],
        settings.get("DestinationArn", ""),
        settings.get("Format", ""),
    )


def _finish_validator(validator: str, given: Properties, _: Properties) -> None:
    ministack_apis.put_validator(
        given["RestApiId"],
        validator,
        given.get("Name", ""),
        body=_true(given, "ValidateRequestBody"),
        parameters=_true(given, "ValidateRequestParameters"),
    )


def _finish_method(_: str, given: Properties, __: Properties) -> None:
    method = given["RestApiId"], given["ResourceId"], given["HttpMethod"]
    ministack_apis.set_validator(*method, given.get("RequestValidatorId"))
    ministack_apis.set_key_required(*method, required=_true(given, "ApiKeyRequired"))


def _finish_usage_plan(plan: str, given: Properties, _: Properties) -> None:
    stages = [
        {
            "apiId": one["ApiId"],
            "stage": one["Stage"],
            "throttle": {
                method: {
                    "rateLimit": limits.get("RateLimit"),
                    "burstLimit": limits.get("BurstLimit"),
                }
                for method, limits in (one.get("Throttle") or {}).items()
            },
        }
        for one in given.get("ApiStages", [])
    ]
    ministack_apis.set_plan_stages(plan, stages)


def _true(given: Properties, name: str) -> bool:
    return str(given.get(name, False)).lower() == "true"
