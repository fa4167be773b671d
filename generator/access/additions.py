"""What CloudFormation needs for a type although the type's schema does not name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addition:
    """Actions of a type, and why it takes them."""

    type_name: str
    actions: tuple[str, ...]
    reason: str
    when: frozenset[str] = frozenset()
    """Top-level properties that call for them; empty means always."""

    def applies(self, type_name: str, properties: frozenset[str]) -> bool:
        """Say whether a type with such properties takes the actions."""
        return self.type_name == type_name and (not self.when or bool(self.when & properties))


ADDITIONS: tuple[Addition, ...] = (
    Addition(
        "AWS::Lambda::Alias",
        ("codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"),
        "UpdatePolicy.CodeDeployLambdaAliasUpdate makes a revision for each deployment",
    ),
    Addition(
        "AWS::Lambda::Function",
        ("ssm:GetParameters",),
        "layers are dynamic references, which the role that deploys has to resolve",
        frozenset({"Layers"}),
    ),
    Addition(
        "AWS::ApiGatewayV2::Stage",
        ("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
         "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries",
         "logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
        frozenset({"AccessLogSettings"}),
    ),
    Addition(
        "AWS::ApiGateway::DomainName",
        ("apigateway:AddCertificateToDomain", "apigateway:RemoveCertificateFromDomain"),
        "named by the schema of AWS::ApiGatewayV2::DomainName for the same call",
    ),
    Addition(
        "AWS::DynamoDB::Table",
        ("kms:GenerateDataKey*", "kms:ReEncrypt*"),
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
        frozenset({"SSESpecification"}),
    ),
    Addition(
        "AWS::SecretsManager::Secret",
        ("kms:Decrypt", "kms:GenerateDataKey"),
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        frozenset({"KmsKeyId"}),
    ),
    Addition(
        "AWS::EC2::VPCEndpoint",
        ("route53:AssociateVPCWithHostedZone",),
        "private names of interface endpoints",
        frozenset({"PrivateDnsEnabled"}),
    ),
)  # fmt: skip
