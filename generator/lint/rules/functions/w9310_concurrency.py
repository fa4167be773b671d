"""W9310: reserved concurrency."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.functions import functions

FEW = 100


class Concurrency(Guardrail):
    """How many of a function run at once is for an operator to say."""

    id = "W9310"
    shortdesc = "Reserved concurrency is small and fixed"
    description = (
        "Reserved concurrency is a limit as well: a number that was enough for a trial throttles "
        "every call above it, and a new template is needed to let more through."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      ReservedConcurrentExecutions: 5  # <- Orders
"""
    good = """
Parameters:
  Concurrency: {Type: Number, Default: 5}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      ReservedConcurrentExecutions: !Ref Concurrency
  Mail:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 10}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            for node in function.get("ReservedConcurrentExecutions"):
                if node.number is not None and node.number < FEW:
                    yield Flaw.at(
                        node, "leave ReservedConcurrentExecutions out, or make it a parameter"
                    )
