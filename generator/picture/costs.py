"""What is billed by what: how many there are, and by which measure AWS charges. No prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from generator.lint.template import Resource
from generator.lint.template.alarms import metrics
from generator.picture.unit import RenderedUnit


@dataclass(frozen=True, slots=True)
class Measure:
    """By what AWS bills a kind of resource."""

    what: str
    by: str
    always: bool
    """Whether it costs while nobody uses it."""
    prices: str
    """The page with the prices, below https://aws.amazon.com/."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One thing on the bill."""

    what: str
    by: str
    always: bool
    units: tuple[str, ...]
    count: int
    """In all stacks together."""
    where: str
    """How the count comes about: `3 × 6 service`."""
    prices: str


_ENDPOINT = Measure(
    "interface endpoint in a zone", "each hour, and GB that pass", True, "privatelink"
)
MEASURES: dict[str, Measure] = {
    "AWS::KMS::Key": Measure(
        "customer managed key", "each month (more after its first rotations), and requests", True,
        "kms",
    ),
    "AWS::CloudWatch::Alarm": Measure(
        "metric that an alarm watches", "each month", True, "cloudwatch"
    ),
    "AWS::CloudWatch::CompositeAlarm": Measure(
        "composite alarm", "each month", True, "cloudwatch"
    ),
    "AWS::CloudWatch::Dashboard": Measure(
        "dashboard", "each month, above the free ones", True, "cloudwatch"
    ),
    "AWS::EC2::VPCEndpoint": _ENDPOINT,
    "AWS::EC2::NatGateway": Measure("NAT gateway", "each hour, and GB that pass", True, "vpc"),
    "AWS::EC2::EIP": Measure("public IPv4 address", "each hour", True, "vpc"),
    "AWS::WAFv2::WebACL": Measure(
        "web ACL", "each month, each of its rules, and requests", True, "waf"
    ),
    "AWS::SecretsManager::Secret": Measure("secret", "each month, and calls", True,
        "secrets-manager"),
    "AWS::ApplicationAutoScaling::ScalableTarget": Measure(
        "provisioned concurrency", "GB-seconds that are kept ready, and calls", True, "lambda"
    ),
    "AWS::Route53::HealthCheck": Measure("health check", "each month", True, "route53"),
    "AWS::Route53::RecordSet": Measure("DNS record", "queries", False, "route53"),
    "AWS::Lambda::Function": Measure("function", "calls and GB-seconds", False, "lambda"),
    "AWS::ApiGateway::RestApi": Measure("REST API", "requests and GB sent", False, "api-gateway"),
    "AWS::ApiGatewayV2::Api": Measure("HTTP API", "requests and GB sent", False, "api-gateway"),
    "AWS::DynamoDB::Table": Measure(
        "table", "reads and writes, and GB kept each month with their backups", False,
        "dynamodb",
    ),
    "AWS::SQS::Queue": Measure("queue", "requests", False, "sqs"),
    "AWS::SNS::Topic": Measure("topic", "messages, by how they are delivered", False, "sns"),
    "AWS::Events::EventBus": Measure(
        "event bus", "events of your own, and those sent to other regions and accounts", False,
        "eventbridge",
    ),
    "AWS::Logs::LogGroup": Measure(
        "log group", "GB taken in, and GB kept each month", False, "cloudwatch"
    ),
    "AWS::KinesisFirehose::DeliveryStream": Measure(
        "delivery stream", "GB taken in, each record rounded up to 5 KB", False, "firehose"
    ),
    "AWS::S3::Bucket": Measure(
        "bucket", "GB kept each month, requests, and GB replicated to other regions", False, "s3"
    ),
    "AWS::CodePipeline::Pipeline": Measure(
        "pipeline", "minutes that its actions run (type V2)", False, "codepipeline"
    ),
    "AWS::CodeBuild::Project": Measure(
        "build project", "minutes of builds, by the machine's size", False, "codebuild"
    ),
    "AWS::CodeCommit::Repository": Measure(
        "repository", "active users each month, above the free ones", False, "codecommit"
    ),
    "AWS::XRay::SamplingRule": Measure(
        "traced requests", "traces recorded and read", False, "xray"
    ),
}  # fmt: skip
"""By resource type; AWS says it on the page that each names."""
SNAPSHOT = Measure(
    "function with SnapStart",
    "GB-seconds that the snapshot of each version is kept, and GB restored", True, "lambda",
)  # fmt: skip
FREE = frozenset(
    """
    AWS::ApiGateway::Account AWS::ApiGateway::ApiKey AWS::ApiGateway::BasePathMapping
    AWS::ApiGateway::Deployment AWS::ApiGateway::DomainName AWS::ApiGateway::GatewayResponse
    AWS::ApiGateway::Method AWS::ApiGateway::Authorizer
    AWS::ApiGateway::RequestValidator AWS::ApiGateway::Resource AWS::ApiGateway::Stage
    AWS::ApiGateway::UsagePlan AWS::ApiGateway::UsagePlanKey AWS::ApiGatewayV2::ApiMapping
    AWS::ApiGatewayV2::Authorizer AWS::ApiGatewayV2::DomainName AWS::ApiGatewayV2::Integration
    AWS::ApiGatewayV2::Route AWS::ApiGatewayV2::Stage AWS::ApplicationAutoScaling::ScalingPolicy
    AWS::Budgets::Budget AWS::CE::AnomalyMonitor AWS::CE::AnomalySubscription
    AWS::CertificateManager::Certificate AWS::CloudFormation::WaitConditionHandle
    AWS::CodeBuild::ReportGroup AWS::CodeConnections::Connection AWS::CodeDeploy::Application
    AWS::CodeDeploy::DeploymentConfig AWS::CodeDeploy::DeploymentGroup AWS::EC2::FlowLog
    AWS::EC2::InternetGateway AWS::EC2::Route AWS::EC2::RouteTable AWS::EC2::SecurityGroup
    AWS::EC2::SecurityGroupEgress AWS::EC2::SecurityGroupIngress AWS::EC2::Subnet
    AWS::EC2::SubnetRouteTableAssociation AWS::EC2::VPC AWS::EC2::VPCGatewayAttachment
    AWS::Events::EventBusPolicy AWS::Events::Rule AWS::IAM::ManagedPolicy AWS::IAM::Policy
    AWS::IAM::Role AWS::KMS::Alias AWS::Lambda::Alias AWS::Lambda::CodeSigningConfig
    AWS::Lambda::EventInvokeConfig AWS::Lambda::EventSourceMapping AWS::Lambda::Permission
    AWS::Lambda::Version AWS::Logs::LogStream AWS::Logs::ResourcePolicy
    AWS::Logs::SubscriptionFilter AWS::S3::BucketPolicy AWS::SecretsManager::RotationSchedule
    AWS::SNS::Subscription AWS::SNS::TopicPolicy AWS::SQS::QueuePolicy AWS::SSM::Parameter
    AWS::Signer::SigningProfile AWS::WAFv2::LoggingConfiguration AWS::WAFv2::WebACLAssociation
    """.split()
)
"""What costs nothing itself: what it writes, sends or keeps is billed with that."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What is on the bill, what is not, and what this does not know."""

    drivers: tuple[Driver, ...]
    """What always costs first, most of it first."""
    free: int
    """Resources that cost nothing themselves, in all stacks together."""
    unknown: tuple[str, ...]
    """Types of which nothing is known here."""


