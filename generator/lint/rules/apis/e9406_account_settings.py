"""E9406: the settings that all APIs of a region share."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.apis import HTTP_APIS, REST_APIS


class AccountSettings(Guardrail):
    """The account's log role has a template of its own."""

    id = "E9406"
    shortdesc = "Log role of the whole account set along with one API"
    description = (
        "There is one AWS::ApiGateway::Account for an account and region: the next stack with one "
        "overwrites it, and whoever deletes the first API takes the logs of all others away."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-apigateway-account.html"
    )
    bad = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: orders}
  Logs:  # <- Logs
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: !GetAtt LogRole.Arn}
"""
    good = """
Resources:
  Logs:
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: !GetAtt LogRole.Arn}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        apis = [each for each in template.resources.values() if _declares_api(each)]
        for account in template.of_type("AWS::ApiGateway::Account"):
            for api in apis:
                if template.conditions.both(account.body.given, api.body.given) is not None:
                    yield Flaw.at(
                        account.at,
                        "move AWS::ApiGateway::Account to a template of its own, deployed once "
                        "for each account and region",
                    )
                    break


def _declares_api(resource: Resource) -> bool:
    """Whether a resource is an API, or a function whose events make one."""
    if resource.type in (*REST_APIS, *HTTP_APIS):
        return True
    return resource.type == "AWS::Serverless::Function" and any(
        kind.value in ("Api", "HttpApi")
        for events in resource.get("Events")
        for _, event in events.fields()
        for kind in event.get("Type")
    )
