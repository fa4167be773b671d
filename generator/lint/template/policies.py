"""Every statement of every policy in a template, with what kind of policy it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from generator.lint.template.conditions import Given
from generator.lint.template.node import Node, Path
from generator.lint.template.template import Resource, Template


class Kind(StrEnum):
    """Who reads a policy."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"


PLACES: dict[str, tuple[tuple[Kind, tuple[str, ...]], ...]] = {
    "AWS::IAM::Role": (
        (Kind.TRUST, ("AssumeRolePolicyDocument",)),
        (Kind.IDENTITY, ("Policies", "*", "PolicyDocument")),
    ),
    "AWS::IAM::User": ((Kind.IDENTITY, ("Policies", "*", "PolicyDocument")),),
    "AWS::IAM::Group": ((Kind.IDENTITY, ("Policies", "*", "PolicyDocument")),),
    "AWS::IAM::Policy": ((Kind.IDENTITY, ("PolicyDocument",)),),
    "AWS::IAM::ManagedPolicy": ((Kind.IDENTITY, ("PolicyDocument",)),),
    "AWS::IAM::RolePolicy": ((Kind.IDENTITY, ("PolicyDocument",)),),
    "AWS::IAM::UserPolicy": ((Kind.IDENTITY, ("PolicyDocument",)),),
    "AWS::IAM::GroupPolicy": ((Kind.IDENTITY, ("PolicyDocument",)),),
    "AWS::Serverless::Function": (
        (Kind.TRUST, ("AssumeRolePolicyDocument",)),
        (Kind.IDENTITY, ("Policies", "*")),
    ),
    "AWS::Serverless::StateMachine": ((Kind.IDENTITY, ("Policies", "*")),),
    "AWS::SSO::PermissionSet": ((Kind.IDENTITY, ("InlinePolicy",)),),
    "AWS::KMS::Key": ((Kind.RESOURCE, ("KeyPolicy",)),),
    "AWS::KMS::ReplicaKey": ((Kind.RESOURCE, ("KeyPolicy",)),),
    "AWS::S3::BucketPolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::S3::AccessPoint": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::SNS::TopicPolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::SNS::TopicInlinePolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::SQS::QueuePolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::SQS::QueueInlinePolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::Events::EventBus": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::ECR::Repository": ((Kind.RESOURCE, ("RepositoryPolicyText",)),),
    "AWS::SecretsManager::ResourcePolicy": ((Kind.RESOURCE, ("ResourcePolicy",)),),
    "AWS::ApiGateway::RestApi": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::Backup::BackupVault": ((Kind.RESOURCE, ("AccessPolicy",)),),
    "AWS::DynamoDB::Table": ((Kind.RESOURCE, ("ResourcePolicy", "PolicyDocument")),),
    "AWS::EC2::VPCEndpoint": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::EFS::FileSystem": ((Kind.RESOURCE, ("FileSystemPolicy",)),),
    "AWS::Elasticsearch::Domain": ((Kind.RESOURCE, ("AccessPolicies",)),),
    "AWS::Kinesis::ResourcePolicy": ((Kind.RESOURCE, ("ResourcePolicy",)),),
    "AWS::Logs::LogGroup": ((Kind.RESOURCE, ("ResourcePolicyDocument",)),),
    "AWS::OpenSearchService::Domain": ((Kind.RESOURCE, ("AccessPolicies",)),),
    "AWS::ApiGateway::DomainNameV2": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::Backup::LogicallyAirGappedBackupVault": ((Kind.RESOURCE, ("AccessPolicy",)),),
    "AWS::CloudTrail::ResourcePolicy": ((Kind.RESOURCE, ("ResourcePolicy",)),),
    "AWS::CodeArtifact::Domain": ((Kind.RESOURCE, ("PermissionsPolicyDocument",)),),
    "AWS::CodeArtifact::Repository": ((Kind.RESOURCE, ("PermissionsPolicyDocument",)),),
    "AWS::DynamoDB::GlobalTable": (
        (Kind.RESOURCE, ("Replicas", "*", "ResourcePolicy", "PolicyDocument")),
    ),
    "AWS::ECR::PublicRepository": ((Kind.RESOURCE, ("RepositoryPolicyText",)),),
    "AWS::ECR::RegistryPolicy": ((Kind.RESOURCE, ("PolicyText",)),),
    "AWS::EventSchemas::RegistryPolicy": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::Lambda::ResourcePolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::Logs::ResourcePolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::MSK::ClusterPolicy": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::S3::MultiRegionAccessPointPolicy": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::S3Express::BucketPolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::S3ObjectLambda::AccessPointPolicy": ((Kind.RESOURCE, ("PolicyDocument",)),),
    "AWS::S3Tables::TableBucketPolicy": ((Kind.RESOURCE, ("ResourcePolicy",)),),
    "AWS::S3Tables::TablePolicy": ((Kind.RESOURCE, ("ResourcePolicy",)),),
    "AWS::VpcLattice::AuthPolicy": ((Kind.RESOURCE, ("Policy",)),),
    "AWS::VpcLattice::ResourcePolicy": ((Kind.RESOURCE, ("Policy",)),),
}
"""Where policy documents stand, by resource type; `*` is each element of a list."""
MANAGED = "AWS::IAM::ManagedPolicy"
ATTACHED = ("Roles", "Users", "Groups")
BUS_POLICY = "AWS::Events::EventBusPolicy"
"""Holds one statement, not a document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document as written: perhaps a string, perhaps an intrinsic function."""

    owner: Resource
    kind: Kind
    node: Node


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in one of its branches."""

    owner: Resource
    """The resource that holds the policy."""
    kind: Kind
    node: Node
    """The mapping with `Effect`, `Action`, …"""

    @property
    def document(self) -> Path:
        """Where the policy stands that this is a statement of."""
        path = self.node.path
        return path[: path.index("Statement")] if "Statement" in path else path

    @property
    def allows(self) -> bool:
        return any(node.value == "Allow" for node in self.node.get("Effect"))

    @property
    def denies(self) -> bool:
        return any(node.value == "Deny" for node in self.node.get("Effect"))

    def each(self, name: str, given: Given | None = None) -> Iterator[Node]:
        """Yield the elements of `Action`, `Resource`, `NotAction`, …, in each branch."""
        for node in self.node.get(name, given=given):
            yield from node.items()

    def allowing(self) -> Iterator[Given]:
        """Yield what is assumed in each branch that allows."""
        for node in self.node.get("Effect"):
            if node.value == "Allow":
                yield node.given

    def principals(self, given: Given | None = None) -> Iterator[tuple[str, Node]]:
        """Yield who is meant: (`Service`, node), (`AWS`, node), (`*`, node) for everybody."""
        for node in self.node.get("Principal", given=given):
            if isinstance(node.value, dict):
                for name, listed in node.fields():
                    yield from ((name, item) for item in listed.items())
            elif node.value == "*":
                yield "*", node

    def conditions(self, given: Given | None = None) -> Iterator[tuple[str, str, Node]]:
        """Yield (operator, key in lower case, values)."""
        for operator, keys in (
            each for node in self.node.get("Condition", given=given) for each in node.fields()
        ):
            for key, values in keys.fields():
                yield operator, key.lower(), values


def documents(template: Template) -> list[Document]:
    """List every policy document, once."""
    return template.once(_documents)


def statements(template: Template) -> list[Statement]:
    """List every statement of every policy, in each branch."""
    return template.once(_statements)


def grants(template: Template) -> list[tuple[Statement, Given]]:
    """List every statement of an identity policy that allows, and what is assumed where it does.

    Without permissions boundaries: those allow nothing, they limit.
    """
    return template.once(_grants)


def _grants(template: Template) -> list[tuple[Statement, Given]]:
    boundaries = _boundaries(template)
    return [
        (statement, given)
        for statement in statements(template)
        if statement.kind is Kind.IDENTITY and statement.owner.id not in boundaries
        for given in statement.allowing()
    ]


def _boundaries(template: Template) -> set[str]:
    """Name the managed policies that are boundaries and nothing else."""
    limiting: set[str] = set()
    attached: set[str] = set()
    for resource in template.resources.values():
        for node in resource.get("PermissionsBoundary"):
            limiting |= {found.id for found in [template.target(node, MANAGED)] if found}
        for name in ("ManagedPolicyArns", "Policies"):
            for node in resource.get(name):
                attached |= {
                    found.id for item in node.items() if (found := template.target(item, MANAGED))
                }
    for policy in template.of_type(MANAGED):
        if any(not node.is_absent for to in ATTACHED for node in policy.get(to)):
            attached.add(policy.id)
    return limiting - attached


def _documents(template: Template) -> list[Document]:
    return [
        Document(resource, kind, node)
        for resource in template.resources.values()
        for kind, names in PLACES.get(resource.type, ())
        for node in _down(resource.body, ("Properties", *names))
    ]


def _down(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    if "*" not in names:
        yield from (found for found in node.get(*names) if not found.is_absent)
        return
    star = names.index("*")
    for listed in node.get(*names[:star]):
        for item in listed.items():
            yield from _down(item, names[star + 1 :])


def _statements(template: Template) -> list[Statement]:
    found = [
        Statement(document.owner, document.kind, node)
        for document in documents(template)
        for listed in document.node.get("Statement")
        for node in listed.items()
        if isinstance(node.value, dict)
    ]
    for bus_policy in template.of_type(BUS_POLICY):
        found += [
            Statement(bus_policy, Kind.RESOURCE, node)
            for node in bus_policy.get("Statement")
            if isinstance(node.value, dict) and node.is_known
        ]
    return found
