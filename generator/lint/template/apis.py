"""What a template knows of its APIs: operations, stages, and which speaks WebSocket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.lint.template.conditions import NOTHING, Given
from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template

REST_APIS = ("AWS::ApiGateway::RestApi", "AWS::Serverless::Api")
HTTP_APIS = ("AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi")
BODIES = ("Body", "BodyS3Location", "DefinitionBody", "DefinitionUri")
ANY_METHOD = "x-amazon-apigateway-any-method"
METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "ANY")
ROUTE_KEY = re.compile(rf"(?:{'|'.join(METHODS)}) /\S*|\$default")
"""What the routes of HTTP APIs are called; those of WebSocket APIs are free words."""
DEEPEST = 30
"""How far a path's parents are followed: a resource may, wrongly, be its own parent."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path, or the route that takes what no other takes."""

    api: str
    """How the template refers to the API, in the form of `Fn::Sub`."""
    method: str | None
    """In capitals, `ANY`, or `$default`; None when the template does not tell."""
    path: str | None
    """Such as `/orders/{id}`; None when the template does not tell."""
    node: Node
    """The method's or route's properties, or what an OpenAPI body says of it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage in one of its branches, whichever resource makes it."""

    resource: Resource
    is_rest: bool
    below: tuple[str, ...]
    """Under which property its settings stand."""
    given: Given

    def get(self, *names: str, given: Given = NOTHING) -> Iterator[Node]:
        """Yield a setting in each branch; see Node.get."""
        return self.resource.get(*self.below, *names, given={**self.given, **given})

    @property
    def access_logs(self) -> str:
        """How its kind calls the setting."""
        return "AccessLogSetting" if self.is_rest else "AccessLogSettings"


def stages(template: Template) -> list[Stage]:
    """List every stage."""
    return template.once(_stages)


def operations(template: Template) -> list[Operation]:
    """List what the template itself tells of methods and routes."""
    return template.once(_operations)


def has_hidden_operations(api: Resource) -> bool:
    """Whether an API has operations that this template does not show, or not as methods."""
    if api.type in ("AWS::Serverless::Api", "AWS::Serverless::HttpApi"):
        return not any(node.is_known for node in api.get("DefinitionBody"))
    for name in BODIES:
        for body in api.get(name):
            if body.is_absent:
                continue
            # AWS::Include puts in what stands elsewhere.
            if name != "Body" or body.is_unknown or _includes(body):
                return True
    return False


def has_body(api: Resource) -> bool:
    """Whether an OpenAPI document describes an API."""
    return any(not node.is_absent for name in BODIES for node in api.get(name))


def key_of(template: Template, text: str) -> str:
    """Write a reference to an API in one way, whichever attribute it is made by."""
    api = template.target_of(text, *REST_APIS, *HTTP_APIS)
    return text if api is None else f"${{{api.id}}}"


def speaks_websocket(template: Template, api: Node) -> bool:
    """Whether an API is a WebSocket API, as it says itself or as its routes are called."""
    if (target := template.target(api, "AWS::ApiGatewayV2::Api")) is not None:
        return any(node.value == "WEBSOCKET" for node in target.get("ProtocolType"))
    return api.text in template.once(_called_like_websocket)


def _called_like_websocket(template: Template) -> frozenset[str]:
    found: set[str] = set()
    for route in template.of_type("AWS::ApiGatewayV2::Route"):
        keys = [node.literal for node in route.get("RouteKey")]
        if any(key and not ROUTE_KEY.fullmatch(key) for key in keys):
            found |= {node.text for node in route.get("ApiId") if node.text}
    return frozenset(found)


def _includes(body: Node) -> bool:
    return any(
        isinstance(node.value, dict) and "Fn::Transform" in node.value for node in body.walk()
    )


def _stages(template: Template) -> list[Stage]:
    found = [
        Stage(each, is_rest=True, below=(), given=NOTHING)
        for each in template.of_type("AWS::ApiGateway::Stage", "AWS::Serverless::Api")
    ]
    found += [
        Stage(each, is_rest=False, below=(), given=NOTHING)
        for each in template.of_type("AWS::ApiGatewayV2::Stage", "AWS::Serverless::HttpApi")
    ]
    stood_on = {
        target.id
        for stage in template.of_type("AWS::ApiGateway::Stage")
        for node in stage.get("DeploymentId")
        if (target := template.target(node))
    }
    for deployment in template.of_type("AWS::ApiGateway::Deployment"):
        if deployment.id not in stood_on:
            for name in deployment.get("StageName"):
                if not name.is_absent:
                    found.append(Stage(deployment, True, ("StageDescription",), name.given))
    return found


def _operations(template: Template) -> list[Operation]:
    found = [
        Operation(
            key_of(template, api.text),
            _method(method),
            _path(template, method, DEEPEST),
            properties,
        )
        for method in template.of_type("AWS::ApiGateway::Method")
        for properties in method.get()
        for api in properties.get("RestApiId")
        if api.text
    ]
    for route in template.of_type("AWS::ApiGatewayV2::Route"):
        for properties in route.get():
            for api in properties.get("ApiId"):
                for key in properties.get("RouteKey", given=api.given):
                    if api.text:
                        method, _, path = (key.literal or "").partition(" ")
                        name = key_of(template, api.text)
                        found.append(Operation(name, method or None, path or None, properties))
    for described in template.of_type(*REST_APIS, *HTTP_APIS):
        for name in ("Body", "DefinitionBody"):
            for paths in described.get(name, "paths"):
                for path, methods in paths.fields():
                    for method, node in methods.fields():
                        named = "ANY" if method == ANY_METHOD else method.upper()
                        if named in METHODS:
                            found.append(Operation(f"${{{described.id}}}", named, path, node))
    return found


def _method(method: Resource) -> str | None:
    named = [node.literal for node in method.get("HttpMethod")]
    return named[0].upper() if len(named) == 1 and named[0] else None


def _path(template: Template, method: Resource, deepest: int) -> str | None:
    """Put a path together from a method's resource and that one's parents."""
    parts: list[str] = []
    here = _only(method, "ResourceId")
    while here is not None and deepest:
        deepest -= 1
        if (here.text or "").endswith(".RootResourceId}"):
            return "/" + "/".join(reversed(parts))
        resource = template.target(here, "AWS::ApiGateway::Resource")
        part = _only(resource, "PathPart") if resource else None
        if resource is None or part is None or part.literal is None:
            return None
        parts.append(part.literal)
        here = _only(resource, "ParentId")
    return None


def _only(resource: Resource, name: str) -> Node | None:
    found = list(resource.get(name))
    return found[0] if len(found) == 1 else None
