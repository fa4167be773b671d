"""W9301: one Python for all functions."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.conditions import agree
from generator.lint.template.functions import functions


class OnePython(Guardrail):
    """All Python functions of a template run on the same Python."""

    id = "W9301"
    shortdesc = "Functions of one template run on different Pythons"
    description = (
        "Dependencies are resolved and tested for one version of Python. What is shared between "
        "functions on two of them works in one and fails to import in the other."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13}
  Mail:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12  # <- Mail
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13}
  Mail:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13}
  Page:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs24.x}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        used = [
            (runtime, function.id, node)
            for function in functions(template)
            for node in function.get("Runtime")
            if (runtime := template.default_of(node)) and runtime.startswith("python")
        ]
        names = [runtime for runtime, _, _ in used]
        # The most used is taken for the one that is meant; of two as much used, the newer.
        meant = max(names, key=lambda name: (names.count(name), len(name), name), default=None)
        for runtime, function_id, node in used:
            if runtime != meant and any(
                other == meant and other_id != function_id and agree(at.given, node.given)
                for other, other_id, at in used
            ):
                yield Flaw.at(node, f"set Runtime: {meant}, as the other functions have it")
