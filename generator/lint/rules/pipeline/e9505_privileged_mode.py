"""E9505: privileged builds."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.builds import may_build_images
from generator.lint.template.pipelines import PROJECT


class PrivilegedMode(Guardrail):
    """Only what builds images is privileged."""

    id = "E9505"
    shortdesc = "Privileged build that builds no image"
    description = (
        "Every command of a privileged build, those of its dependencies too, has root's rights on "
        "the machine below the container. Only the Docker daemon needs that."
    )
    source_url = (
        "https://docs.aws.amazon.com/codebuild/latest/userguide/"
        "change-project.html#change-project-console-environment"
    )
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Test:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
        PrivilegedMode: true  # <- Test
      Source:
        Type: CODEPIPELINE
        BuildSpec: |
          version: 0.2
          phases:
            build:
              commands: [pytest]
"""
    good = """
Parameters:
  Role: {Type: String}
Resources:
  Test:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
        PrivilegedMode: true
      Source:
        Type: CODEPIPELINE
        BuildSpec: |
          version: 0.2
          phases:
            build:
              commands: [docker build --tag shop .]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for project in template.of_type(PROJECT):
            for privileged in project.get("Environment", "PrivilegedMode"):
                if privileged.is_true and not may_build_images(template, project):
                    yield Flaw.at(privileged, "set PrivilegedMode: false: no image is built here")