def costs_of(units: Iterable[RenderedUnit]) -> Costs:
    """Count what is billed, over all stacks."""
    counts: dict[Measure, list[tuple[RenderedUnit, int]]] = {}
    free, unknown = 0, Counter[str]()
    for unit in units:
        here: Counter[Measure] = Counter()
        for resource in unit.template.resources.values():
            if resource.type in MEASURES:
                here[MEASURES[resource.type]] += _count(unit, resource)
            elif resource.type in FREE:
                free += unit.instances
            else:
                unknown[resource.type] += unit.instances
            here[SNAPSHOT] += _has_snapshots(resource)
        for measure, count in here.items():
            if count:
                counts.setdefault(measure, []).append((unit, count))
    drivers = [_driver(measure, found) for measure, found in counts.items()]
    drivers.sort(key=lambda driver: (not driver.always, -driver.count))
    return Costs(tuple(drivers), free, tuple(sorted(unknown)))


def _driver(measure: Measure, found: list[tuple[RenderedUnit, int]]) -> Driver:
    return Driver(
        what=measure.what,
        by=measure.by,
        always=measure.always,
        units=tuple(unit.name for unit, _ in found),
        count=sum(count * unit.instances for unit, count in found),
        where=", ".join(f"{count} × {unit.instances} {unit.name}" for unit, count in found),
        prices=f"https://aws.amazon.com/{measure.prices}/pricing/",
    )


def _count(unit: RenderedUnit, resource: Resource) -> int:
    counter: Callable[[RenderedUnit, Resource], int] | None = {
        "AWS::CloudWatch::Alarm": _watched_metrics,
        "AWS::EC2::VPCEndpoint": _zones,
    }.get(resource.type)
    return counter(unit, resource) if counter else 1


def _watched_metrics(unit: RenderedUnit, alarm: Resource) -> int:
    """Count the metrics of an alarm: an expression is billed by those that it reads."""
    return sum(1 for metric in metrics(unit.template) if metric.owner.id == alarm.id) or 1


def _zones(unit: RenderedUnit, endpoint: Resource) -> int:
    """Count the zones of an interface endpoint; gateways cost nothing."""
    if any(node.literal == "Interface" for node in endpoint.get("VpcEndpointType")):
        return sum(1 for _ in endpoint.body.each("Properties", "SubnetIds", "*")) or 1
    return 0


def _has_snapshots(resource: Resource) -> bool:
    return resource.type == "AWS::Lambda::Function" and any(
        node.literal == "PublishedVersions" for node in resource.get("SnapStart", "ApplyOn")
    )
