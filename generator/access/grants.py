"""Which resources the actions of each type are granted on, and under which condition.

The first grant that fits a type and an action counts; what fits none is an error, so that nothing
lands on `*` unseen: there, actions are named one by one. Regions are `*` since one role serves all
of an account; the template's own deny keeps it to ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from generator.access.policy import Condition

OURS = "${Project}-${Environment}"
"""What names of ours begin with."""
ALL = ("*",)
HOSTED_ZONE = "{hosted_zone}"
"""Stands for the one that holds the service's records."""


@dataclass(frozen=True)
class Grant:
    """Actions of some types, on some resources. Equal sids become one statement."""

    sid: str
    types: str
    """A type, or a pattern of some."""
    actions: tuple[str, ...]
    """Names, or patterns of them."""
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)

    def fits(self, type_name: str, action: str) -> bool:
        """Say whether this grants an action that a type's schema names."""
        return fnmatchcase(type_name, f"AWS::{self.types}") and any(
            fnmatchcase(action, pattern) for pattern in self.actions
        )


def arn(service: str, *resources: str, region: str = "*", account: str = "${AWS::AccountId}") -> (
    tuple[str, ...]
):  # fmt: skip
    """Write the ARNs of resources of one service."""
    return tuple(f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{r}" for r in resources)


def _ours(*operators: str) -> Condition:
    return {
        "StringEquals": {
            f"{operator}/{key}": (f"${{{key}}}",)
            for operator in operators
            for key in ("Project", "Environment")
        }
    }


def _passed_to(service: str, *types: str) -> tuple[Grant, ...]:
    """Let types hand roles of ours to one service."""
    condition: Condition = {"StringEquals": {"iam:PassedToService": (f"{service}.amazonaws.com",)}}
    return tuple(Grant("HandRoles", t, ("iam:PassRole",), ROLES, condition) for t in types)


def _through(service: str, *types: str) -> tuple[Grant, ...]:
    """Let types use keys through one service: it checks at once that the key works."""
    condition: Condition = {"StringLike": {"kms:ViaService": (f"{service}.*.${{AWS::URLSuffix}}",)}}
    return tuple(Grant("UseKeys", t, KEY_USE, KEYS, condition) for t in types)


ROLES = arn("iam", f"role/{OURS}-*", region="")
# A key's ARN holds a generated id; its tags and aliases count for permissions only minutes after
# it was made, too late for the stack that makes it.
KEYS = arn("kms", "key/*")
KEY_USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
FUNCTIONS = arn("lambda", f"function:{OURS}-*")
CODE_SIGNING = arn("lambda", "code-signing-config:csc-*")
DEPLOYMENT_GROUPS = arn("codedeploy", f"application:{OURS}", f"deploymentgroup:{OURS}/*")
WEB_ACLS = arn("wafv2", f"regional/webacl/{OURS}/*", f"regional/webacl/{OURS}-*/*")
LOG_GROUPS = arn(
    "logs",
    *(
        f"log-group:{folder}{OURS}-*"
        for folder in ("/aws/lambda/", "/aws/vendedlogs/", "/aws/kinesisfirehose/", "/aws/vpc/",
                       "aws-waf-logs-")
    ),
)  # fmt: skip
NETWORK = arn(
    "ec2",
    *(
        f"{kind}/*"
        for kind in ("elastic-ip", "internet-gateway", "natgateway", "route-table",
                     "security-group", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log")
    ),
)  # fmt: skip


def _api(*paths: str) -> tuple[str, ...]:
    # An API's ARN holds a generated id, neither account nor name.
    return arn("apigateway", *paths, account="")


GRANTS: tuple[Grant, ...] = (
    # ---- Actions that the service authorization reference gives no resource, or none that is known
    Grant("Everywhere", "KMS::*", ("kms:CreateKey", "kms:ListAliases"), ALL),
    Grant("Everywhere", "DynamoDB::Table", ("kms:ListAliases",), ALL),
    Grant("Everywhere", "*", ("codedeploy:StopDeployment",), ALL),
    Grant("Everywhere", "*", (
        "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteResourcePolicy",
        "logs:DescribeIndexPolicies", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery", "logs:DeleteIndexPolicy", "logs:PutIndexPolicy",
    ), ALL),
    Grant("Everywhere", "*", (
        "ec2:DescribeAddresses", "ec2:DescribeFlowLogs", "ec2:DescribeInstances",
        "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
        "ec2:DescribeTags", "ec2:DescribeVpcEncryptionControls", "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs", "ec2:DescribeVpnGateways",
    ), ALL),
    Grant("Everywhere", "*", (
        "acm:RequestCertificate", "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
        "application-autoscaling:DescribeScheduledActions", "lambda:CreateCodeSigningConfig",
        "lambda:CreateEventSourceMapping",
        "route53:CreateHealthCheck", "route53:ListHostedZones",
        "secretsmanager:GetRandomPassword", "signer:PutSigningProfile", "xray:GetSamplingRules",
    ), ALL),
    # Its resource, `dataset`, is not what a scaling policy asks for.
    Grant("Everywhere", "ApplicationAutoScaling::*", ("cloudwatch:GetMetricData",), ALL),

    # ---- Roles
    *_passed_to("lambda", "Lambda::Function"),
    *_passed_to("codedeploy", "CodeDeploy::DeploymentGroup"),
    *_passed_to("events", "Events::Rule"),
    *_passed_to("firehose", "KinesisFirehose::DeliveryStream"),
    *_passed_to("logs", "Logs::SubscriptionFilter"),
    *_passed_to("s3", "S3::Bucket"),
    *_passed_to("scheduler", "Scheduler::Schedule"),
    *_passed_to("apigateway", "ApiGateway::Account"),
    *_passed_to("vpc-flow-logs", "EC2::FlowLog"),
    Grant("ServiceLinkedRoles", "ApplicationAutoScaling::*", ("iam:CreateServiceLinkedRole",),
          arn("iam", "role/aws-service-role/lambda.application-autoscaling.amazonaws.com/*",
              region="")),
    Grant("ServiceLinkedRoles", "WAFv2::*", ("iam:CreateServiceLinkedRole",),
          arn("iam", "role/aws-service-role/wafv2.amazonaws.com/*", region="")),
    Grant("ServiceLinkedRoles", "EC2::FlowLog", ("iam:CreateServiceLinkedRole",),
          arn("iam", "role/aws-service-role/delivery.logs.amazonaws.com/*", region="")),
    Grant("AwsPolicies", "IAM::Role", ("iam:AttachRolePolicy", "iam:DetachRolePolicy"), ROLES,
          {"ArnLike": {"iam:PolicyARN":
                       ("arn:${AWS::Partition}:iam::aws:policy/service-role/*",)}}),
    Grant("Roles", "*", ("iam:*Role", "iam:*RolePolicy", "iam:*RolePolicies", "iam:*RoleTags",
                         "iam:UpdateAssumeRolePolicy", "iam:UpdateRoleDescription"), ROLES),

    # ---- Keys
    *_through("lambda", "Lambda::*"),
    *_through("dynamodb", "DynamoDB::Table"),
    *_through("firehose", "KinesisFirehose::DeliveryStream"),
    *_through("secretsmanager", "SecretsManager::*"),
    Grant("Grants", "*", ("kms:CreateGrant", "kms:RevokeGrant"), KEYS,
          {"Bool": {"kms:GrantIsForAWSResource": ("true",)}}),
    Grant("Aliases", "KMS::Alias", ("kms:*Alias",), (*KEYS, *arn("kms", f"alias/{OURS}-*"))),
    Grant("Keys", "*", ("kms:DescribeKey",), KEYS),
    Grant("Keys", "KMS::Key", ("kms:*",), KEYS),

    # ---- Functions and their deployments
    Grant("Layers", "Lambda::Function", ("lambda:GetLayerVersion",),
          # A layer may be another account's: its ARN comes from a parameter of Systems Manager.
          arn("lambda", "layer:*", account="*")),
    Grant("LayerNames", "Lambda::Function", ("ssm:GetParameters",), arn("ssm", "parameter/*")),
    Grant("EventSources", "Lambda::EventSourceMapping", ("lambda:*",),
          arn("lambda", "event-source-mapping:*")),
    Grant("CodeSigning", "Lambda::CodeSigningConfig", ("lambda:*",), CODE_SIGNING),
    Grant("CodeSigning", "Lambda::Function", ("lambda:*CodeSigningConfig",),
          (*CODE_SIGNING, *FUNCTIONS)),
    Grant("SigningProfiles", "Signer::*", ("signer:*",), arn("signer", "/signing-profiles/*")),
    Grant("Functions", "*", ("lambda:*",), FUNCTIONS),
    Grant("Strategies", "*", ("codedeploy:GetDeploymentConfig",),
          arn("codedeploy", "deploymentconfig:CodeDeployDefault.*")),
    Grant("Deployments", "*", ("codedeploy:*",), DEPLOYMENT_GROUPS),
    # Nothing more is known of a scalable target's ARN than that it is one.
    Grant("Scaling", "ApplicationAutoScaling::*", ("application-autoscaling:*",),
          arn("application-autoscaling", "scalable-target/*")),
    Grant("ScalingAlarms", "ApplicationAutoScaling::*", ("cloudwatch:*Alarm*",),
          arn("cloudwatch", f"alarm:TargetTracking-function:{OURS}-*")),
    Grant("Schedules", "Scheduler::*", ("scheduler:*",),
          arn("scheduler", f"schedule/*/{OURS}-*", f"schedule/{OURS}/*", f"schedule/{OURS}-*/*",
              f"schedule-group/{OURS}", f"schedule-group/{OURS}-*")),
    Grant("Secrets", "SecretsManager::*", ("secretsmanager:*",),
          arn("secretsmanager", f"secret:{OURS}-*", f"secret:{OURS}/*")),

    # ---- APIs
    Grant("Apis", "ApiGateway::Account", ("apigateway:*",), _api("/account")),
    Grant("Apis", "ApiGateway::ApiKey", ("apigateway:*",),
          _api("/apikeys", "/apikeys/*", "/tags/*")),
    Grant("Apis", "ApiGateway::UsagePlan*", ("apigateway:*",),
          _api("/usageplans", "/usageplans/*", "/tags/*")),
    Grant("Domains", "ApiGateway*::DomainName", ("apigateway:*",),
          _api("/domainnames", "/domainnames/*", "/tags/*")),
    Grant("Domains", "ApiGateway*::*Mapping", ("apigateway:*",), _api("/domainnames/*")),
    Grant("Apis", "ApiGateway::*", ("apigateway:*",),
          _api("/restapis", "/restapis/*", "/tags/*")),
    Grant("Apis", "ApiGatewayV2::*", ("apigateway:*",), _api("/apis", "/apis/*", "/tags/*")),
    Grant("FirewallOfStages", "WAFv2::WebACLAssociation",
          ("apigateway:SetWebACL", "wafv2:*WebACL", "wafv2:GetWebACLForResource"),
          (*WEB_ACLS, *_api("/restapis/*/stages/*"))),
    Grant("Firewall", "WAFv2::*", ("wafv2:*",),
          (*WEB_ACLS, *arn("wafv2", "regional/managedruleset/*/*"))),
    Grant("Records", "*", ("route53:ChangeResourceRecordSets", "route53:GetHostedZone",
                           "route53:ListResourceRecordSets"),
          arn("route53", f"hostedzone/{HOSTED_ZONE}", region="", account="")),
    Grant("Records", "*", ("route53:GetChange",),
          arn("route53", "change/*", region="", account="")),
    Grant("HealthChecks", "Route53::HealthCheck", ("route53:*",),
          arn("route53", "healthcheck/*", region="", account="")),
    Grant("Certificates", "CertificateManager::*", ("acm:*",), arn("acm", "certificate/*")),

    # ---- Messages, data, watching
    Grant("Tables", "*", ("dynamodb:*",), arn("dynamodb", f"table/{OURS}-*")),
    Grant("Queues", "*", ("sqs:*",), arn("sqs", f"{OURS}-*")),
    Grant("Topics", "*", ("sns:*",), arn("sns", f"{OURS}-*")),
    Grant("Rules", "*", ("events:*",), arn("events", f"rule/{OURS}-*", f"rule/*/{OURS}-*")),
    Grant("Alarms", "CloudWatch::*", ("cloudwatch:*",), arn("cloudwatch", f"alarm:{OURS}-*")),
    Grant("Logs", "*", ("logs:*",), LOG_GROUPS),
    Grant("Streams", "KinesisFirehose::*", ("firehose:*",),
          arn("firehose", f"deliverystream/{OURS}-*")),
    Grant("Traces", "XRay::*", ("xray:*",),
          arn("xray", f"sampling-rule/{OURS}", f"sampling-rule/{OURS}-*", f"group/{OURS}/*",
              f"group/{OURS}-*")),
    Grant("Buckets", "S3::*", ("s3:*",), arn("s3", f"{OURS}-*", region="", account="")),
    Grant("Parameters", "SSM::*", ("ssm:*",),
          arn("ssm", f"parameter/{OURS}/*", f"parameter/{OURS}-*")),

    # ---- Network: generated ids, so by the tags that every resource of the stack gets when made
    Grant("PrivateZones", "EC2::VPCEndpoint", ("route53:AssociateVPCWithHostedZone",),
          arn("route53", "hostedzone/*", region="", account="")),
    Grant("SecurityGroupRules", "EC2::*", ("ec2:AuthorizeSecurityGroup*gress",),
          (*arn("ec2", "security-group-rule/*"),)),
    Grant("Network", "EC2::*", ("ec2:*",), NETWORK, _ours("aws:ResourceTag")),
)  # fmt: skip

MAKING: tuple[Grant, ...] = (
    Grant("NewNetwork", "EC2::*", ("ec2:AllocateAddress", "ec2:Create*"), NETWORK,
          _ours("aws:RequestTag")),
    Grant("Network", "EC2::*", ("ec2:AuthorizeSecurityGroup*gress",), NETWORK,
          _ours("aws:ResourceTag")),
)  # fmt: skip
"""Granted besides: EC2 asks for the resource that is made and for those it is made in, apart.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html; that the
tags are part of the call itself is inferred from `tagOnCreate` in the schemas."""


def grants_of(type_name: str, action: str) -> list[Grant]:
    """Find what an action of a type is granted on; empty when nobody has said."""
    first = next((grant for grant in GRANTS if grant.fits(type_name, action)), None)
    if first is None:
        return []
    return [first, *(grant for grant in MAKING if grant.fits(type_name, action))]
