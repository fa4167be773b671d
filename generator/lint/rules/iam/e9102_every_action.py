"""E9102: grants of every action."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.arns import arn_of
from generator.lint.template.policies import grants

ATTACHED = {
    "AWS::IAM::Role": "ManagedPolicyArns",
    "AWS::IAM::User": "ManagedPolicyArns",
    "AWS::IAM::Group": "ManagedPolicyArns",
    "AWS::Serverless::Function": "Policies",
    "AWS::Serverless::StateMachine": "Policies",
}
"""Where AWS's own managed policies are attached."""
WIDE = frozenset(
    "AdministratorAccess PowerUserAccess IAMFullAccess AmazonAPIGatewayAdministrator "
    "AmazonDynamoDBFullAccess AmazonEC2FullAccess AmazonEventBridgeFullAccess "
    "AmazonKinesisFullAccess AmazonRDSFullAccess AmazonS3FullAccess AmazonSESFullAccess "
    "AmazonSNSFullAccess AmazonSQSFullAccess AmazonSSMFullAccess AWSCloudFormationFullAccess "
    "AWSCodePipeline_FullAccess AWSLambda_FullAccess AWSStepFunctionsFullAccess "
    "AWSXrayFullAccess CloudWatchLogsFullAccess SecretsManagerReadWrite".split()
)
"""Those of them that allow all actions, or all of a service, on everything.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"""


class EveryAction(Guardrail):
    """A policy names what it allows."""

    id = "E9102"
    shortdesc = "Permission for every action"
    description = (
        "A policy that allows a whole service, or all but a few things, also allows what nobody "
        "thought of: deleting, opening to the public, and whatever AWS adds next year."
    )
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
    )
    bad = """
Resources:
  Worker:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: orders
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - s3:*  # <- Worker
              - "*"  # <- Worker
            Resource: !Sub "${Receipts.Arn}/*"
          - Effect: Allow
            NotAction: iam:*  # <- Worker
            NotResource: !GetAtt Receipts.Arn  # <- Worker
  Receipts:
    Type: AWS::S3::Bucket
"""
    good = """
Resources:
  Worker:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: orders
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:GetObject, s3:PutObject]
            Resource: !Sub "${Receipts.Arn}/*"
  Receipts:
    Type: AWS::S3::Bucket
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for statement, given in grants(template):
            for action in statement.each("Action", given):
                text = action.text or ""
                if text.endswith("*") and set(text.partition(":")[2] or text) == {"*"}:
                    yield Flaw.at(action, f'name the actions that are needed instead of "{text}"')
            for name, instead in (("NotAction", "Action"), ("NotResource", "Resource")):
                for node in statement.node.get(name, given=given):
                    if not node.is_absent:
                        yield Flaw.at(
                            node, f"write {instead} and name what is allowed instead of {name}"
                        )
        for owner in template.of_type(*ATTACHED):
            for listed in owner.get(ATTACHED[owner.type]):
                for policy in listed.items():
                    if (managed := _managed(policy)) in WIDE:
                        yield Flaw.at(
                            policy,
                            f"write a policy that names the actions instead of attaching {managed}",
                        )


def _managed(policy: Node) -> str:
    """Name a managed policy of AWS; SAM takes the name alone too."""
    text = policy.text or ""
    if (arn := arn_of(text)) is None:
        return text
    of_aws = arn.service == "iam" and arn.account == "aws"
    return (arn.resource or "").rpartition("/")[2] if of_aws else ""
