"""W9512: the type of a pipeline."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.pipelines import PIPELINE


class PipelineType(Guardrail):
    """Pipelines are of type V2."""

    id = "W9512"
    shortdesc = "Pipeline that is not of type V2"
    description = (
        "A V1 pipeline has no rollback of a stage, no conditions, no variables and no filters of "
        "its trigger: what fails in the middle of a release stays in the middle."
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types.html"
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V1  # <- Release
      RoleArn: !Ref Role
      Stages: []
"""
    good = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      Stages: []
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in template.of_type(PIPELINE):
            for node in pipeline.get("PipelineType"):
                if node.is_absent or node.literal == "V1":
                    yield Flaw.at(node, "set PipelineType: V2")
