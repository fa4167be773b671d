"""E9509: what stands around a deployment."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.pipelines import Action, Pipeline, pipelines

WATCHES = ("Test", "Invoke", "Build", "Compute")
"""Categories of actions that can look at something and fail."""


class SafeDeploys(Guardrail):
    """A release is validated, verified, and taken back when it fails."""

    id = "E9509"
    shortdesc = "Deployment without validation, verification or rollback"
    description = (
        "What nobody tested reaches users, what works in no region counts as a success, and a "
        "deployment that fails half-way stays half-way until somebody wakes up."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback-auto.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId:
                {Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}
        - Name: Deploy  # <- Release Release Release
          Actions:
            - Name: Stack
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
"""
    good = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId:
                {Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}
        - Name: Test
          Actions:
            - Name: Test
              ActionTypeId: {Category: Test, Owner: AWS, Provider: CodeBuild, Version: "1"}
        - Name: Deploy
          OnFailure: {Result: ROLLBACK}
          Actions:
            - Name: Stack
              RunOrder: 1
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
            - Name: Smoke
              RunOrder: 2
              ActionTypeId: {Category: Test, Owner: AWS, Provider: CodeBuild, Version: "1"}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            deployments = pipeline.deployments
            if not deployments or not pipeline.is_whole:
                continue
            first = min(deployments, key=lambda action: (action.position, action.order))
            if not _is_validated(pipeline, first):
                yield Flaw.at(
                    first.stage,
                    "add an action before this one's that tests or approves what is deployed",
                )
            if not _is_verified(pipeline, deployments):
                yield Flaw.at(
                    deployments[-1].stage,
                    "add a Test or Invoke action after the deployment (or OnSuccess conditions) "
                    "that verifies what now runs",
                )
            yield from _judge_rollback(pipeline, deployments)


def _is_validated(pipeline: Pipeline, first: Action) -> bool:
    before = [action for action in pipeline.actions if first.comes_after(action)]
    if any(action.category in (*WATCHES, "Approval", None) for action in before):
        return True
    stages = [first.stage, *(action.stage for action in before)]
    return any(_has(stage, "BeforeEntry") or _has(stage, "OnSuccess") for stage in stages)


def _is_verified(pipeline: Pipeline, deployments: list[Action]) -> bool:
    for deployment in deployments:
        if any(not node.is_absent for node in deployment.configured("Alarms")):
            return True
        if _has(deployment.stage, "OnSuccess"):
            return True
        for action in pipeline.actions:
            if action.comes_after(deployment) and action.category in (*WATCHES, None):
                return True
    return False


def _judge_rollback(pipeline: Pipeline, deployments: list[Action]) -> Iterator[Flaw]:
    judged = set()
    for action in deployments:
        if action.stage.path in judged:
            continue
        judged.add(action.stage.path)
        for result in action.stage.get("OnFailure", "Result"):
            conditions = list(action.stage.get("OnFailure", "Conditions"))
            if result.is_absent and any(_rolls_back(node) for node in conditions):
                continue
            if (result.is_known and result.literal == "ROLLBACK") or result.is_unknown:
                continue
            yield Flaw.at(
                result,
                "set OnFailure: {Result: ROLLBACK} (PipelineType V2) on this stage",
            )


def _rolls_back(conditions: Node) -> bool:
    found = (node for item in conditions.items() for node in item.get("Result"))
    return conditions.is_unknown or any(node.literal == "ROLLBACK" for node in found)


def _has(stage: Node, name: str) -> bool:
    return any(not node.is_absent for node in stage.get(name))
