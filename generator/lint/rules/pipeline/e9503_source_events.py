"""E9503: what starts a pipeline."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.pipelines import Action, Pipeline, pipeline_of, pipelines
from generator.lint.template.policies import Kind, statements

EVENTS = {
    "CodeCommit": ("aws.codecommit", {"CodeCommit Repository State Change"}),
    "ECR": ("aws.ecr", {"ECR Image Action", "AWS API Call via CloudTrail"}),
    "S3": ("aws.s3", {"Object Created", "AWS API Call via CloudTrail"}),
}
"""What the sources that need a rule emit."""
POLLING = ("CodeCommit", "S3")
RULE = "AWS::Events::Rule"


class SourceEvents(Guardrail):
    """Pipelines are started by the events of their sources."""

    id = "E9503"
    shortdesc = "Source that polls, or that no event rule answers"
    description = (
        "A source that polls starts the pipeline minutes late, or twice beside a rule, and not at "
        "all in the long run; one that does not poll starts nothing without a rule of its events."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/update-change-detection.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
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
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration:  # <- Release
                RepositoryName: !Ref Repository
                BranchName: main
"""
    good = """
Parameters:
  Role: {Type: String}
  StarterRole: {Type: String}
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
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration:
                RepositoryName: !Ref Repository
                BranchName: main
                PollForSourceChanges: false
  Push:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.codecommit]
        detail-type: [CodeCommit Repository State Change]
      Targets:
        - Id: release
          Arn: !Sub "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Release}"
          RoleArn: !Ref StarterRole
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            sources = [a for a in pipeline.actions if a.is_of("Source", *EVENTS)]
            polling = [node for action in sources for node in _polls(action)]
            for node in polling:
                yield Flaw.at(
                    node, "set PollForSourceChanges: false, and start the pipeline by an event rule"
                )
            for action in pipeline.actions:
                if action.owner == "ThirdParty" and action.category == "Source":
                    for node in action.configured("PollForSourceChanges"):
                        if node.is_true:
                            yield Flaw.at(node, "use a connection (CodeStarSourceConnection)")
            if sources and not polling and _starts_by_nothing_else(template, pipeline):
                yield from _judge_rules(template, pipeline, sources)


def _polls(action: Action) -> Iterator[Node]:
    if action.provider in POLLING:
        for node in action.configured("PollForSourceChanges"):
            if node.is_absent or node.is_true:
                yield node


def _starts_by_nothing_else(template: Template, pipeline: Pipeline) -> bool:
    """Tell whether sources with events are all that could start the pipeline."""
    for action in pipeline.actions:
        if action.category == "Source" and not action.is_of("Source", *EVENTS):
            return False
        if any(node.is_unknown for node in action.configured("PollForSourceChanges")):
            return False
    for schedule in template.of_type("AWS::Scheduler::Schedule"):
        if any(pipeline_of(template, arn)[0] for arn in schedule.get("Target", "Arn")):
            return False
    return not _is_started_by_code(template)


def _is_started_by_code(template: Template) -> bool:
    """Tell whether a function or state machine here may start pipelines."""
    for statement in statements(template):
        if statement.kind is Kind.IDENTITY and statement.allows:
            for action in statement.each("Action"):
                starts = (action.literal or "").lower() == "codepipeline:startpipelineexecution"
                # By a role for events it is a rule that starts it, and rules are judged.
                if starts and not _is_for_events(statement.owner):
                    return True
    return False


def _is_for_events(role: Resource) -> bool:
    for listed in role.get("AssumeRolePolicyDocument", "Statement"):
        for statement in listed.items():
            for service in statement.get("Principal", "Service"):
                for name in service.items():
                    if (name.literal or "").startswith(("events.", "codepipeline.")):
                        return True
    return role.type != "AWS::IAM::Role"


def _judge_rules(template: Template, pipeline: Pipeline, sources: list[Action]) -> Iterator[Flaw]:
    rules = [rule for rule in template.of_type(RULE) if _starts(template, rule, pipeline)]
    if not any(_is_free(rule) or _answers(rule, each) for rule in rules for each in sources):
        for action in sources[:1]:
            source, kinds = EVENTS[str(action.provider)]
            yield Flaw.at(
                action.node,
                f"start the pipeline by an AWS::Events::Rule on source {source}, detail-type "
                f"{sorted(kinds)[-1]}: nothing else does",
            )
        return
    for action in sources:
        if action.provider == "S3":
            yield from _judge_bucket(template, rules, action)


def _judge_bucket(template: Template, rules: list[Resource], action: Action) -> Iterator[Flaw]:
    """Find a bucket that does not tell EventBridge what a rule waits for."""
    if not any("Object Created" in _listed(rule, "detail-type") for rule in rules):
        return
    for name in action.configured("S3Bucket"):
        bucket = template.target(name, "AWS::S3::Bucket")
        if bucket is not None:
            names = ("NotificationConfiguration", "EventBridgeConfiguration")
            for told in bucket.get(*names, given=action.given):
                if told.is_absent:
                    yield Flaw.at(
                        told, "set NotificationConfiguration.EventBridgeConfiguration: a rule waits"
                    )


def _starts(template: Template, rule: Resource, pipeline: Pipeline) -> bool:
    for listed in rule.get("Targets"):
        for target in listed.items():
            for arn in target.get("Arn"):
                is_pipeline, found = pipeline_of(template, arn)
                if found is not None and found.id == pipeline.resource.id:
                    return True
                if (is_pipeline and found is None) or arn.text is None:  # perhaps this one
                    return True
    return False


def _is_free(rule: Resource) -> bool:
    """Tell whether a rule is a schedule, or answers what somebody else emits."""
    if any(not node.is_absent for node in rule.get("ScheduleExpression")):
        return True
    if any(node.is_unknown for node in rule.get("EventPattern")):
        return True
    return any(not source.startswith("aws.") for source in _listed(rule, "source"))


def _answers(rule: Resource, action: Action) -> bool:
    source, kinds = EVENTS[str(action.provider)]
    sources, listed = _listed(rule, "source"), _listed(rule, "detail-type")
    return (not sources or source in sources) and (not listed or bool(listed & kinds))


def _listed(rule: Resource, name: str) -> set[str]:
    return {item.literal or "?" for node in rule.get("EventPattern", name) for item in node.items()}
