"""What is lost with a resource that holds data, and what its policies save of it."""

from __future__ import annotations

from typing import Any

HOLDINGS = {
    "AWS::AmazonMQ::Broker": "its messages",
    "AWS::ApiGateway::ApiKey": "the key that its clients use",
    "AWS::Backup::BackupVault": "the backups in it",
    "AWS::Cassandra::Table": "its rows",
    "AWS::CloudTrail::EventDataStore": "the events in it",
    "AWS::CodeArtifact::Repository": "the packages in it",
    "AWS::CodeCommit::Repository": "the commits in it",
    "AWS::Cognito::IdentityPool": "the identities in it",
    "AWS::Cognito::UserPool": "its users and their passwords",
    "AWS::DocDB::DBCluster": "its databases",
    "AWS::DynamoDB::GlobalTable": "its items",
    "AWS::DynamoDB::Table": "its items",
    "AWS::EC2::EIP": "the address that others have let in",
    "AWS::EC2::Volume": "the files on it",
    "AWS::ECR::Repository": "the images in it",
    "AWS::EFS::FileSystem": "the files on it",
    "AWS::ElastiCache::CacheCluster": "what it has cached",
    "AWS::ElastiCache::ReplicationGroup": "what it has cached",
    "AWS::ElastiCache::ServerlessCache": "what it has cached",
    "AWS::Elasticsearch::Domain": "its indices",
    "AWS::Events::Archive": "the events in it",
    "AWS::FSx::FileSystem": "the files on it",
    "AWS::IAM::AccessKey": "the key that its users have",
    "AWS::KMS::Key": "everything encrypted under it",
    "AWS::KMS::ReplicaKey": "everything encrypted under it in this region",
    "AWS::Kinesis::Stream": "its records",
    "AWS::Logs::LogGroup": "its log events",
    "AWS::Logs::LogStream": "its log events",
    "AWS::MSK::Cluster": "its topics",
    "AWS::MemoryDB::Cluster": "its data",
    "AWS::Neptune::DBCluster": "its graph",
    "AWS::OpenSearchServerless::Collection": "its indices",
    "AWS::OpenSearchService::Domain": "its indices",
    "AWS::RDS::DBCluster": "its databases",
    "AWS::RDS::DBInstance": "its databases",
    "AWS::RDS::GlobalCluster": "its databases",
    "AWS::Redshift::Cluster": "its databases",
    "AWS::RedshiftServerless::Namespace": "its databases",
    "AWS::Route53::HostedZone": "its records and its name servers",
    "AWS::S3::Bucket": "its objects; AWS refuses to delete a bucket that holds any",
    "AWS::S3Express::DirectoryBucket": "its objects",
    "AWS::S3Tables::TableBucket": "its tables",
    "AWS::SDB::Domain": "its items",
    "AWS::SNS::Topic": "its subscriptions: those by email have to be confirmed again",
    "AWS::SQS::Queue": "its messages",
    "AWS::SecretsManager::Secret": "its value, and its versions",
    "AWS::Timestream::Table": "its records",
    "AWS::Transfer::Server": "its users and their endpoint",
}
"""What a type's resources hold that CloudFormation cannot make again."""
SNAPSHOTS = frozenset({
    "AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup", "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance", "AWS::Redshift::Cluster",
})  # fmt: skip
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"""
KEPT = frozenset({"Retain", "RetainExceptOnCreate"})


def deletion_policy(resource: dict[str, Any]) -> str:
    """Give a resource's policy when it is removed, with AWS's own default."""
    if isinstance(named := resource.get("DeletionPolicy"), str):
        return named
    kind = resource.get("Type")
    alone = "DBClusterIdentifier" not in (resource.get("Properties") or {})
    if kind == "AWS::RDS::DBCluster" or (kind == "AWS::RDS::DBInstance" and alone):
        return "Snapshot"
    return "Delete"


def removal(type_name: str, policy: str) -> tuple[bool, str]:
    """Say whether data is lost when a resource is removed, and what becomes of it."""
    if policy in KEPT:
        return False, "it stays in the account, but is no longer part of the stack"
    if (held := HOLDINGS.get(type_name)) is None:
        return False, ""
    if policy == "Snapshot" and type_name in SNAPSHOTS:
        return False, "it is deleted; a last snapshot of it is kept"
    return True, f"it is deleted with {held}"


def renewal(type_name: str, policy: str, *, certain: bool) -> tuple[bool, str]:
    """Say the same of a resource that a new one takes the place of."""
    may = "" if certain else "if it is replaced, "
    held = HOLDINGS.get(type_name)
    if policy in KEPT:
        empty = "; the new one is empty" if held else ""
        return False, f"{may}the old one stays in the account, outside the stack{empty}"
    if held is None:
        return False, ""
    if policy == "Snapshot" and type_name in SNAPSHOTS:
        return False, f"{may}a snapshot of the old one is kept; the new one is empty"
    return True, f"{may}the old one is deleted with {held}; the new one is empty"
