"""E9510: the role by which a rule starts a pipeline."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.pipelines import ROLE, granted, key_of, pipeline_of, pipelines

START = "codepipeline:startpipelineexecution"
ALONE = "only codepipeline:StartPipelineExecution on that pipeline"


class StarterRole(Guardrail):
    """A rule starts a pipeline by a role that can do nothing else."""

    id = "E9510"
    shortdesc = "Rule starts a pipeline without a role of its own"
    description = (
        "Without a role the rule matches and nothing starts, without a word; with the pipeline's "
        "role, whoever may change a rule acts with all the rights of a release."
    )
    source_url = (
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties: {RoleArn: !Ref Role, Stages: []}
  Push:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.codecommit]}
      Targets:
        - Id: release  # <- Push
          Arn: !Sub "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Release}"
"""
    good = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties: {RoleArn: !Ref Role, Stages: []}
  Starter:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: start
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: codepipeline:StartPipelineExecution
                Resource: !Sub "arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:${Release}"
  Push:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.codecommit]}
      Targets:
        - Id: release
          Arn: !Sub "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Release}"
          RoleArn: !GetAtt Starter.Arn
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for rule in template.of_type("AWS::Events::Rule"):
            for listed in rule.get("Targets"):
                for target in listed.items():
                    for arn in target.get("Arn"):
                        is_pipeline, pipeline = pipeline_of(template, arn)
                        if is_pipeline:
                            yield from _judge(template, pipeline, target.assuming(arn.given))


def _judge(template: Template, pipeline: Resource | None, target: Node) -> Iterator[Flaw]:
    for node in target.get("RoleArn"):
        if node.is_absent:
            yield Flaw.at(node, f"set RoleArn to a role that has {ALONE}")
        elif _is_of_a_pipeline(template, node):
            yield Flaw.at(
                node, f"set RoleArn to a role of the rule's own, not the pipeline's: {ALONE}"
            )
        elif (role := template.target(node, ROLE)) is not None:
            yield from (
                Flaw.at(node, f"let {role.id} have {ALONE}: it also has {too_much}")
                for too_much in _excess(template, role)
            )


def _is_of_a_pipeline(template: Template, node: Node) -> bool:
    role = template.target(node, ROLE)
    for pipeline in pipelines(template):
        for own in pipeline.resource.get("RoleArn"):
            if own.is_absent:
                continue
            same = role is not None and template.target(own, ROLE) == role
            if same or key_of(own) == key_of(node):
                return True
    return False


def _excess(template: Template, role: Resource) -> Iterator[str]:
    """Name the first thing that a role has beyond starting pipelines."""
    for listed in role.get("ManagedPolicyArns"):
        for arn in listed.items():
            if arn.text and ":aws:policy/" in arn.text:
                yield arn.text.rpartition("/")[2]
                return
    for statement in granted(template, role):
        if not statement.allows:
            continue
        for action in statement.each("Action"):
            if action.literal is not None and action.literal.lower() != START:
                yield action.literal
                return
        for resource in statement.each("Resource"):
            if resource.text is not None and resource.text.endswith("*"):
                yield "that on every pipeline"
                return
