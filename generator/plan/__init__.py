"""Desired × actual → what has to be done, as data. Pure: nothing here calls AWS.

stacks.py decides for single stacks, stack_sets.py for StackSets; grouping.py packs account × region
pairs into as few calls as AWS allows.
"""

from generator.plan.grouping import rectangles
from generator.plan.stack_sets import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DesiredSet,
    Step,
    UpdateInstances,
    UpdateSet,
    differences_of_set,
    kept,
    steps,
)
from generator.plan.stacks import DesiredStack, StackAction, decide

__all__ = [
    "CreateInstances",
    "CreateSet",
    "DeleteInstances",
    "DesiredSet",
    "DesiredStack",
    "StackAction",
    "Step",
    "UpdateInstances",
    "UpdateSet",
    "decide",
    "differences_of_set",
    "kept",
    "rectangles",
    "steps",
]
