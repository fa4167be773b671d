"""W9806: how far a StackSet goes on after a failure."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template

TOLERANCES = ("FailureToleranceCount", "FailureTolerancePercentage")


class StackSetPreferences(Guardrail):
    """A StackSet says how it goes through regions, and stops before a mistake is everywhere."""

    id = "W9806"
    shortdesc = "StackSet that may fail in every region at once, or does not say how it goes on"
    description = (
        "With tolerated failures and parallel regions a bad template breaks every region before "
        "anybody sees the first; without preferences nobody can tell what happens after a failure."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html"
    )
    bad = """
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: everywhere
      PermissionModel: SELF_MANAGED
      OperationPreferences:
        RegionConcurrencyType: PARALLEL
        FailureTolerancePercentage: 50  # <- Everywhere
"""
    good = """
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: everywhere
      PermissionModel: SELF_MANAGED
      OperationPreferences:
        RegionConcurrencyType: SEQUENTIAL
        FailureToleranceCount: 0
        MaxConcurrentCount: 1
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for stack_set in template.of_type("AWS::CloudFormation::StackSet"):
            for preferences in stack_set.get("OperationPreferences"):
                if preferences.is_absent or preferences.value == {}:
                    yield Flaw.at(
                        preferences,
                        "set OperationPreferences, such as RegionConcurrencyType: SEQUENTIAL and "
                        "FailureToleranceCount: 0",
                    )
                else:
                    yield from _tolerated(preferences)


def _tolerated(preferences: Node) -> Iterator[Flaw]:
    for order in preferences.get("RegionConcurrencyType"):
        if order.value == "PARALLEL":
            for name in TOLERANCES:
                for tolerance in preferences.get(name, given=order.given):
                    if (tolerance.number or 0) > 0:
                        yield Flaw.at(
                            tolerance, f"set {name}: 0, or RegionConcurrencyType: SEQUENTIAL"
                        )
