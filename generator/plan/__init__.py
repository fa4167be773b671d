"""Desired × actual → what has to be done, as data. Pure: nothing here calls AWS.

stacks.py decides for single stacks (protection.py: what their updates must not touch),
stack_sets.py for StackSets; grouping.py packs account × region pairs into as few calls as AWS
allows, and operation_ids.py names them. differences.py says what another template would change.
matrix.py, calls.py and document.py make of it a plan that people and programs read; losses.py tells
what it would take away, saved.py whether a saved one still holds.
"""

from generator.plan.changes import Action, Reason, Replacement, ResourceChange
from generator.plan.differences import differences
from generator.plan.grouping import rectangles
from generator.plan.protection import stack_policy
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
from generator.plan.stacks import DesiredStack, StackAction, decide, wanted_policy

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
    "stack_policy",
    "steps",
    "wanted_policy",
]
