"""E9401: what lets an API call a function."""

import re
from collections.abc import Iterator
from itertools import takewhile

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.apis import (
    HTTP_APIS,
    REST_APIS,
    Operation,
    has_hidden_operations,
    key_of,
    operations,
    speaks_websocket,
)
from generator.lint.template.node import Node
from generator.lint.template.text import UNKNOWN

PRINCIPAL = re.compile(r"apigateway\.(?:amazonaws\.com(?:\.cn)?|\$\{AWS::URLSuffix\})")
PSEUDO = re.compile(r"\$\{AWS::")
CATCH_ALL = re.compile(r"/\{[^/]+\}")
FORM = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/stage/METHOD/path"


class ApiPermission(Guardrail):
    """A permission names the one method that may call."""

    id = "E9401"
    shortdesc = "API may call a function from more than its own method"
    description = (
        "Without SourceArn every API of every account may call the function; with a bare * every "
        "stage, method or path of the API may, past the authorizer that only some of them have."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: apigateway.amazonaws.com
      SourceArn:  # <- Orders
        !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: apigateway.amazonaws.com
      SourceArn:
        !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/v1/GET/item/*
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for permission in template.of_type("AWS::Lambda::Permission"):
            for principal in permission.get("Principal"):
                if PRINCIPAL.fullmatch(principal.text or ""):
                    for source in permission.get("SourceArn", given=principal.given):
                        if source.is_absent:
                            yield Flaw.at(source, f"set SourceArn to {FORM}")
                        elif wide := _wide(template, source):
                            yield Flaw.at(source, _instead(wide))


def _instead(wide: list[str]) -> str:
    *most, last = [f"the {part}" for part in wide]
    parts = f"{', '.join(most)} and {last}" if most else last
    return f"name {parts} in SourceArn instead of *: {FORM}"


def _wide(template: Template, source: Node) -> list[str]:
    """Name the segments of an ARN that are a bare * without cause."""
    text = source.text or ""
    parts = PSEUDO.sub("${AWS..", text).split(":", 5)
    if len(parts) < 6:
        return ["API", "stage", "method", "path"] if text == "*" else []
    api, *rest = parts[5].split("/")
    # What is not known may be several segments.
    rest = list(takewhile(lambda each: UNKNOWN not in each, rest))
    wide = ["API"] if api == "*" else []
    if not rest:
        return ["API", "stage", "method", "path"] if parts[5] == "*" else wide
    stage, *called = rest
    if stage == "authorizers":
        return wide
    if stage == "*":
        wide.append("stage")
    if not called:
        # A * goes over slashes too.
        return [*wide, "method", "path"] if stage == "*" else wide
    if _is_websocket(template, api):
        return [*wide, "route key"] if called == ["*"] else wide
    return wide + _of_method(
        template, api, called[0], "/".join(called[1:]) if len(called) > 1 else None
    )


def _is_websocket(template: Template, api: str) -> bool:
    return speaks_websocket(template, Node({"Fn::Sub": api}, (), template.conditions))


def _of_method(template: Template, api: str, method: str, path: str | None) -> list[str]:
    name = key_of(template, api)
    of_api = [each for each in operations(template) if each.api == name]
    target = template.target_of(api, *REST_APIS, *HTTP_APIS)
    if has_hidden_operations(target) if target else not of_api:
        return []
    wide = []
    if method == "*" and not any(_takes_any(each, path) for each in of_api):
        wide.append("method")
    if (path == "*" or (path is None and method == "*")) and not any(
        _takes_all_paths(each, method) for each in of_api
    ):
        wide.append("path")
    return wide


def _takes_any(operation: Operation, path: str | None) -> bool:
    return operation.method in (None, "ANY") and _fits(
        operation.path, "*" if path is None else path
    )


def _takes_all_paths(operation: Operation, method: str) -> bool:
    return operation.method in (None, "ANY", method) and (
        operation.path is None or CATCH_ALL.fullmatch(operation.path) is not None
    )


def _fits(operation: str | None, path: str) -> bool:
    """Whether a path of an ARN can be that of an operation."""
    if operation is None:
        return True
    wanted, given = operation.strip("/").split("/"), path.strip("/").split("/")
    for position, part in enumerate(wanted):
        if part.endswith("+}") or given[position:] == ["*"]:
            return True
        if position >= len(given):
            return False
        here = given[position]
        if not (part.startswith("{") or "*" in here or "${" in here or here == part):
            return False
    return len(given) == len(wanted)
