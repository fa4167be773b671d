"""E9506: what a build project states."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.pipelines import PROJECT

WANTED = {
    "TimeoutInMinutes": "set TimeoutInMinutes: a build that hangs runs, and is paid, for an hour",
    "EncryptionKey": "set EncryptionKey to a customer key: artifacts are encrypted by it",
}


class BuildSettings(Guardrail):
    """Build projects state where they log, how long they may run, and their key."""

    id = "E9506"
    shortdesc = "CodeBuild project without logs, timeout or encryption key"
    description = (
        "What a build said is gone or lies in a log group that nobody made, a build that hangs "
        "blocks the pipeline, and its artifacts are encrypted by a key that no policy governs."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-codebuild-project.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:  # <- Build Build Build
      ServiceRole: !Ref Role
      Source: {Type: CODEPIPELINE, BuildSpec: buildspec.yml}
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
"""
    good = """
Parameters:
  Role: {Type: String}
  KeyArn: {Type: String}
  LogGroup: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      EncryptionKey: !Ref KeyArn
      TimeoutInMinutes: 30
      LogsConfig:
        CloudWatchLogs: {Status: ENABLED, GroupName: !Ref LogGroup}
      Source: {Type: CODEPIPELINE, BuildSpec: buildspec.yml}
      Artifacts: {Type: CODEPIPELINE}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for project in template.of_type(PROJECT):
            for name, advice in WANTED.items():
                for node in project.get(name):
                    if node.is_absent:
                        yield Flaw.at(node, advice)
            for logs in project.get("LogsConfig"):
                if logs.is_absent:
                    yield Flaw.at(logs, "set LogsConfig to a log group of this template")
                elif isinstance(logs.value, dict) and all(map(_is_off, _places(logs))):
                    yield Flaw.at(logs, "set Status: ENABLED in LogsConfig for a log group")


def _places(logs: Node) -> Iterator[Node]:
    for place in ("CloudWatchLogs", "S3Logs"):
        yield from logs.get(place, "Status")


def _is_off(status: Node) -> bool:
    return status.is_absent or status.literal == "DISABLED"
