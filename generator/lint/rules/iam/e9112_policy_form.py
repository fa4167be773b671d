"""E9112: policies that are none."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.policies import BUS_POLICY, Document, Kind, documents

VERSION = "2012-10-17"
TAKES_TEXT = frozenset({"AWS::Logs::ResourcePolicy"})
WHO = ("Principal", "NotPrincipal")
WHAT = ("Action", "NotAction")
WHICH = ("Resource", "NotResource")
NEEDED = {Kind.IDENTITY: (WHAT, WHICH), Kind.RESOURCE: (WHO, WHAT), Kind.TRUST: (WHO, WHAT)}
"""What a statement has besides Effect; of each, one or the other."""
REFUSED = {Kind.IDENTITY: WHO, Kind.RESOURCE: (), Kind.TRUST: WHICH}
"""What IAM takes no policy with: whose it is, or which role it is about, is clear there."""


class PolicyForm(Guardrail):
    """A policy is a mapping with a version, and statements that say what they do."""

    id = "E9112"
    shortdesc = "Policy document is text, or not a valid policy"
    description = (
        "IAM refuses a policy without statements or effects when the stack is half deployed; "
        "without the current Version it takes ${aws:username} for literal text. A policy written "
        "as JSON text hides all this from every check."
    )
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"
    bad = """
Resources:
  Worker:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: orders
      PolicyDocument:  # <- Worker
        Statement:
          - Action: sqs:SendMessage  # <- Worker
            Resource: !GetAtt Orders.Arn
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: '{"Version": "2012-10-17", "Statement": []}'  # <- Shared
  Orders:
    Type: AWS::SQS::Queue
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
            Action: sqs:SendMessage
            Resource: !GetAtt Orders.Arn
  Orders:
    Type: AWS::SQS::Queue
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for document in documents(template):
            if not _is_of_sam(document):
                yield from _judge(document)
        for policy in template.of_type(BUS_POLICY):
            for statement in policy.get("Statement"):
                if not statement.is_absent:
                    yield from _judge_statement(statement, Kind.RESOURCE)


def _is_of_sam(document: Document) -> bool:
    """Tell the name of a managed policy, or one of SAM's policy templates."""
    value = document.node.value
    by_sam = document.owner.type.startswith("AWS::Serverless::")
    return by_sam and not (isinstance(value, dict) and "Statement" in value)


def _judge(document: Document) -> Iterator[Flaw]:
    node = document.node
    if (text := node.text) is not None:
        is_json = text.lstrip().startswith(("{", "["))
        # Compilers write an empty text where there is no policy.
        is_policy = is_json or (not node.is_unknown and text.strip())
        if is_policy and document.owner.type not in TAKES_TEXT:
            yield Flaw.at(node, "write the policy as a mapping, not as text")
    elif not isinstance(node.value, dict):
        yield Flaw.at(node, "write the policy as a mapping with Version and Statement")
    elif not node.is_unknown and "Fn::Transform" not in node.value:
        yield from _judge_version(node)
        for listed in node.get("Statement"):
            if listed.is_absent:
                yield Flaw.at(node, "write what the policy allows in Statement")
            for statement in listed.items():
                yield from _judge_statement(statement, document.kind)


def _judge_version(document: Node) -> Iterator[Flaw]:
    for version in document.get("Version"):
        # Unquoted, YAML reads it as a day.
        if not version.is_unknown and str(version.value) != VERSION:
            yield Flaw.at(version, f'write Version: "{VERSION}"')


def _judge_statement(statement: Node, kind: Kind) -> Iterator[Flaw]:
    if statement.is_unknown:
        return
    if not isinstance(statement.value, dict):
        yield Flaw.at(statement, "write the statement as a mapping with Effect, Action, …")
        return
    if any(str(name).startswith("Fn::") for name in statement.value):
        return
    for effect in statement.get("Effect"):
        if not effect.is_unknown and effect.value not in ("Allow", "Deny"):
            yield Flaw.at(effect, "write Effect: Allow or Effect: Deny in the statement")
    for either in NEEDED[kind]:
        if not any(name in statement.value for name in either):
            yield Flaw.at(statement, f"write {either[0]} in the statement")
    for name in REFUSED[kind]:
        for node in statement.get(name):
            if not node.is_absent:
                yield Flaw.at(node, f"leave {name} out of this statement: IAM refuses it here")
