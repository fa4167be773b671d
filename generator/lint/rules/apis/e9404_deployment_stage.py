"""E9404: who makes a stage."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template


class DeploymentStage(Guardrail):
    """A deployment that a stage stands on makes no stage itself."""

    id = "E9404"
    shortdesc = "Deployment makes a stage that a Stage resource makes too"
    description = (
        "Stage and deployment both want to own the stage: the stack fails since it exists already, "
        "or a second stage stays behind that nobody watches, logs or throttles."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-apigateway-deployment.html"
    )
    bad = """
Resources:
  Deployment0a1b2c3d:
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: !Ref Api
      StageName: live  # <- Deployment0a1b2c3d
  Live:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment0a1b2c3d
      StageName: live
"""
    good = """
Resources:
  Deployment0a1b2c3d:
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: !Ref Api
  Live:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment0a1b2c3d
      StageName: live
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for stage in template.of_type("AWS::ApiGateway::Stage"):
            for made_of in stage.get("DeploymentId"):
                deployment = template.target(made_of, "AWS::ApiGateway::Deployment")
                if deployment is not None:
                    for name in deployment.get("StageName"):
                        together = template.conditions.both(made_of.given, name.given)
                        if not name.is_absent and together is not None:
                            yield Flaw.at(
                                name,
                                f"leave StageName (and StageDescription) out: {stage.id} is "
                                "the stage of this deployment",
                            )
