"""Checks of `api` against the routes, and against what each type of API can do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.config.finding import Finding
from generator.config.model import Config

_REST_SEGMENT = re.compile(r"[A-Za-z0-9._:-]+|\{\w+\+?\}")
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""
_CHOOSE_REST = "choose `type: rest`, or leave `{key}` out"


def api_findings(config: Config) -> Iterator[Finding]:
    """Yield what this type of API cannot do."""
    yield from _http(config) if config.api.type == "http" else _rest(config)
    if config.api.domain is not None:
        yield from _domain(config)


def _domain(config: Config) -> Iterator[Finding]:
    name, accounts = config.api.domain and config.api.domain.name, config.targets.service_accounts
    if len({account for account, _ in config.pairs}) > 1:
        yield (
            ("api", "domain"),
            f"{len(accounts)} accounts would share {name}: in a region a name belongs to one"
            " account, and its hosted zone takes records from the stacks of its own account only",
            "target one account, or leave `domain` out",
        )
    routes = {route for function in config.functions.values() for route in function.routes}
    if "GET /health" not in routes:
        yield (
            ("api", "domain"),
            f"traffic for {name} goes to healthy regions only, but no function answers"
            " 'GET /health'",
            "give a function the route 'GET /health'",
        )


def _http(config: Config) -> Iterator[Finding]:
    if config.api.waf is not None:
        yield (
            ("api", "waf"),
            "AWS WAF attaches to stages of REST APIs only, not to an HTTP API",
            _CHOOSE_REST.format(key="waf"),
        )
    if config.api.api_keys:
        yield (
            ("api", "api_keys"),
            "an HTTP API knows neither usage plans nor API keys",
            _CHOOSE_REST.format(key="api_keys"),
        )


def _rest(config: Config) -> Iterator[Finding]:
    if config.api.authorization == "JWT":
        yield (
            ("api", "authorization"),
            "a REST API does not check JWTs by itself: only HTTP APIs do",
            "choose `type: http`, or authorization AWS_IAM, or NONE with `api_keys: true`",
        )
    variables: dict[str, tuple[str, str]] = {}
    for name, function in config.functions.items():
        for index, route in enumerate(function.routes):
            path = ("functions", name, "routes", index)
            for what, hint in _unfit(route, variables):
                yield path, what, hint


def _unfit(route: str, variables: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Say what a REST API refuses of a route; `variables` are the path variables met so far."""
    if route == "$default":
        yield (
            "a REST API has no $default route",
            "write 'ANY /{proxy+}' (and 'ANY /'), or choose `type: http`",
        )
        return
    segments = route.split(" ", 1)[1].strip("/").split("/")
    if segments == [""]:
        return
    if any(segment.endswith("+}") for segment in segments[:-1]):
        yield f"in '{route}', only the last part of the path may be greedy", "leave out the '+'"
    parent = ""
    for segment in segments:
        if not _REST_SEGMENT.fullmatch(segment):
            yield (
                f"in '{route}', '{segment}' is no path part of a REST API",
                "use letters, digits, '.', '_', '-' and ':', or a parameter in braces",
            )
        if segment.startswith("{"):
            known, first = variables.setdefault(parent, (segment, route))
            if known != segment:
                yield (
                    f"'{route}' and '{first}' name the same part of the path differently"
                    f" ({segment}, {known}): a REST API has one parameter in one place",
                    f"write {known} in both",
                )
        parent += f"/{segment}"
