"""E9513: a role of another account."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.pipelines import Action, account_in, own_accounts, pipelines


class ForeignRole(Guardrail):
    """Roles of other accounts come from parameters."""

    id = "E9513"
    shortdesc = "Literal role of another account in an action"
    description = (
        "The pipeline of every environment acts in the one account that is written there: a test "
        "run deploys to production."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/"
        "pipelines-create-cross-account.html"
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
        - Name: Deploy
          Actions:
            - Name: Stack
              RoleArn: arn:aws:iam::222222222222:role/Deployer  # <- Release
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
"""
    good = """
Parameters:
  Role: {Type: String}
  DeployerRoleArn: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      Stages:
        - Name: Deploy
          Actions:
            - Name: Stack
              RoleArn: !Ref DeployerRoleArn
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            own = own_accounts(template, pipeline)
            for action in pipeline.actions:
                for role in _roles(action):
                    account = account_in(role)
                    if account is not None and account not in own:
                        yield Flaw.at(
                            role,
                            f"take RoleArn from a parameter instead of naming account {account}",
                        )


def _roles(action: Action) -> Iterator[Node]:
    yield from action.node.get("RoleArn")
    yield from action.configured("RoleArn")
