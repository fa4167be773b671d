"""Which stacks become instances of a StackSet, and what each keeps of its own. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-import.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.errors import GenError, Problem
from generator.plan.changes import Action, ResourceChange
from generator.plan.differences import differences
from generator.plan.evaluation import secret_parameters
from generator.plan.state import Instance, StackState
from generator.plan.templates import read_template, section
from generator.plan.text import MASKED
from generator.units import Pair

MOST_AT_ONCE = 10
"""Stacks that one call may name.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ImportStacksToStackSet.html"""
_IMPORTABLE = {
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arn:
    """A stack's id."""

    text: str
    account: str
    region: str
    name: str

    @property
    def pair(self) -> Pair:
        return self.account, self.region

    @classmethod
    def parse(cls, text: str) -> Arn | None:
        """Read a stack's ARN; None when it is none."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != "cloudformation":
            return None
        kind, _, rest = parts[5].partition("/")
        name, _, unique = rest.partition("/")
        return cls(text, parts[4], parts[3], name) if kind == "stack" and unique else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stack that somebody wants in the set, as it is."""

    arn: Arn
    stack: StackState | None
    template: str
    problem: str = ""
    """Why it could not be looked at."""


@dataclass(frozen=True, slots=True)
class Override:
    """A value that a stack keeps though the set has another."""

    name: str
    of_set: str | None
    of_stack: str


@dataclass(frozen=True, slots=True)
class StackImport:
    """What becomes of one stack."""

    stack_id: str
    account: str
    region: str
    name: str
    done: bool
    """It is an instance of the set already."""
    configured: bool
    """The configuration names its account and region; if not, no deployment reaches it."""
    overrides: tuple[Override, ...]
    differences: tuple[str, ...]
    """Where its template says something else than the set's."""
    refusals: tuple[str, ...]
    """Why it cannot be imported."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do."""

    unit: str
    stack_set: str
    creates: bool
    """The set is not there yet."""
    stacks: tuple[StackImport, ...]

    @property
    def problems(self) -> list[Problem]:
        return [
            Problem(f"{one.name} in {one.account} {one.region}: {refusal}")
            for one in self.stacks
            for refusal in one.refusals
        ]

    @property
    def batches(self) -> list[list[str]]:
        """The ids of the stacks that are to be imported, as many as fit into a call."""
        ids = [one.stack_id for one in self.stacks if not one.done]
        return [ids[i : i + MOST_AT_ONCE] for i in range(0, len(ids), MOST_AT_ONCE)]


@dataclass(frozen=True, slots=True)
class Host:
    """The set that is to hold the stacks: as it is, or as it would be made."""

    name: str
    template: str
    parameters: Mapping[str, str]
    instances: Mapping[Pair, Instance]
    targets: frozenset[Pair]
    """Those of the configuration."""


def examine(host: Host, candidates: list[Candidate]) -> tuple[StackImport, ...]:
    """Say what becomes of each stack: every reason against it at once."""
    pairs = [one.arn.pair for one in candidates]
    return tuple(_examined(host, one, alone=pairs.count(one.arn.pair) == 1) for one in candidates)


def _examined(host: Host, one: Candidate, *, alone: bool) -> StackImport:
    instance = host.instances.get(one.arn.pair)
    mine = instance is not None and instance.stack_id == one.arn.text
    done = mine and instance is not None and instance.detailed_status != "FAILED_IMPORT"
    refusals = list(_refusals(one))
    told: tuple[str, ...] = ()
    if not alone:
        refusals.append("another stack of the same account and region is named, too")
    if instance is not None and not mine:
        refusals.append(f"{host.name} has an instance there already: {instance.stack_id}")
    if one.stack and not one.problem and not done:
        told = tuple(_template_differences(host, one))
        if told:
            refusals.append(f"its template is not that of {host.name}")
    return StackImport(
        stack_id=one.arn.text,
        account=one.arn.account,
        region=one.arn.region,
        name=one.arn.name,
        done=done,
        configured=one.arn.pair in host.targets,
        overrides=() if told or refusals or done else tuple(_overrides(host, one)),
        differences=told,
        refusals=() if done else tuple(refusals),
    )


def _refusals(one: Candidate) -> Iterator[str]:
    if one.problem:
        yield one.problem
    elif one.stack is None:
        yield "there is no such stack"
    elif one.stack.status not in _IMPORTABLE:
        yield f"it is {one.stack.status}: let it end, or bring it into order first"
    if one.template and (hidden := sorted(secret_parameters(read_template(one.template)))):
        yield f"it has NoEcho parameters ({', '.join(hidden)}), which no import supports"


def _template_differences(host: Host, one: Candidate) -> Iterator[str]:
    """Tell how a stack's template differs from the set's; formatting and comments don't count."""
    if read_template(one.template) == read_template(host.template):
        return
    values = one.stack.parameters if one.stack else {}
    try:
        changes = differences(
            one.template, host.template, parameters_before=values, parameters_after=values,
            schemas={},
        )  # fmt: skip
    except GenError as error:
        yield error.problems[0].message
        return
    for change in changes:
        yield from _change(change)
    if not changes:
        yield "only in what its parameter values turn off"


def _change(change: ResourceChange) -> Iterator[str]:
    what = f"{change.logical_id} ({change.type})"
    if change.action is Action.ADD:
        yield f"{what} is in the set's template only"
    elif change.action is Action.REMOVE:
        yield f"{what} is in the stack's template only"
    for reason in change.reasons:
        yield f"{what} {reason.path}: {reason.before} in the stack, {reason.after} in the set"


def _overrides(host: Host, one: Candidate) -> Iterator[Override]:
    declared = section(read_template(host.template), "Parameters")
    defaults = {
        name: str(body["Default"])
        for name, body in declared.items()
        if isinstance(body, dict) and "Default" in body
    }
    of_set = {**defaults, **host.parameters}
    for name, value in (one.stack.parameters if one.stack else {}).items():
        if name in declared and of_set.get(name) != value and value != MASKED:
            yield Override(name, of_set.get(name), value)
