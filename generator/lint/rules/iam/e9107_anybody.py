"""E9107: policies that let everybody in."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Given, Node, Resource, Template
from generator.lint.template.policies import BUS_POLICY, Kind, Statement, statements

ENDPOINT = "AWS::EC2::VPCEndpoint"
"""Its policy grants nothing, it limits what others grant; AWS's default names everybody.
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"""
DOMAINS = ("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain")
"""With fine-grained access control they ask everybody who they are; AWS recommends such a policy.
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html"""
SAY_NOT_WHO = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:useragent",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:signatureversion",
        "s3:tlsversion",
        "s3:x-amz-acl",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "sns:protocol",
    }
)
"""Condition keys that anybody can meet."""
PERMISSIONS = {
    "AWS::Lambda::Permission": (
        "SourceAccount",
        "SourceArn",
        "PrincipalOrgID",
        "EventSourceToken",
        "FunctionUrlAuthType",
    ),
    "AWS::Lambda::LayerVersionPermission": ("OrganizationId",),
    BUS_POLICY: ("Condition", "Statement"),
}
"""Types that are a statement themselves, and what limits it."""
INSTEAD = (
    'name who is meant in Principal instead of "*", or say in Condition of which account or '
    "organization they must be (aws:SourceAccount, aws:PrincipalOrgID)"
)


class Anybody(Guardrail):
    """A resource policy says whom it lets in."""

    id = "E9107"
    shortdesc = "Resource policy lets everybody in"
    description = (
        'Principal "*" without a condition is everybody with an AWS account, and for some services '
        "everybody on the internet: they read the bucket, use the key, write to the queue."
    )
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
        "reference_policies_elements_principal.html#principal-anonymous"
    )
    bad = """
Resources:
  Access:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Orders]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: "*"  # <- Access
            Action: sqs:SendMessage
            Resource: !GetAtt Orders.Arn
  Orders:
    Type: AWS::SQS::Queue
"""
    good = """
Resources:
  Access:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Orders]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: "*"
            Action: sqs:SendMessage
            Resource: !GetAtt Orders.Arn
            Condition: {StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}
  Orders:
    Type: AWS::SQS::Queue
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        read = [
            each
            for each in statements(template)
            if each.kind is not Kind.IDENTITY
            and each.owner.type != ENDPOINT
            and not _asks_who(each.owner)
        ]
        closed = {(each.owner.id, each.document) for each in read if _shuts_out(each)}
        for statement in read:
            if (statement.owner.id, statement.document) not in closed:
                yield from _judge(statement)
        for resource in template.of_type(*PERMISSIONS):
            yield from _judge_permission(resource, PERMISSIONS[resource.type])


def _asks_who(owner: Resource) -> bool:
    enabled = owner.get("AdvancedSecurityOptions", "Enabled")
    return owner.type in DOMAINS and all(node.is_true for node in enabled)


def _judge(statement: Statement) -> Iterator[Flaw]:
    for given in statement.allowing():
        for _, who in statement.principals(given):
            if set(who.text or "") == {"*"} and not _is_limited(statement, who.given):
                yield Flaw.at(who, INSTEAD)


def _is_limited(statement: Statement, given: Given) -> bool:
    return all(_says_who(statement, node) for node in statement.node.get("Condition", given=given))


def _says_who(statement: Statement, condition: Node) -> bool:
    return condition.is_unknown or any(
        key not in SAY_NOT_WHO and not _is_anything(values)
        for _, key, values in statement.conditions(condition.given)
    )


def _shuts_out(statement: Statement) -> bool:
    """Tell a statement that denies everybody who does not come from a certain place."""
    return (
        statement.denies
        and any(who.text == "*" for _, who in statement.principals())
        and any(key not in SAY_NOT_WHO for _, key, _ in statement.conditions())
    )


def _judge_permission(resource: Resource, limits: tuple[str, ...]) -> Iterator[Flaw]:
    for who in resource.get("Principal"):
        if who.text == "*" and all(
            node.is_absent for name in limits for node in resource.get(name, given=who.given)
        ):
            yield Flaw.at(who, f"name the principal in Principal, or set {limits[0]}")


def _is_anything(values: Node) -> bool:
    return any(set(value.text or "") == {"*"} for value in values.items())
