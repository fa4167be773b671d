"""E9604: dimensions of metrics."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.alarms import metrics

OF = {
    "ApiName": (("AWS::ApiGateway::RestApi", "Name"),),
    "AutoScalingGroupName": (("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName"),),
    "BucketName": (("AWS::S3::Bucket", "BucketName"),),
    "CacheClusterId": (("AWS::ElastiCache::CacheCluster", "ClusterName"),),
    "ClusterName": (("AWS::ECS::Cluster", "ClusterName"),),
    "DBClusterIdentifier": (("AWS::RDS::DBCluster", "DBClusterIdentifier"),),
    "DBInstanceIdentifier": (("AWS::RDS::DBInstance", "DBInstanceIdentifier"),),
    "DeliveryStreamName": (("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"),),
    "EventBusName": (("AWS::Events::EventBus", "Name"),),
    "FunctionName": (("AWS::Lambda::Function", "FunctionName"),),
    "InstanceId": (("AWS::EC2::Instance", ""),),
    "LogGroupName": (("AWS::Logs::LogGroup", "LogGroupName"),),
    "PipelineName": (("AWS::CodePipeline::Pipeline", "Name"),),
    "ProjectName": (("AWS::CodeBuild::Project", "Name"),),
    "QueueName": (("AWS::SQS::Queue", "QueueName"),),
    "RuleName": (("AWS::Events::Rule", "Name"),),
    "ServiceName": (("AWS::ECS::Service", "ServiceName"),),
    "StreamName": (("AWS::Kinesis::Stream", "Name"),),
    "TableName": (("AWS::DynamoDB::Table", "TableName"),),
    "TopicName": (("AWS::SNS::Topic", "TopicName"),),
    "WebACL": (("AWS::WAFv2::WebACL", "Name"),),
}
"""What a dimension names: types, and the property that holds the name. Not stages of APIs: a stage
depends on the functions, so an alarm that their deployment waits for can't refer to it."""


class DimensionReference(Guardrail):
    """Dimensions refer to what they are about."""

    id = "E9604"
    shortdesc = "Dimension names a resource of the template by a literal"
    description = (
        "A literal name outlives the resource that had it: after a rename or a replacement the "
        "alarm watches nothing, and is green."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: orders}
  Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Throttles
      Dimensions:
        - Name: FunctionName
          Value: orders  # <- Throttled
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: orders}
  Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Throttles
      Dimensions:
        - Name: FunctionName
          Value: !Ref Orders
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for name, value in _dimensions(template):
            if value.literal is None:
                continue
            named = _named(template, name, value.literal)
            if named is not None:
                yield Flaw.at(value, f"refer to {named.id} by !Ref, !GetAtt or !Sub")


def _dimensions(template: Template) -> Iterator[tuple[str, Node]]:
    for metric in metrics(template):
        yield from ((name, value) for name, value in metric.dimensions() if name)
    for policy in template.of_type("AWS::ApplicationAutoScaling::ScalingPolicy"):
        for listed in policy.get(
            "TargetTrackingScalingPolicyConfiguration",
            "CustomizedMetricSpecification",
            "Dimensions",
        ):
            for item in listed.items():
                for value in item.get("Value"):
                    yield next(item.get("Name")).literal or "", value


def _named(template: Template, dimension: str, value: str) -> Resource | None:
    """Find the resource that a dimension means: by its name, or wrongly by its logical id."""
    if dimension == "Resource":  # a function with its alias or version
        dimension, value = "FunctionName", value.partition(":")[0]
    for type_, name in OF.get(dimension, ()):
        for resource in template.of_type(type_):
            if resource.id == value:
                return resource
            if name and any(node.literal == value for node in resource.get(name)):
                return resource
    return None
