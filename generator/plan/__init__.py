"""Desired × actual → what has to be done, as data. Pure: nothing here calls AWS.

stacks.py decides for single stacks, stack_sets.py for StackSets; grouping.py packs account × region
pairs into as few calls as AWS allows. differences.py says what another template would change.
"""

from generator.plan.changes import Action, Reason, Replacement, ResourceChange
from generator.plan.differences import differences
from generator.plan.grouping import rectangles
from generator.plan.schemas import Recreation, Schemas, TypeSchema, read_schemas
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
    "Action",
    "CreateInstances",
    "CreateSet",
    "DeleteInstances",
    "DesiredSet",
    "DesiredStack",
    "Reason",
    "Recreation",
    "Replacement",
    "ResourceChange",
    "Schemas",
    "StackAction",
    "Step",
    "TypeSchema",
    "UpdateInstances",
    "UpdateSet",
    "decide",
    "differences",
    "differences_of_set",
    "kept",
    "read_schemas",
    "rectangles",
    "steps",
]
