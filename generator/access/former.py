"""Every resource type that a StackSet's template may have held before.

A type that a new template holds no more has still to be deleted, by a role that has already been
brought up to date: the deletion of these is always granted, in the same narrow scopes.
"""

from __future__ import annotations

FORMER_TYPES = tuple(
    f"AWS::{name}"
    for name in """
    ApiGateway::Account ApiGateway::ApiKey ApiGateway::Authorizer ApiGateway::BasePathMapping
    ApiGateway::Deployment ApiGateway::DomainName ApiGateway::GatewayResponse ApiGateway::Method
    ApiGateway::Model ApiGateway::RequestValidator ApiGateway::Resource ApiGateway::RestApi
    ApiGateway::Stage ApiGateway::UsagePlan ApiGateway::UsagePlanKey
    ApiGatewayV2::Api ApiGatewayV2::ApiMapping ApiGatewayV2::Authorizer ApiGatewayV2::DomainName
    ApiGatewayV2::Integration ApiGatewayV2::Route ApiGatewayV2::Stage
    ApplicationAutoScaling::ScalableTarget ApplicationAutoScaling::ScalingPolicy
    CertificateManager::Certificate
    CloudWatch::Alarm CloudWatch::CompositeAlarm
    CodeDeploy::Application CodeDeploy::DeploymentGroup
    DynamoDB::Table
    EC2::EIP EC2::FlowLog EC2::InternetGateway EC2::NatGateway EC2::Route EC2::RouteTable
    EC2::SecurityGroup EC2::SecurityGroupEgress EC2::SecurityGroupIngress EC2::Subnet
    EC2::SubnetRouteTableAssociation EC2::VPC EC2::VPCEndpoint EC2::VPCGatewayAttachment
    Events::Rule
    IAM::Role
    KMS::Alias KMS::Key
    KinesisFirehose::DeliveryStream
    Lambda::Alias Lambda::CodeSigningConfig Lambda::EventInvokeConfig Lambda::EventSourceMapping
    Lambda::Function Lambda::Permission Lambda::Version
    Logs::LogGroup Logs::LogStream Logs::MetricFilter Logs::ResourcePolicy
    Logs::SubscriptionFilter
    Route53::HealthCheck Route53::RecordSet
    S3::Bucket S3::BucketPolicy
    SNS::Topic SNS::TopicPolicy
    SQS::Queue SQS::QueuePolicy
    SSM::Parameter
    Scheduler::Schedule Scheduler::ScheduleGroup
    Signer::SigningProfile
    SecretsManager::ResourcePolicy SecretsManager::RotationSchedule SecretsManager::Secret
    WAFv2::LoggingConfiguration WAFv2::WebACL WAFv2::WebACLAssociation
    XRay::Group XRay::SamplingRule
    """.split()
)
