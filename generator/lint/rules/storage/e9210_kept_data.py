"""E9210: kept data."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.bucket_uses import keeping
from generator.lint.template.buckets import BUCKET

SNAPSHOTS = frozenset(
    {
        "AWS::DocDB::DBCluster",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    }
)
STATEFUL = SNAPSHOTS | {
    "AWS::Cassandra::Keyspace",
    "AWS::Cassandra::Table",
    "AWS::CodeCommit::Repository",
    "AWS::DSQL::Cluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::ECR::PublicRepository",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::FSx::FileSystem",
    "AWS::FSx::Volume",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::MemoryDB::Cluster",
    "AWS::S3::Bucket",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Tables::TableBucket",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Database",
    "AWS::Timestream::Table",
}
"""What holds data, keys or code that nothing else in the stack has."""
ELSEWHERE = {
    "AWS::RDS::DBInstance": ("DBClusterIdentifier", "SourceDBInstanceIdentifier"),
}
"""Which properties say that the data is another resource's."""
ALLOWED = {
    "DeletionPolicy": ("Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Retain",),
}


class KeptData(Guardrail):
    """Data outlives the resource that held it, when a stack is deleted and when it is replaced."""

    id = "E9210"
    shortdesc = "Data goes with its resource"
    description = (
        "Deleting the stack, renaming the logical id or changing a property that replaces the"
        " resource deletes what it holds. DeletionPolicy covers the first two, UpdateReplacePolicy"
        " the last: one without the other keeps half."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-attribute-updatereplacepolicy.html"
    )
    bad = """
Resources:
  Orders:  # <- Orders
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
    good = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        buckets = {bucket.id for bucket in keeping(template)}
        for resource in template.of_type(*STATEFUL):
            if _holds_its_own(resource) and (resource.type != BUCKET or resource.id in buckets):
                yield from self._judge(resource)

    def _judge(self, resource: Resource) -> Iterator[Flaw]:
        missing = []
        for name, allowed in ALLOWED.items():
            if resource.type in SNAPSHOTS:
                allowed = (*allowed, "Snapshot")
            for policy in resource.body.get(name):
                if policy.is_absent:
                    missing.append(f"{name}: {allowed[0]}")
                elif policy.is_known and policy.literal not in allowed:
                    yield Flaw.at(policy, f"set {name}: {' or '.join(allowed)}")
        if missing:
            yield Flaw.at(resource.at, f"add {' and '.join(dict.fromkeys(missing))}")


def _holds_its_own(resource: Resource) -> bool:
    return all(
        node.is_absent for name in ELSEWHERE.get(resource.type, ()) for node in resource.get(name)
    )
