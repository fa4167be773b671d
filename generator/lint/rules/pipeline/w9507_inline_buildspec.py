"""W9507: a buildspec in the template."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.builds import is_inline
from generator.lint.template.pipelines import PROJECT


class InlineBuildspec(Guardrail):
    """A buildspec is a file of the source it builds."""

    id = "W9507"
    shortdesc = "Buildspec inline in the template"
    description = (
        "A change of the commands needs a change of the stack, an old commit is built by new "
        "commands, and no tool for shell or YAML looks at a text within a template."
    )
    source_url = "https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html"
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
      Source:
        Type: CODEPIPELINE
        BuildSpec: |  # <- Build
          version: 0.2
          phases:
            build:
              commands: [make]
"""
    good = """
Parameters:
  Role: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
      Source:
        Type: CODEPIPELINE
        BuildSpec: delivery/buildspec.yml
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for project in template.of_type(PROJECT):
            for source in project.get("Source"):
                # Without a source there is no file to name.
                if any(kind.literal == "NO_SOURCE" for kind in source.get("Type")):
                    continue
                for node in source.get("BuildSpec"):
                    if is_inline(node):
                        yield Flaw.at(node, "put the buildspec into the source; name its file here")
