"""E9508: a variable's value that nothing expands."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.pipelines import PIPELINE, PROJECT, pipelines

UNEXPANDED = re.compile(r"\$\{!(?P<name>[A-Za-z_][\w:.-]*)\}")
"""In the form of `Fn::Sub`, where a literal `${` is `${!`."""


class UnexpandedVariable(Guardrail):
    """Values of variables are values."""

    id = "E9508"
    shortdesc = "Literal ${NAME} as a variable's value"
    description = (
        "Neither CodeBuild nor CodePipeline expands ${NAME} in the value of a variable: the "
        "commands get these very characters, and mostly fail much later, somewhere else."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Source: {Type: CODEPIPELINE, BuildSpec: buildspec.yml}
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
        EnvironmentVariables:
          - {Name: BUCKET, Value: "${ARTIFACT_BUCKET}"}  # <- Build
"""
    good = """
Parameters:
  Role: {Type: String}
  ArtifactBucket: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Source: {Type: CODEPIPELINE, BuildSpec: buildspec.yml}
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
        EnvironmentVariables:
          - {Name: BUCKET, Value: !Ref ArtifactBucket}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for node in _values(template):
            found = UNEXPANDED.search(node.text or "")
            if found:
                name = found["name"]
                yield Flaw.at(
                    node,
                    f"nothing expands ${{{name}}} here: write the value, a parameter (!Ref, !Sub) "
                    f"or an action's variable (#{{namespace.{name}}})",
                )


def _values(template: Template) -> Iterator[Node]:
    for project in template.of_type(PROJECT):
        for listed in project.get("Environment", "EnvironmentVariables"):
            for variable in listed.items():
                yield from variable.get("Value")
    for resource in template.of_type(PIPELINE):
        for listed in resource.get("Variables"):
            for variable in listed.items():
                yield from variable.get("DefaultValue")
    for pipeline in pipelines(template):
        for action in pipeline.actions:
            yield from action.configured("EnvironmentVariables")
            for listed in action.node.get("EnvironmentVariables"):
                for variable in listed.items():
                    yield from variable.get("Value")
