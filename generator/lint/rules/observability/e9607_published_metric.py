"""E9607: metrics that AWS publishes."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.alarms import Metric, metrics

PUBLISHED: dict[str, set[str]] = {
    # V2 pipelines only.
    "AWS/CodePipeline": {"FailedPipelineExecutions", "PipelineDuration"},
    "AWS/CloudFormation": set(),
    "AWS/CodeCommit": set(),
    "AWS/CodeDeploy": set(),
    "AWS/CodeBuild": {
        "BuildDuration",
        "Builds",
        "CPUUtilized",
        "CPUUtilizedPercent",
        "DownloadSourceDuration",
        "Duration",
        "FailedBuilds",
        "FinalizingDuration",
        "InstallDuration",
        "MemoryUtilized",
        "MemoryUtilizedPercent",
        "PostBuildDuration",
        "PreBuildDuration",
        "ProvisioningDuration",
        "QueuedDuration",
        "StorageReadBytes",
        "StorageWriteBytes",
        "SubmittedDuration",
        "SucceededBuilds",
        "UploadArtifactsDuration",
    },
    "AWS/ApiGateway": {
        *("4XXError", "5XXError", "CacheHitCount", "CacheMissCount"),  # REST
        *("4xx", "5xx", "DataProcessed"),  # HTTP
        # WebSocket
        *("ClientError", "ConnectCount", "ExecutionError", "IntegrationError", "MessageCount"),
        *("Count", "IntegrationLatency", "Latency"),
    },
}
"""All metrics of a namespace.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html"""
MISTAKEN: dict[str, set[str]] = {
    "AWS/Lambda": {
        "4XXError",
        "5XXError",
        "ColdStarts",
        "Error",
        "ErrorCount",
        "ErrorRate",
        "FailedInvocations",
        "Failures",
        "InvocationErrors",
        "Latency",
        "MemoryUsed",
        "MemoryUtilization",
        "TimeoutErrors",
        "Timeouts",
    },
    "AWS/SQS": {
        "ApproximateNumberOfMessages",
        "MessagesVisible",
        "NumberOfMessages",
        "QueueDepth",
    },
    "AWS/SNS": {"FailedNotifications", "NumberOfNotificationFailed"},
    "AWS/Events": {"Failures", "FailedInvocation", "FailedRuleInvocations"},
    "AWS/DynamoDB": {"ThrottledEvents", "Throttles", "Errors"},
    "AWS/States": {"FailedExecutions", "ExecutionFailed"},
}
"""Names that people write in namespaces that get new metrics now and then."""
INSTEAD = {
    "AWS/CodePipeline": "an event rule on CodePipeline Pipeline Execution State Change",
    "AWS/CloudFormation": "an event rule on CloudFormation Stack Status Change",
    "AWS/CodeCommit": "an event rule on CodeCommit Repository State Change",
    "AWS/CodeDeploy": "an event rule on CodeDeploy Deployment State-change Notification",
}
COUNTED_BY_V2 = "FailedPipelineExecutions"
PIPELINE = "AWS::CodePipeline::Pipeline"


class PublishedMetric(Guardrail):
    """Alarms are on metrics that there are."""

    id = "E9607"
    shortdesc = "Alarm on a metric that AWS does not publish"
    description = (
        "An alarm on a metric that nobody publishes is created without complaint, never gets a "
        "data point and never rings."
    )
    source_url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html"
    bad = """
Resources:
  Failed:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/CodePipeline
      MetricName: FailedPipelines  # <- Failed
      Dimensions: [{Name: PipelineName, Value: !Ref Pipeline}]
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties: {PipelineType: V2, Stages: []}
"""
    good = """
Resources:
  Failed:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/CodePipeline
      MetricName: FailedPipelineExecutions
      Dimensions: [{Name: PipelineName, Value: !Ref Pipeline}]
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties: {PipelineType: V2, Stages: []}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for metric in metrics(template):
            space, name = metric.namespace or "", metric.name.literal
            if name is None:
                continue
            published = PUBLISHED.get(space)
            if name in MISTAKEN.get(space, ()) or (published is not None and name not in published):
                yield Flaw.at(metric.name, f"{space} has no metric {name}: {_instead(space)}")
            elif name == COUNTED_BY_V2 and _is_of_v1(template, metric):
                yield Flaw.at(
                    metric.name,
                    f"set PipelineType: V2 on the pipeline, a V1 pipeline doesn't publish {name}",
                )


def _instead(space: str) -> str:
    if space in INSTEAD:
        return f"use {INSTEAD[space]} instead"
    if names := PUBLISHED.get(space):
        return f"write one of {', '.join(sorted(names))} in MetricName"
    return "write in MetricName one that the service's documentation lists"


def _is_of_v1(template: Template, metric: Metric) -> bool:
    """Tell whether a metric is of a pipeline of this template that is certainly V1."""
    return any(
        kind.is_absent or kind.literal == "V1"
        for _, value in metric.dimensions()
        if (pipeline := template.target(value, PIPELINE)) is not None
        for kind in pipeline.get("PipelineType", given=value.given)
    )
