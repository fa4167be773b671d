"""E9403: what a stage leaves behind of each request."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.apis import stages


class StageLogs(Guardrail):
    """Stages log who called what; those of REST APIs trace it as well."""

    id = "E9403"
    shortdesc = "API stage without access logs, or REST stage without tracing"
    description = (
        "What a stage refuses itself (wrong token, throttled, bad body) never reaches a function, "
        "so without access logs nothing tells of it; without tracing a trace starts too late."
    )
    source_url = "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"
    bad = """
Resources:
  Live:
    Type: AWS::ApiGateway::Stage
    Properties:  # <- Live Live
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: live
"""
    good = """
Resources:
  Live:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: live
      TracingEnabled: true
      AccessLogSetting:
        DestinationArn: !GetAtt AccessLogs.Arn
        Format: $context.requestId $context.httpMethod $context.path $context.status
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for stage in stages(template):
            if stage.is_rest:
                for tracing in stage.get("TracingEnabled"):
                    if not tracing.is_true and not tracing.is_unknown:
                        yield Flaw.at(tracing, "set TracingEnabled: true")
            for target in stage.get(stage.access_logs, "DestinationArn"):
                if target.is_absent or target.value == "":
                    yield Flaw.at(
                        target, f"set {stage.access_logs} with a log group as DestinationArn"
                    )
