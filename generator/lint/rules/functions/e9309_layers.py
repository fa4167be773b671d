"""E9309: layers."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.functions import functions


class Layers(Guardrail):
    """A layer's ARN is not the template's to say."""

    id = "E9309"
    shortdesc = "Layer's ARN is written out"
    description = (
        "A function can only use layers of its own region: a template with a written ARN works in "
        "one region, and fails in every other."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Layers:
        - arn:aws:lambda:us-east-1:111111111111:layer:tools:7  # <- Orders
"""
    good = """
Parameters:
  ToolsLayer: {Type: String}
Mappings:
  Tracing:
    us-east-1: {Arn: "arn:aws:lambda:us-east-1:111111111111:layer:tracing:3"}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Layers:
        - !Ref ToolsLayer
        - !FindInMap [Tracing, !Ref AWS::Region, Arn]
        - "{{resolve:ssm:/layers/logging:2}}"
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            for layer in function.body.each("Properties", "Layers", "*"):
                parts = (layer.text or "").replace("AWS::", "AWS..").split(":")
                # Whatever the rest is made of: a written region makes it one region's.
                if parts[0] == "arn" and "layer" in parts[3:] and "${" not in parts[3]:
                    yield Flaw.at(
                        layer,
                        "name the layer in Layers by a parameter, a mapping of regions or "
                        "{{resolve:ssm:…}}",
                    )
