"""How the console groups a template's parameters.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-interface.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

INTERFACE = "AWS::CloudFormation::Interface"
OTHERS = "Other parameters"
"""What the console calls those that are in no group."""


def in_groups(
    declared: Iterable[str], groups: Iterable[tuple[str | None, Iterable[str]]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each group that has parameters, with their names; those in none are last, by name."""
    left = dict.fromkeys(declared)
    for label, names in groups:
        members = tuple(name for name in dict.fromkeys(names) if name in left)
        for name in members:
            del left[name]
        if members:
            yield label or OTHERS, members
    if left:
        yield OTHERS, tuple(sorted(left))
