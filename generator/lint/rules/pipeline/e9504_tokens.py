"""E9504: secrets in actions."""

import json
import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.pipelines import pipelines
from generator.lint.template.text import WHOLE, placeholders

SECRET = re.compile(
    r"(?:^|[_\-.]|(?<=[a-z]))(?:token|secret|password|passwd|api_?key|access_?key|private_?key)$",
    re.IGNORECASE,
)
STORED = re.compile(r"^(?:#\{|\{\{resolve:|arn:)")


class Tokens(Guardrail):
    """Actions hold no secrets."""

    id = "E9504"
    shortdesc = "Token or secret in a pipeline's action"
    description = (
        "Whoever may look at the pipeline, the template or its parameters reads the secret; a "
        "personal access token opens everything that its owner may do, and ends with the person."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/"
        "update-github-action-connections.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
  GitHubToken: {Type: String, NoEcho: true}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Role
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {Category: Source, Owner: ThirdParty, Provider: GitHub, Version: "1"}
              Configuration:
                Owner: example
                Repo: shop
                Branch: main
                OAuthToken: !Ref GitHubToken  # <- Release
"""
    good = """
Parameters:
  Role: {Type: String}
  ConnectionArn: {Type: String}
  Repository: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Role
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId:
                {Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}
              Configuration:
                ConnectionArn: !Ref ConnectionArn
                FullRepositoryId: !Ref Repository
                BranchName: main
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            for action in pipeline.actions:
                for configuration in action.node.get("Configuration"):
                    for name, value in configuration.fields():
                        yield from _judge(template, name, value)


def _judge(template: Template, name: str, value: Node) -> Iterator[Flaw]:
    if name == "OAuthToken":
        if not value.is_absent and value.value is not None:
            yield Flaw.at(
                value, "use a connection (CodeStarSourceConnection, ConnectionArn), not OAuthToken"
            )
        return
    if name == "EnvironmentVariables":
        yield from _judge_variables(template, value)
        return
    text = value.text
    if text and SECRET.search(name) and value.literal and not STORED.match(text):
        yield Flaw.at(value, f"{name} is readable here: keep it in a secret, and read that instead")
    yield from _judge_references(template, value, text)


def _judge_variables(template: Template, value: Node) -> Iterator[Flaw]:
    text = value.text or ""
    try:
        variables = json.loads(text)
    except ValueError:
        variables = ()
    for variable in variables if isinstance(variables, list) else ():
        if not isinstance(variable, dict) or variable.get("type", "PLAINTEXT") != "PLAINTEXT":
            continue
        name, content = str(variable.get("name")), str(variable.get("value"))
        if SECRET.search(name) and content and "${" not in content and not STORED.match(content):
            yield Flaw.at(
                value, f"{name} is readable here: keep it in a secret (type SECRETS_MANAGER)"
            )
    yield from _judge_references(template, value, text)


def _judge_references(template: Template, value: Node, text: str | None) -> Iterator[Flaw]:
    parameters = template.section("Parameters")
    for name in placeholders(text or ""):
        if name not in parameters or not SECRET.search(name):
            continue
        # An SSM parameter's name or a secret's is no secret.
        if not WHOLE.fullmatch(f"${{{name}}}") or _is_looked_up(parameters[name]):
            continue
        if not any(node.is_true for node in parameters[name].get("NoEcho")):
            yield Flaw.at(
                value, f"set NoEcho: true on parameter {name}, or take the secret's ARN instead"
            )


def _is_looked_up(parameter: Node) -> bool:
    return any((node.literal or "").startswith("AWS::SSM") for node in parameter.get("Type"))
