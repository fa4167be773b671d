"""W9704: parameters' groups and labels."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template

INTERFACE = "AWS::CloudFormation::Interface"


class ParameterInterface(Guardrail):
    """The console shows parameters in groups, by readable names."""

    id = "W9704"
    shortdesc = "Parameter has no group or no label"
    description = (
        "In the console such parameters stand at the end, in the alphabet's order, under their"
        " logical names: whoever fills them in guesses what belongs together."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "aws-resource-cloudformation-interface.html"
    )
    bad = """
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - {Label: {default: Sizes}, Parameters: [Memory]}
    ParameterLabels:
      Memory: {default: Memory of the functions}
Parameters:
  Memory: {Type: Number}
  Timeout: {Type: Number}  # <- Timeout
Resources: {}
"""
    good = """
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - {Label: {default: Sizes}, Parameters: [Memory, Timeout]}
    ParameterLabels:
      Memory: {default: Memory of the functions}
      Timeout: {default: Seconds a function may take}
Parameters:
  Memory: {Type: Number}
  Timeout: {Type: Number}
Resources: {}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        interface = next(template.root.get("Metadata", INTERFACE))
        grouped = {
            str(name.value)
            for groups in interface.get("ParameterGroups")
            for group in groups.items()
            for names in group.get("Parameters")
            for name in names.items()
        }
        for name, parameter in template.section("Parameters").items():
            missing = []
            if name not in grouped:
                missing.append("list it in one of the ParameterGroups")
            if not _label(interface, name):
                missing.append("give it one of the ParameterLabels")
            if missing:
                yield Flaw.at(parameter, f"{' and '.join(missing)} of {INTERFACE}")


def _label(interface: Node, name: str) -> bool:
    return any(node.literal for node in interface.get("ParameterLabels", name, "default"))
