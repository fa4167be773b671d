"""E9407: whether browsers may read what an API answers."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.apis import (
    HTTP_APIS,
    REST_APIS,
    has_hidden_operations,
    operations,
)
from generator.lint.template.references import made_before, referred

ORIGIN = re.compile(r"(?i)cors|(?:allow(?:ed)?|web|site|frontend)[-_]?origins?")
TOLD = re.compile(r"://|\*|(?i:true)")
PAGES = (
    "AWS::Cognito::UserPoolClient",
    "AWS::Amplify::App",
    "AWS::Amplify::Branch",
    "AWS::CloudFront::ResponseHeadersPolicy",
)
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
AUTHORIZERS = ("AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer")
SETTINGS = {
    "AWS::Serverless::Api": "Cors",
    "AWS::ApiGatewayV2::Api": "CorsConfiguration",
    "AWS::Serverless::HttpApi": "CorsConfiguration",
}
"""What allows other origins, where that is one setting."""
HEADER = "access-control-allow-origin"


class Cors(Guardrail):
    """An API that pages call answers the browser's question who may."""

    id = "E9407"
    shortdesc = "API for browsers without CORS"
    description = (
        "A page of a website, or one that signs users in with a user pool, gets no answer from an "
        "API of another origin unless that says so: it works with curl, and fails in browsers."
    )
    source_url = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"
    bad = """
Resources:
  Users:
    Type: AWS::Cognito::UserPool
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: orders, ProtocolType: HTTP}  # <- Api
  Tokens:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      AuthorizerType: JWT
      Name: tokens
      IdentitySource: [$request.header.Authorization]
      JwtConfiguration: {Issuer: !GetAtt Users.ProviderURL, Audience: [orders]}
"""
    good = """
Resources:
  Users:
    Type: AWS::Cognito::UserPool
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: orders
      ProtocolType: HTTP
      CorsConfiguration:
        AllowOrigins: [https://shop.example.com]
        AllowMethods: [GET, POST]
        AllowHeaders: [authorization]
  Tokens:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      AuthorizerType: JWT
      Name: tokens
      IdentitySource: [$request.header.Authorization]
      JwtConfiguration: {Issuer: !GetAtt Users.ProviderURL, Audience: [orders]}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for api in template.of_type(*REST_APIS, *HTTP_APIS):
            if _takes_preflights(template, api) or not _is_for_browsers(template, api):
                continue
            setting = SETTINGS.get(api.type)
            if setting is None:
                for node in api.get():
                    yield Flaw.at(node, "add an OPTIONS method to each path that pages call")
                continue
            for node in api.get(setting):
                if node.is_absent:
                    yield Flaw.at(node, f"set {setting} with the origins of the pages that call")


def _takes_preflights(template: Template, api: Resource) -> bool:
    """Whether an API answers OPTIONS itself, may do so unseen, or is called by no browser."""
    if any(node.value == "WEBSOCKET" for node in api.get("ProtocolType")):
        return True
    if any(
        kind.value == "PRIVATE"
        for kinds in api.get("EndpointConfiguration", "Types")
        for kind in kinds.items()
    ):
        return True
    # A quick API has one route, which takes everything.
    if any(not node.is_absent for node in api.get("Target")):
        return True
    if not api.type.startswith("AWS::Serverless::") and has_hidden_operations(api):
        return True
    methods = {each.method for each in operations(template) if each.api == f"${{{api.id}}}"}
    return bool(methods & {None, "OPTIONS", "ANY", "$default"}) or _has_cors_body(api)


def _is_for_browsers(template: Template, api: Resource) -> bool:
    """Whether something in the template shows that pages of another origin call."""
    around = template.once(_around)
    told = any(api.id in names for names in around["origins"])
    same_origin = any(api.id in names for names in around["distributions"])
    if told or same_origin:
        return told
    return any(api.id in names for names in around["pages"] + around["pools"]) or any(
        around["websites"]
    )


def _around(template: Template) -> dict[str, list[frozenset[str]]]:
    """Collect what refers to APIs, by what it shows: each with the names it refers to."""
    people = _pools_of_people(template)
    found: dict[str, list[frozenset[str]]] = {
        "pages": [referred(each.body) for each in template.of_type(*PAGES)],
        "pools": [
            names
            for each in template.of_type(*AUTHORIZERS)
            if (names := referred(each.body)) & people
        ],
        "distributions": [
            referred(each.body) for each in template.of_type("AWS::CloudFront::Distribution")
        ],
        "websites": [
            frozenset({each.id})
            for each in template.of_type("AWS::S3::Bucket")
            if any(node.is_known for node in each.get("WebsiteConfiguration", "IndexDocument"))
        ]
        + [
            frozenset({each.id})
            for each in template.of_type("AWS::CloudFront::Distribution")
            for root in each.get("DistributionConfig", "DefaultRootObject")
            if (root.literal or "").endswith((".html", ".htm"))
        ],
        "origins": [
            referred(each.body)
            for each in template.of_type("AWS::ApiGateway::GatewayResponse")
            if _names_header(each)
        ],
    }
    for api in template.of_type("AWS::Serverless::Api", "AWS::Serverless::HttpApi"):
        if referred(api.body) & people:
            found["pools"].append(frozenset({api.id}))
    found["origins"] += [
        referred(each.body)
        for each in template.of_type("AWS::ApiGateway::Method")
        if _names_header(each)
    ]
    told = {each.id for each in template.of_type(*FUNCTIONS) if _is_told_an_origin(each)}
    for permission in template.of_type("AWS::Lambda::Permission"):
        if told and (names := made_before(template, permission)) & told:
            found["origins"].append(names)
    return found


def _pools_of_people(template: Template) -> frozenset[str]:
    """Name the user pools, and their clients, that do not only serve machines."""
    found = {each.id for each in template.of_type("AWS::Cognito::UserPool")}
    clients = list(template.of_type("AWS::Cognito::UserPoolClient"))
    machines = {each.id for each in clients if _is_machine(each)}
    for pool in list(found):
        of_pool = {each.id for each in clients if pool in referred(each.body)}
        if of_pool and of_pool <= machines:
            found.discard(pool)
    return frozenset(found | {each.id for each in clients} - machines)


def _is_machine(client: Resource) -> bool:
    flows = [flow.value for flows in client.get("AllowedOAuthFlows") for flow in flows.items()]
    return flows == ["client_credentials"]


def _is_told_an_origin(function: Resource) -> bool:
    return any(
        ORIGIN.search(name) and (value.is_unknown or TOLD.search(str(value.value)))
        for variables in function.get("Environment", "Variables")
        for name, value in variables.fields()
    )


def _names_header(resource: Resource) -> bool:
    return any(
        isinstance(node.value, dict) and any(HEADER in str(name).lower() for name in node.value)
        for node in resource.body.walk()
    )


def _has_cors_body(api: Resource) -> bool:
    return any(
        not node.is_absent
        for name in ("Body", "DefinitionBody")
        for body in api.get(name)
        if not body.is_absent
        for node in body.get("x-amazon-apigateway-cors")
    )
