"""Log lines of functions in two regions of two accounts arrive in one encrypted archive."""

import gzip
from typing import Any

import pytest
from localaws import stack, upload

pytestmark = pytest.mark.local

ARCHIVE, SHOP = "111111111111", "222222222222"

CENTRAL = """
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}, Action: kms:*, Resource: "*"}
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/archive, TargetKeyId: !Ref Key}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: central-archive
      VersioningConfiguration: {Status: Enabled}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: ["111111111111", "222222222222"]}
            Action: [s3:ReplicateObject, s3:ReplicateTags]
            Resource: !Sub "${Bucket.Arn}/*"
            Condition: {ArnLike: {aws:PrincipalArn: "arn:aws:iam::*:role/replication-*"}}
"""

REGIONAL = """
Parameters:
  Bucket: {Type: String}
  Role: {Type: String, Default: replication}
  Encrypted: {Type: String, Default: Enabled}
Resources:
  Replication:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Role}-${AWS::Region}
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: sts:AssumeRole}
  Access:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: [lambda.amazonaws.com, firehose.amazonaws.com, logs.amazonaws.com]}
            Action: sts:AssumeRole
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}, Action: kms:*, Resource: "*"}
  LogBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub logs-${AWS::AccountId}-${AWS::Region}
      VersioningConfiguration: {Status: Enabled}
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn}
      ReplicationConfiguration:
        Role: !GetAtt Replication.Arn
        Rules:
          - Id: archive
            Status: Enabled
            Priority: 1
            Filter: {Prefix: ""}
            DeleteMarkerReplication: {Status: Disabled}
            SourceSelectionCriteria: {SseKmsEncryptedObjects: {Status: !Ref Encrypted}}
            Destination:
              Bucket: arn:aws:s3:::central-archive
              EncryptionConfiguration:
                ReplicaKmsKeyID: arn:aws:kms:us-east-1:111111111111:alias/archive
  Shipping:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: logs
      DeliveryStreamType: DirectPut
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt LogBucket.Arn
        RoleARN: !GetAtt Access.Arn
        BufferingHints: {IntervalInSeconds: 900, SizeInMBs: 128}
        CompressionFormat: UNCOMPRESSED
        FileExtension: .gz
        Prefix: !Sub "${AWS::AccountId}/${AWS::Region}/!{timestamp:yyyy/MM/dd}/"
        ErrorOutputPrefix: "errors/!{firehose:error-output-type}/"
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/orders}}
  Subscription:
    Type: AWS::Logs::SubscriptionFilter
    Properties:
      LogGroupName: !Ref Logs
      DestinationArn: !GetAtt Shipping.Arn
      RoleArn: !GetAtt Access.Arn
      FilterPattern: ""
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Access.Arn
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
      LoggingConfig: {LogGroup: !Ref Logs}
"""
CODE = """
import os

def handler(event, context):
    print("sold in", os.environ["AWS_REGION"])
"""
PLACES = ((SHOP, "eu-central-1"), (SHOP, "us-west-2"), (ARCHIVE, "us-east-1"))


def deploy(cloud: Any, account: str, region: str, **values: str) -> None:
    bucket = upload(cloud, CODE, account=account, region=region)
    stack(cloud, REGIONAL, account=account, region=region, Bucket=bucket, **values)


def archived(cloud: Any) -> dict[str, str]:
    """Return what is in the archive, as text by key."""
    s3 = cloud.client("s3", ARCHIVE)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="central-archive").get("Contents", [])]
    return {
        key: gzip.decompress(
            s3.get_object(Bucket="central-archive", Key=key)["Body"].read()
        ).decode()
        for key in keys
    }


def test_a_log_line_of_every_region_and_account_arrives_in_the_archive(local_cloud: Any) -> None:
    stack(local_cloud, CENTRAL, name="central", account=ARCHIVE)
    for account, region in PLACES:
        deploy(local_cloud, account, region)
        local_cloud.client("lambda", account, region).invoke(FunctionName="orders")

    def missing() -> list[str]:
        found = archived(local_cloud)
        return [
            region
            for account, region in PLACES
            if not any(
                key.startswith(f"{account}/{region}/") and f"sold in {region}" in text
                for key, text in found.items()
            )
        ]

    # No buffer is waited for, however long its interval.
    local_cloud.until(missing, lambda regions: not regions)
    s3 = local_cloud.client("s3", ARCHIVE)
    key = next(iter(archived(local_cloud)))
    replica = s3.head_object(Bucket="central-archive", Key=key)
    assert replica["ReplicationStatus"] == "REPLICA"
    assert replica["ServerSideEncryption"] == "aws:kms"
    assert replica["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:111111111111:alias/archive"


def status_of_source(cloud: Any, **values: str) -> str | None:
    stack(cloud, CENTRAL, name="central", account=ARCHIVE)
    deploy(cloud, SHOP, "us-west-2", **values)
    s3 = cloud.client("s3", SHOP, "us-west-2")
    bucket = f"logs-{SHOP}-us-west-2"
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    status: str | None = s3.head_object(Bucket=bucket, Key="a").get("ReplicationStatus")
    return status


def test_encrypted_objects_are_replicated_only_when_the_rule_names_them(local_cloud: Any) -> None:
    assert status_of_source(local_cloud, Encrypted="Disabled") is None
    assert archived(local_cloud) == {}


def test_a_role_that_the_archive_does_not_know_replicates_nothing(local_cloud: Any) -> None:
    assert status_of_source(local_cloud, Role="other") == "FAILED"
    assert archived(local_cloud) == {}
