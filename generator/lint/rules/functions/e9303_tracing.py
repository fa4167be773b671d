"""E9303: tracing."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.functions import at_edge, functions, is_sam


class Tracing(Guardrail):
    """Functions are traced, whoever calls them."""

    id = "E9303"
    shortdesc = "Function is not traced"
    description = (
        "With PassThrough, the default, a function is traced only when its caller is: what "
        "queues, schedules and topics start leaves no trace to find a slow or failing call by."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      TracingConfig: {Mode: PassThrough}  # <- Orders
  Mail:
    Type: AWS::Lambda::Function
    Properties:  # <- Mail
      Timeout: 10
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      TracingConfig: {Mode: Active}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            if function.id in at_edge(template):
                continue  # X-Ray is not to be had there.
            sam = is_sam(function)
            for node in function.get(*(("Tracing",) if sam else ("TracingConfig", "Mode"))):
                if node.is_absent or node.literal not in (None, "Active"):
                    yield Flaw.at(
                        node, f"set {'Tracing: Active' if sam else 'TracingConfig.Mode: Active'}"
                    )
