"""Permissions that a schema names and the execution role goes without, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Omission:
    """Actions of some types that are not granted."""

    types: str
    """A type, or a pattern of some."""
    actions: tuple[str, ...]
    """Names, or patterns of them."""
    reason: str
    unless: frozenset[str] = frozenset()
    """Top-level properties that call for the actions after all."""

    def covers(self, type_name: str, action: str, properties: Iterable[str]) -> bool:
        """Say whether an action that a type's schema names is left out."""
        return (
            fnmatchcase(type_name, f"AWS::{self.types}")
            and any(fnmatchcase(action, pattern) for pattern in self.actions)
            and not self.unless.intersection(properties)
        )


def _omit(types: str, *actions: str, reason: str, unless: str = "") -> Omission:
    return Omission(types, actions, reason, frozenset(unless.split()))


NO_ACTION = "not an action of the service authorization reference"

OMISSIONS: tuple[Omission, ...] = (
    _omit("S3::Bucket", "s3:DeleteBucketAnalyticsConfiguration", "s3:DeleteBucketCors",
          "s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle",
          "s3:DeleteBucketMetricsConfiguration", "s3:DeleteBucketReplication",
          "s3:DeleteBucketTagging", "s3:PutBucketReplication", "s3:PutObjectLockConfiguration",
          reason=f"{NO_ACTION}: the Put action covers it"),
    _omit("Logs::LogGroup", "s3:REST.PUT.OBJECT", reason=NO_ACTION),
    _omit("DynamoDB::Table", "s3:*", reason="for ImportSourceSpecification"),
    _omit("ApiGatewayV2::Stage", "apigateway:TagResource", "apigateway:UntagResource",
          reason=f"{NO_ACTION}: tags are set by POST, PUT and DELETE on /tags"),
    _omit("Lambda::Function", "lambda:AssociateRuntimeAlias", reason=NO_ACTION),
    _omit("WAFv2::WebACL", "payments:*", reason=f"{NO_ACTION}; for rules that are paid for"),
    _omit("WAFv2::LoggingConfiguration", "iam:DescribeOrganization", reason=NO_ACTION),
    _omit("EC2::VPCEndpoint", "vpc-lattice:*", reason="for endpoints of VPC Lattice"),

    _omit("S3::Bucket", "s3tables:*", "s3:*MetadataTableConfiguration",
          "s3:UpdateBucketMetadata*", reason="metadata tables",
          unless="MetadataTableConfiguration MetadataConfiguration"),
    _omit("S3::Bucket", "s3:DeleteObject", "s3:PutObjectAcl", "s3:PutBucketAcl",
          reason="a stack never touches objects, and buckets have no ACL"),
    _omit("S3::Bucket", "s3:PutAccelerateConfiguration", reason="transfer acceleration",
          unless="AccelerateConfiguration"),
    _omit("S3::Bucket", "s3:PutAnalyticsConfiguration", reason="storage class analysis",
          unless="AnalyticsConfigurations"),
    _omit("S3::Bucket", "s3:PutBucketAbac", reason="access by tags", unless="AbacStatus"),
    _omit("S3::Bucket", "s3:PutBucketCORS", reason="browsers", unless="CorsConfiguration"),
    _omit("S3::Bucket", "s3:PutBucketLogging", reason="access logs",
          unless="LoggingConfiguration"),
    _omit("S3::Bucket", "s3:PutBucketNotification", reason="notifications",
          unless="NotificationConfiguration"),
    _omit("S3::Bucket", "s3:PutBucketObjectLockConfiguration", reason="object lock",
          unless="ObjectLockConfiguration ObjectLockEnabled"),
    _omit("S3::Bucket", "s3:PutBucketWebsite", "s3:DeleteBucketWebsite", reason="web sites",
          unless="WebsiteConfiguration"),
    _omit("S3::Bucket", "s3:PutIntelligentTieringConfiguration", reason="tiering",
          unless="IntelligentTieringConfigurations"),
    _omit("S3::Bucket", "s3:PutInventoryConfiguration", reason="inventories",
          unless="InventoryConfigurations"),
    _omit("S3::Bucket", "s3:PutMetricsConfiguration", reason="request metrics",
          unless="MetricsConfigurations"),
    _omit("S3::Bucket", "iam:PassRole", reason="replication",
          unless="ReplicationConfiguration"),

    _omit("Lambda::Function", "s3:GetObject", "s3:GetObjectVersion",
          reason="the template grants it for releases alone"),
    _omit("Lambda::Function", "elasticfilesystem:*", "s3files:*", reason="file systems",
          unless="FileSystemConfigs"),
    # Without the property, the configuration of earlier times still has to be taken off.
    _omit("Lambda::Function", "lambda:GetCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig",
          reason="code signing", unless="CodeSigningConfigArn"),
    _omit("Lambda::Function", "lambda:PassCapacityProvider", reason="capacity providers",
          unless="CapacityProviderConfig"),
    _omit("Lambda::Function", "lambda:GetLayerVersion", reason="layers", unless="Layers"),
    _omit("Lambda::EventSourceMapping", "kms:*", reason="filter criteria under a key",
          unless="KmsKeyArn"),

    _omit("DynamoDB::Table", "dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan",
          "dynamodb:*TableReplica", "iam:CreateServiceLinkedRole",
          reason="for replicas in other regions"),
    _omit("DynamoDB::Table", "dynamodb:DescribeImport", "dynamodb:ImportTable", "logs:*",
          reason="for ImportSourceSpecification", unless="ImportSourceSpecification"),
    _omit("DynamoDB::Table", "dynamodb:*ableKinesisStreamingDestination",
          "dynamodb:UpdateKinesisStreamingDestination", "kinesis:*", reason="Kinesis streams",
          unless="KinesisStreamSpecification"),
    _omit("DynamoDB::Table", "dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy",
          reason="resource policies", unless="ResourcePolicy"),

    _omit("IAM::Role", "iam:*PermissionsBoundary", reason="permission boundaries",
          unless="PermissionsBoundary"),
    _omit("CodeDeploy::DeploymentGroup", "codedeploy:RegisterOnPremisesInstance",
          reason="functions have no instances"),
    _omit("ApiGateway*::*", "s3:*", reason="bodies come in the template"),
    _omit("ApiGateway::RestApi", "iam:PassRole", reason="an API's body names no role"),
    _omit("ApiGateway::Method", "iam:PassRole", reason="integrations call aliases without a role"),
    _omit("ApiGatewayV2::Integration", "iam:PassRole", reason="as above", unless="CredentialsArn"),
    _omit("ApiGateway*::Authorizer", "iam:PassRole", reason="JWT and IAM take no role",
          unless="AuthorizerCredentialsArn AuthorizerCredentials"),
    _omit("SNS::Topic", "iam:GetRole", "iam:PassRole", reason="logged deliveries",
          unless="DeliveryStatusLogging"),
    _omit("SNS::Topic", "sns:PutDataProtectionPolicy", reason="data protection",
          unless="DataProtectionPolicy"),
    _omit("SNS::Topic", "sns:Subscribe", "sns:Unsubscribe", reason="people subscribe centrally",
          unless="Subscription"),
    _omit("Logs::LogGroup", "logs:PutDataProtectionPolicy", reason="data protection",
          unless="DataProtectionPolicy"),
    _omit("Logs::LogGroup", "logs:PutIndexPolicy", "logs:DeleteIndexPolicy",
          reason="field indexes", unless="FieldIndexPolicies"),
    _omit("Logs::LogGroup", "logs:PutBearerTokenAuthentication", reason="bearer tokens",
          unless="BearerTokenAuthenticationEnabled"),
    _omit("Logs::LogGroup", "logs:PutLogGroupDeletionProtection", reason="deletion protection",
          unless="DeletionProtectionEnabled"),
    _omit("Logs::LogGroup", "firehose:*", "logs:CreateLogDelivery", "logs:*ResourcePolic*",
          reason="deliveries and resource policies of the group",
          unless="ResourcePolicyDocument"),

    _omit("WAFv2::WebACLAssociation", "amplify:*", "apprunner:*", "appsync:*",
          "bedrock-agentcore:*", "cognito-idp:*", "ec2:*", "elasticloadbalancing:*",
          "wafv2:*PermissionPolicy", reason="for what is no stage of an API"),
    _omit("WAFv2::LoggingConfiguration", "s3:*", "firehose:*",
          reason="web ACLs log to CloudWatch"),
    _omit("Route53::HealthCheck", "route53-recovery-control-config:*", "cloudwatch:*",
          reason="health checks look at the endpoint, not at alarms"),
    _omit("CertificateManager::Certificate", "acm-pca:*", reason="certificates are public",
          unless="CertificateAuthorityArn"),
    _omit("EC2::EIP", "ec2:AcceptAddressTransfer", reason="address transfers",
          unless="TransferAddress"),
    _omit("EC2::NatGateway", "ec2:AssignPrivateNatGatewayAddress",
          "ec2:UnassignPrivateNatGatewayAddress", reason="private NAT gateways",
          unless="SecondaryPrivateIpAddressCount SecondaryPrivateIpAddresses"),
    _omit("EC2::VPC", "ec2:CreateVpcEncryptionControl", reason="encryption controls",
          unless="VpcEncryptionControl"),
    _omit("EC2::VPCGatewayAttachment", "ec2:*VpnGateway", reason="VPN gateways",
          unless="VpnGatewayId"),
    _omit("EC2::VPCEndpoint", "vpce:AllowMultiRegion", reason="services of other regions",
          unless="ServiceRegion"),
    _omit("EC2::FlowLog", "s3:*", "autoscaling:*", reason="flow logs go to CloudWatch"),
    _omit("SecretsManager::Secret", "secretsmanager:ReplicateSecretToRegions",
          "secretsmanager:RemoveRegionsFromReplication", reason="a secret for each region",
          unless="ReplicaRegions"),
    _omit("SecretsManager::RotationSchedule", "iam:PassRole", reason="rotation by a function",
          unless="ExternalSecretRotationRoleArn"),
    _omit("ApplicationAutoScaling::ScalableTarget", "iam:PassRole",
          reason="the service-linked role scales functions", unless="RoleARN"),
    _omit("ApplicationAutoScaling::ScalableTarget", "application-autoscaling:*ScheduledAction",
          reason="scaling by schedule", unless="ScheduledActions"),
)  # fmt: skip


def omission_of(type_name: str, action: str, properties: Iterable[str]) -> Omission | None:
    """Find why an action that a type's schema names is not granted; None when it has to be."""
    return next((o for o in OMISSIONS if o.covers(type_name, action, properties)), None)
