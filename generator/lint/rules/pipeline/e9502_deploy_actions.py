"""E9502: how a pipeline deploys."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.actions import ACTIONS, V2_ONLY, takes
from generator.lint.template.pipelines import Action, Pipeline, pipelines

DEPLOYS = re.compile(
    r"deploy|release|publish|promot|provision|roll-?out|\bapply\b|push|upload|deliver"
    r"|ship|live|prod"
)
AROUND = re.compile(
    r"verif|check|test|notif|post|pre\b|pre-|predeploy|after|before|valid|approv|smoke|health"
    r"|invalidat|tag|record|gate|wait|monitor|rollback|clean|undeploy|report|status"
)
DEPLOY = re.compile(r"deploy")


class DeployActions(Guardrail):
    """Pipelines deploy by deployment actions, configured as documented."""

    id = "E9502"
    shortdesc = "Pipeline without a real deployment action"
    description = (
        "A function that is invoked to deploy has no deployment that could be watched, stopped or "
        "taken back; an action with a provider or key that CodePipeline does not know fails when "
        "the pipeline is made, or does not do what was meant."
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html"
    bad = """
Parameters:
  Role: {Type: String}
  Function: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      Stages:
        - Name: Deploy
          Actions:
            - Name: Shift
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: Lambda, Version: "1"}
              Configuration:
                FunctionName: !Ref Function
                DeploymentType: Canary10Percent5Minutes  # <- Release
"""
    good = """
Parameters:
  Role: {Type: String}
  Function: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      Stages:
        - Name: Deploy
          Actions:
            - Name: Shift
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: Lambda, Version: "1"}
              Configuration:
                FunctionName: !Ref Function
                FunctionAlias: live
                DeployStrategy: Canary10Percent5Minutes
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            for action in pipeline.actions:
                yield from _judge(template, pipeline, action)
            if _deploys_nothing(pipeline):
                for stages in pipeline.resource.get("Stages"):
                    yield Flaw.at(
                        stages, "add a stage with a deployment action: nothing here is deployed"
                    )


def _judge(template: Template, pipeline: Pipeline, action: Action) -> Iterator[Flaw]:
    category, provider = action.category, action.provider
    if action.owner != "AWS" or category not in ACTIONS or provider is None:
        return
    place = next(action.node.get("ActionTypeId", "Provider"))
    if provider not in ACTIONS[category]:
        known = ", ".join(ACTIONS[category])
        yield Flaw.at(place, f"set Provider to one that {category} actions have: {known}")
        return
    if (category, provider) in V2_ONLY:
        for kind in pipeline.resource.get("PipelineType", given=action.given):
            if kind.is_absent or kind.literal == "V1":
                yield Flaw.at(place, f"set PipelineType: V2: {provider} has only that")
    for configuration in action.node.get("Configuration"):
        for key, value in configuration.fields():
            if not value.is_absent and not takes(category, provider, key):
                keys = ", ".join(sorted(ACTIONS[category][provider] or ()))
                yield Flaw.at(value, f"{provider} has no key {key}: it takes {keys}")
    if action.is_of("Deploy", "CodeDeploy"):
        yield from _judge_application(template, action)
    if action.is_of("Invoke", "Lambda") and _is_deployment(pipeline, action):
        yield Flaw.at(
            place,
            "deploy by an action of category Deploy (Lambda, CloudFormation, "
            "CloudFormationStackSet), not by invoking a function",
        )


def _judge_application(template: Template, action: Action) -> Iterator[Flaw]:
    for name in action.configured("ApplicationName"):
        application = template.target(name, "AWS::CodeDeploy::Application")
        if application is not None:
            for platform in application.get("ComputePlatform", given=action.given):
                if platform.literal == "Lambda":
                    yield Flaw.at(
                        name,
                        "deploy a Lambda application by a Lambda or CloudFormation action: the "
                        "CodeDeploy action takes instances only",
                    )


def _is_deployment(pipeline: Pipeline, action: Action) -> bool:
    """Tell by its name, or by that of a stage which nothing else deploys in."""
    own = _name(action.node)
    if AROUND.search(own):
        return False
    if DEPLOY.search(own):
        return True
    stage = _name(action.stage)
    others = [each for each in pipeline.of(action.stage) if each.node.path != action.node.path]
    return (
        DEPLOY.search(stage) is not None
        and AROUND.search(stage) is None
        and not any(each.category in ("Deploy", "Build", "Compute", None) for each in others)
    )


def _name(node: Node) -> str:
    return " ".join(name.literal or "" for name in node.get("Name")).lower()


def _deploys_nothing(pipeline: Pipeline) -> bool:
    if not pipeline.is_whole or not pipeline.actions:
        return False
    return not any(
        action.category in ("Deploy", None)
        or (
            action.owner != "AWS" and action.category not in ("Source", "Build", "Test", "Approval")
        )
        # What goes on elsewhere, and commands that say that they deploy.
        or action.is_of("Invoke")
        or (action.category in ("Build", "Test", "Compute") and DEPLOYS.search(action.names))
        for action in pipeline.actions
    )
