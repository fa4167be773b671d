"""E9410: who may call a method."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.apis import speaks_websocket


class Authorization(Guardrail):
    """Every method and route says who may call it, also when that is everybody."""

    id = "E9410"
    shortdesc = "API method or route that does not say who may call it"
    description = (
        "Without AuthorizationType anybody on the internet may call, and nobody who reads the "
        "template can tell whether that was meant."
    )
    source_url = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::ApiGatewayV2::Route
    Properties:  # <- Orders
      ApiId: !Ref Api
      RouteKey: GET /orders
"""
    good = """
Resources:
  Orders:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /orders
      AuthorizationType: AWS_IAM
  Health:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /health
      AuthorizationType: NONE
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for method in template.of_type("AWS::ApiGateway::Method"):
            for stated in method.get("AuthorizationType"):
                if stated.is_absent or stated.value is None:
                    yield Flaw.at(stated, "set AuthorizationType, NONE if everybody may call")
        for route in template.of_type("AWS::ApiGatewayV2::Route"):
            for stated in route.get("AuthorizationType"):
                # Once connected, a WebSocket is not asked again.
                if (stated.is_absent or stated.value is None) and not any(
                    key.value != "$connect" and speaks_websocket(template, api)
                    for key in route.get("RouteKey", given=stated.given)
                    for api in route.get("ApiId", given=key.given)
                ):
                    yield Flaw.at(stated, "set AuthorizationType, NONE if everybody may call")
