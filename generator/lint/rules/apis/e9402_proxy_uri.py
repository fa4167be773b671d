"""E9402: how an API calls a function."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.apis import operations
from generator.lint.template.text import UNKNOWN, WHOLE

INVOCATION = re.compile(
    r"arn:.*:apigateway:.*:lambda:path/\d{4}-\d\d-\d\d/functions/(.+)/"
    r"(?:response-streaming-)?invocations",
    re.DOTALL,
)
FUNCTION = re.compile(r"arn:[^/]*:lambda:[^/]*:function:[^/]+")
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
FORM = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "${Alias}/invocations"
)


class ProxyUri(Guardrail):
    """A Lambda proxy integration posts to a function's invocations."""

    id = "E9402"
    shortdesc = "Lambda proxy integration that cannot call its function"
    description = (
        "API Gateway calls functions with POST, by the ARN of an invocation; written otherwise the "
        "stack fails or, worse, every request ends in an internal server error."
    )
    source_url = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "set-up-lambda-proxy-integrations.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::ApiGateway::Method
    Properties:
      HttpMethod: GET
      AuthorizationType: AWS_IAM
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: GET  # <- Orders
        Uri: !GetAtt Function.Arn  # <- Orders
"""
    good = """
Resources:
  Orders:
    Type: AWS::ApiGateway::Method
    Properties:
      HttpMethod: GET
      AuthorizationType: AWS_IAM
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub
          - "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${To}"
          - {To: !Sub "${Alias}/invocations"}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for method in template.of_type("AWS::ApiGateway::Method"):
            for kind in method.get("Integration", "Type"):
                if kind.value == "AWS_PROXY":
                    for each in method.get("Integration", given=kind.given):
                        yield from _of_rest(template, each, "Uri", "IntegrationHttpMethod")
        for operation in operations(template):
            for each in operation.node.get("x-amazon-apigateway-integration"):
                for kind in each.get("type"):
                    if str(kind.value).lower() == "aws_proxy" and _calls_lambda(each):
                        yield from _of_rest(template, each, "uri", "httpMethod")
        for integration in template.of_type("AWS::ApiGatewayV2::Integration"):
            for kind in integration.get("IntegrationType"):
                # With a subtype it calls another service.
                for other in integration.get("IntegrationSubtype", given=kind.given):
                    if kind.value == "AWS_PROXY" and other.is_absent:
                        for uri in integration.get("IntegrationUri", given=other.given):
                            if not _invokes(template, uri) and not _is_function(template, uri):
                                yield Flaw.at(
                                    uri,
                                    "set IntegrationUri to the ARN of the function's alias, "
                                    f"or of its invocations: {FORM}",
                                )


def _of_rest(template: Template, integration: Node, uri: str, method: str) -> Iterator[Flaw]:
    for node in integration.get(uri):
        if not _invokes(template, node):
            yield Flaw.at(node, f"set {uri} to an invocation of the function's alias: {FORM}")
    for node in integration.get(method):
        if not node.is_unknown and str(node.value).upper() != "POST":
            yield Flaw.at(node, f"set {method}: POST, which is how functions are called")


def _calls_lambda(integration: Node) -> bool:
    """Whether an OpenAPI body means a function: HTTP APIs name a subtype for other services."""
    return all(node.is_absent for node in integration.get("integrationSubtype")) and not any(
        _is_function_arn(uri.text or "") for uri in integration.get("uri")
    )


def _invokes(template: Template, uri: Node) -> bool:
    """Whether a URI is an invocation of a function, or may be one."""
    if uri.is_absent:
        return False
    text = uri.text
    if text is None or text.startswith(UNKNOWN) or text.endswith(UNKNOWN):
        return uri.is_unknown
    if whole := WHOLE.fullmatch(text):
        return _is_given(template, whole[1], whole[2])
    called = INVOCATION.fullmatch(text)
    # A reference to a function is its name, where the ARN belongs.
    return called is not None and not _is_name(template, called[1])


def _is_given(template: Template, name: str, attribute: str | None) -> bool:
    """Whether a reference may be to a URI: a parameter, or what a nested stack or function made."""
    if attribute is None:
        return name not in template.resources
    made_by = template.resources[name].type if name in template.resources else ""
    return attribute.startswith("Outputs.") or made_by.startswith(
        ("Custom::", "AWS::CloudFormation::")
    )


def _is_name(template: Template, called: str) -> bool:
    whole = WHOLE.fullmatch(called)
    return whole is not None and whole[2] is None and _refers(template, whole[1])


def _refers(template: Template, name: str) -> bool:
    return name in template.resources and template.resources[name].type in FUNCTIONS


def _is_function(template: Template, uri: Node) -> bool:
    """Whether a URI is a function's ARN, which HTTP APIs take too."""
    text = uri.text or ""
    if whole := WHOLE.fullmatch(text):
        return whole[1] in template.resources and not _is_name(template, text)
    return _is_function_arn(text) or re.fullmatch(r"\$\{[^}]+\}:[^:/]+", text) is not None


def _is_function_arn(text: str) -> bool:
    return FUNCTION.fullmatch(text) is not None
