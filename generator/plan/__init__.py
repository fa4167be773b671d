"""Desired × actual → what has to be done, as data. Pure: nothing here calls AWS.

stacks.py decides for single stacks, stack_sets.py for StackSets; grouping.py packs account × region
pairs into as few calls as AWS allows.
"""

from generator.plan.grouping import rectangles
from generator.plan.stack_sets import (
    CreateInstances,
    CreateSet,
    DesiredSet,
    Step,
    UpdateInstances,
    UpdateSet,
    kept,
    steps,
)
from generator.plan.stacks import DesiredStack, StackAction, decide

__all__ = [
    "CreateInstances",
    "CreateSet",
    "DesiredSet",
    "DesiredStack",
    "StackAction",
    "Step",
    "UpdateInstances",
    "UpdateSet",
    "decide",
    "kept",
    "rectangles",
    "steps",
]
