"""E9302: timeout and memory."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.functions import functions

DEFAULTS = {"Timeout": "3 seconds", "MemorySize": "128 MB"}


class Limits(Guardrail):
    """Functions say how long they may take and how much memory they have."""

    id = "E9302"
    shortdesc = "Function without Timeout or MemorySize"
    description = (
        "Left out, they are 3 seconds and 128 MB, with the smallest share of a CPU: enough to try "
        "something, too little for the first slow dependency, and nobody decided on it."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:  # <- Orders
      MemorySize: 512
"""
    good = """
Parameters:
  Memory: {Type: Number, Default: 512}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      MemorySize: !Ref Memory
      Timeout: 10
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            for name, default in DEFAULTS.items():
                for node in function.get(name):
                    if node.is_absent:
                        yield Flaw.at(node, f"set {name}: without it, it is {default}")
