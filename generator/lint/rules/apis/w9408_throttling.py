"""W9408: how much a stage lets in."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.apis import Stage, key_of, operations, stages

LIMITS = ("ThrottlingRateLimit", "ThrottlingBurstLimit")


class Throttling(Guardrail):
    """A stage has limits of its own."""

    id = "W9408"
    shortdesc = "API stage without throttling"
    description = (
        "A stage without limits may use up the whole account's requests in a region: one caller "
        "in a loop slows all other APIs there down, and every function behind this one pays."
    )
    source_url = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "api-gateway-request-throttling.html"
    )
    bad = """
Resources:
  Live:
    Type: AWS::ApiGatewayV2::Stage
    Properties:  # <- Live
      ApiId: !Ref Api
      StageName: $default
"""
    good = """
Resources:
  Live:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: $default
      DefaultRouteSettings: {ThrottlingRateLimit: 100, ThrottlingBurstLimit: 50}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for stage in stages(template):
            if _asks_for_keys(template, stage):
                continue
            setting = "MethodSettings" if stage.is_rest else "DefaultRouteSettings"
            for settings in stage.get(setting):
                if not _limits(stage, settings):
                    yield Flaw.at(
                        settings,
                        f"set {LIMITS[0]} and {LIMITS[1]} in {setting}"
                        + (' for HttpMethod "*" and ResourcePath "/*"' if stage.is_rest else ""),
                    )


def _limits(stage: Stage, settings: Node) -> bool:
    if settings.is_unknown:
        return True
    if _has_limits(settings):
        return True
    if stage.is_rest:
        if stage.below and all(
            any(not node.is_absent for node in stage.get(name, given=settings.given))
            for name in LIMITS
        ):
            return True
        return any(item.is_unknown or _has_limits(item) for item in settings.items())
    return any(
        _has_limits(route)
        for routes in stage.get("RouteSettings", given=settings.given)
        for _, route in routes.fields()
    )


def _has_limits(settings: Node) -> bool:
    return all(
        not node.is_absent and node.number != -1 for name in LIMITS for node in settings.get(name)
    )


def _asks_for_keys(template: Template, stage: Stage) -> bool:
    """Whether each method needs a key whose usage plan limits what its holder may ask."""
    limited = any(
        not node.is_absent
        for plan in template.of_type("AWS::ApiGateway::UsagePlan")
        for node in plan.get("Throttle", "RateLimit")
    )
    apis = {key_of(template, api.text) for api in stage.resource.get("RestApiId") if api.text}
    keyed = [
        any(node.is_true for node in each.node.get("ApiKeyRequired"))
        for each in operations(template)
        if each.api in apis and each.method != "OPTIONS"
    ]
    return limited and bool(keyed) and all(keyed)
