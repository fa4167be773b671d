"""Desired × actual → what has to be done, as data. Pure: nothing here calls AWS.

stacks.py decides for single stacks (protection.py: what their updates must not touch),
stack_sets.py for StackSets; grouping.py packs account × region
pairs into as few calls as AWS allows.
"""

from generator.plan.grouping import rectangles
from generator.plan.protection import stack_policy
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
from generator.plan.stacks import DesiredStack, StackAction, decide, wanted_policy

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
    "stack_policy",
    "steps",
    "wanted_policy",
]
