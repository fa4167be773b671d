"""E9111: what the actions of a pipeline need."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.conditions import Given
from generator.lint.template.grants import lacks, missing
from generator.lint.template.pipelines import ROLE, Action, pipelines
from generator.lint.template.reach import thing_at

NEEDS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("Build", "CodeBuild"): ("ProjectName", ("codebuild:StartBuild", "codebuild:BatchGetBuilds")),
    ("Test", "CodeBuild"): ("ProjectName", ("codebuild:StartBuild", "codebuild:BatchGetBuilds")),
    ("Invoke", "Lambda"): ("FunctionName", ("lambda:InvokeFunction",)),
    ("Source", "S3"): ("S3Bucket", ("s3:GetObject", "s3:GetBucketVersioning")),
    ("Deploy", "S3"): ("BucketName", ("s3:PutObject",)),
    ("Source", "CodeCommit"): (
        "RepositoryName",
        (
            "codecommit:GetBranch",
            "codecommit:GetCommit",
            "codecommit:GetUploadArchiveStatus",
            "codecommit:UploadArchive",
        ),
    ),
    ("Deploy", "CodeDeploy"): ("", ("codedeploy:CreateDeployment", "codedeploy:GetDeployment")),
    ("Deploy", "CloudFormationStackSet"): (
        "",
        (
            "cloudformation:DescribeStackSet",
            "cloudformation:DescribeStackSetOperation",
            "cloudformation:UpdateStackSet",
        ),
    ),
    ("Deploy", "CloudFormationStackInstances"): (
        "",
        ("cloudformation:CreateStackInstances", "cloudformation:DescribeStackSetOperation"),
    ),
}
"""By category and provider: the configuration that names what it starts (empty where permissions
are on something else of the same service), and the permissions.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html"""
MODES = {
    "CREATE_UPDATE": ("CreateStack", "DescribeStacks", "UpdateStack"),
    "REPLACE_ON_FAILURE": ("CreateStack", "DeleteStack", "DescribeStacks", "UpdateStack"),
    "CHANGE_SET_REPLACE": ("CreateChangeSet", "DescribeChangeSet"),
    "CHANGE_SET_EXECUTE": ("ExecuteChangeSet",),
    "DELETE_ONLY": ("DeleteStack",),
}
BATCH = ("codebuild:StartBuildBatch", "codebuild:BatchGetBuildBatches")
CONNECTION = ("codestar-connections:UseConnection", "codeconnections:UseConnection")
PASSED = ("RoleArn", "AdministrationRoleArn")


class PipelinePermissions(Guardrail):
    """A pipeline may start what its actions start."""

    id = "E9111"
    shortdesc = "Pipeline can't start its own action"
    description = (
        "Each action runs with the pipeline's role, or with a role of its own. What the role may "
        "not start, fails in the first run, after everything before it has run."
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html"
    bad = """
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt PipelineRole.Arn
      Stages:
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
              Configuration:
                ProjectName: !Ref Project  # <- Pipeline
  Project:
    Type: AWS::CodeBuild::Project
  PipelineRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: build
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: codebuild:StartBuild, Resource: !GetAtt Project.Arn}
"""
    good = """
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt PipelineRole.Arn
      Stages:
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
              Configuration:
                ProjectName: !Ref Project
  Project:
    Type: AWS::CodeBuild::Project
  PipelineRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: build
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [codebuild:BatchGetBuilds, codebuild:StartBuild]
                Resource: !GetAtt Project.Arn
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            for action in pipeline.actions:
                if action.owner != "AWS":
                    continue
                for role, given in _roles(template, pipeline.resource, action):
                    for node, lacking in _lacking(template, role, action, given):
                        yield Flaw.at(
                            node, f"let the role {role.id} do {' and '.join(lacking)} on it"
                        )
                for named in pipeline.resource.get("RoleArn", given=action.given):
                    if (passing := template.target(named, ROLE)) is not None:
                        yield from _passes(template, passing, action, named.given)


def _roles(
    template: Template, pipeline: Resource, action: Action
) -> Iterator[tuple[Resource, Given]]:
    """Yield whose permissions an action has, in each branch: its own role's, or the pipeline's."""
    for own in action.node.get("RoleArn"):
        named = pipeline.get("RoleArn", given=own.given) if own.is_absent else [own]
        for node in named:
            if (role := template.target(node, ROLE)) is not None:
                yield role, node.given


def _lacking(
    template: Template, role: Resource, action: Action, given: Given
) -> Iterator[tuple[Node, list[str]]]:
    node = action.node.assuming(given)
    if action.is_of("Source", "CodeStarSourceConnection"):
        for connection in node.get("Configuration", "ConnectionArn"):
            if all(lacks(template, role, each, None, connection.given) for each in CONNECTION):
                yield connection, [CONNECTION[-1]]
    elif action.is_of("Deploy", "CloudFormation"):
        for mode in node.get("Configuration", "ActionMode"):
            actions = [f"cloudformation:{name}" for name in MODES.get(mode.literal or "", ())]
            if lacking := missing(template, role, actions, None, mode.given):
                yield mode, lacking
    elif (action.category or "", action.provider or "") in NEEDS:
        name, needed = NEEDS[action.category or "", action.provider or ""]
        needed = _as_configured(action, needed)
        for named in node.get("Configuration", name) if name else node.get("ActionTypeId"):
            thing = thing_at(template, named) if name else None
            if thing is not None and not thing.is_known:
                continue
            if lacking := missing(template, role, needed, thing, named.given):
                yield named, lacking


def _as_configured(action: Action, needed: tuple[str, ...]) -> tuple[str, ...]:
    """Change what is needed where the configuration does: builds in batches, sources as clones."""
    for batch in action.configured("BatchEnabled"):
        if not batch.is_absent and not batch.is_false:
            return BATCH if batch.is_true else ()
    for format_ in action.configured("OutputArtifactFormat"):
        if not format_.is_absent and format_.literal != "CODE_ZIP":
            return tuple(each for each in needed if "UploadArchive" not in each)
    return needed


def _passes(template: Template, role: Resource, action: Action, given: Given) -> Iterator[Flaw]:
    if action.provider is None or not action.provider.startswith("CloudFormation"):
        return
    if not all(own.is_absent for own in action.node.get("RoleArn")):
        return
    for name in PASSED:
        for passed in action.node.get("Configuration", name, given=given):
            thing = thing_at(template, passed)
            if thing.is_known and lacks(template, role, "iam:PassRole", thing, passed.given):
                yield Flaw.at(passed, f"let the role {role.id} do iam:PassRole on it")
