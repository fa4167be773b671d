"""E9312: functions in a VPC."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.functions import functions
from generator.lint.template.networks import has_way_out, vpc_of
from generator.lint.template.text import WHOLE


class Network(Guardrail):
    """A function in a VPC survives the loss of a zone, and reaches what it calls."""

    id = "E9312"
    shortdesc = "Function in one subnet, or in a VPC that nothing leads out of"
    description = (
        "With one subnet, the function stops when that zone does. In a VPC it has no public "
        "address: without an endpoint or a NAT gateway every call to AWS waits until it times out."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      VpcConfig:
        SecurityGroupIds: [!ImportValue group]
        SubnetIds: [!ImportValue subnet]  # <- Orders
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      VpcConfig:
        SecurityGroupIds: [!ImportValue group]
        SubnetIds: [!ImportValue subnet-a, !ImportValue subnet-b]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            for listed in function.get("VpcConfig", "SubnetIds"):
                for subnets in listed.together():
                    # An empty list takes a function out of its VPC.
                    if len(subnets) == 1 and not _is_list(template, subnets[0]):
                        yield Flaw.at(listed, "name subnets of two zones or more in SubnetIds")
                    for vpc in (vpc_of(template, subnet) for subnet in subnets):
                        if vpc is not None and not has_way_out(template, vpc):
                            yield Flaw.at(
                                listed,
                                f"give {vpc.id} endpoints for what the function calls, or a NAT "
                                "gateway: SubnetIds are in a VPC that nothing leads out of",
                            )


def _is_list(template: Template, node: Node) -> bool:
    """Tell whether an element is a list itself, as a parameter can be."""
    whole = WHOLE.fullmatch(node.text or "")
    parameter = template.section("Parameters").get(whole[1]) if whole else None
    kind = next(parameter.get("Type")).literal or "" if parameter else ""
    return isinstance(node.value, list) or "List" in kind
