"""E9405: whether a deployment takes in what changes."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.apis import key_of
from generator.lint.template.references import made_before

DIGEST = re.compile(r".*[0-9a-fA-F]{8,}")


class DeploymentFollows(Guardrail):
    """A deployment comes after every method, and is another one when they change."""

    id = "E9405"
    shortdesc = "REST deployment that leaves methods or their changes out"
    description = (
        "A deployment is a picture of the API at the moment it is made: methods that are made "
        "later are not in it, and a deployment of the same logical id is never made again, so "
        "that a changed API is not served although the stack updated without an error."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-apigateway-deployment.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !Ref Path, HttpMethod: GET}
  Deployment:  # <- Deployment Deployment
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: !Ref Api
"""
    good = """
Resources:
  Orders:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !Ref Path, HttpMethod: GET}
  Deployment4f2a9c1e:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Orders
    Properties:
      RestApiId: !Ref Api
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        methods = template.once(_methods)
        for deployment in template.of_type("AWS::ApiGateway::Deployment"):
            if not DIGEST.fullmatch(deployment.id):
                yield Flaw.at(
                    deployment.at,
                    "end the logical id in a digest of the API's methods (eight or more hex "
                    "digits), so that a changed API gets a new deployment",
                )
            before = made_before(template, deployment)
            missing = [
                method.id
                for api in deployment.get("RestApiId")
                if api.text
                for method in methods.get(key_of(template, api.text), ())
                if method.id not in before
                and template.conditions.both(api.given, method.body.given) is not None
            ]
            if missing:
                names = ", ".join(dict.fromkeys(missing))
                yield Flaw.at(deployment.at, f"name every method in DependsOn; missing: {names}")


def _methods(template: Template) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for method in template.of_type("AWS::ApiGateway::Method"):
        for api in method.get("RestApiId"):
            if api.text:
                found.setdefault(key_of(template, api.text), []).append(method)
    return found
