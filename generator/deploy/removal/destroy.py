"""What destroying an environment would delete, what it leaves, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass, field

from generator.aws import Cloud, Stacks
from generator.config import Config, Names
from generator.deploy.inspection.existing import Existing, ExistingSet, ExistingStack, existing
from generator.deploy.removal.retained import Place, Retained, retained
from generator.errors import GenError, Problem
from generator.releases import Service
from generator.units import UNITS, Pair

_OWN_TAGS = ("Project", "Environment", "ManagedBy")


@dataclass(frozen=True, slots=True)
class StackRemoval:
    """Delete a stack."""

    unit: str
    purpose: str
    name: str
    id: str
    account: str
    region: str
    protected: bool
    """By termination protection, which is switched off first."""
    template: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetRemoval:
    """Delete instances of a StackSet with their stacks, and the set where none is left."""

    unit: str
    purpose: str
    name: str
    pairs: tuple[Pair, ...]
    keeps: tuple[Pair, ...]
    """Instances that the parameter file does not name: they stay, and so does the set."""
    template: str = field(repr=False)


Removal = StackRemoval | SetRemoval


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is left alone, why, and what its owner can do."""

    what: str
    why: str
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class DestroyPlan:
    """All of it, in the order of deletion."""

    name: str
    """Of the environment: what is typed to confirm."""
    removals: tuple[Removal, ...]
    left: tuple[Left, ...]
    retained: tuple[Retained, ...]

    @property
    def protected(self) -> tuple[StackRemoval, ...]:
        """The stacks whose termination protection is on."""
        return tuple(r for r in self.removals if isinstance(r, StackRemoval) and r.protected)

    def check(self, *, disable_protection: bool) -> None:
        """Raise GenError when protected stacks were not said to be meant."""
        if disable_protection:
            return
        if problems := [
            Problem(
                f"stack {stack.name} in {stack.account} {stack.region} is protected from deletion",
                hint="say --disable-protection to switch termination protection off and go on",
            )
            for stack in self.protected
        ]:
            raise GenError(problems)


def plan_destruction(config: Config, cloud: Cloud, *, all_instances: bool = False) -> DestroyPlan:
    """Look at everything, change nothing.

    `all_instances` means also those that the parameter file does not name.
    """
    found = existing(config, cloud)
    return _Planner(config, cloud, found, all_instances=all_instances).plan()


class _Planner:
    def __init__(self, config: Config, cloud: Cloud, found: Existing, *, all_instances: bool):
        self._config = config
        self._cloud = cloud
        self._found = found
        self._all = all_instances
        self._names = Names.of(config)
        self._wanted = {(account, region) for account, region in config.pairs} | {
            (config.targets.tools_account, region) for region in config.regions.artifacts
        }
        self._left: list[Left] = []

    def plan(self) -> DestroyPlan:
        """Go through the units in reverse: each may rely on those before it."""
        removals: list[Removal] = []
        relied_on_by: str | None = None
        for unit in reversed(UNITS):
            there: tuple[ExistingStack | ExistingSet, ...]
            there = (*self._found.stacks, *self._found.sets)
            of_unit = [one for one in there if one.unit is unit]
            for one in filter(self._is_ours, of_unit):
                if relied_on_by:
                    self._left.append(Left(one.name, f"{relied_on_by} relies on it"))
                elif isinstance(one, ExistingStack):
                    removals.append(self._stack(one))
                else:
                    removals.append(removal := self._set(one))
                    if removal.keeps:
                        relied_on_by = f"an instance of {one.name} that stays"
        self._left += self._unreachable()
        return DestroyPlan(
            name=self._names.prefix,
            removals=tuple(r for r in removals if not isinstance(r, SetRemoval) or _does(r)),
            left=tuple(self._left),
            retained=tuple(self._retained(removals)),
        )

    def _is_ours(self, one: ExistingStack | ExistingSet) -> bool:
        """Tell by the tags: a name alone is no proof."""
        found = one.state.tags if isinstance(one, ExistingStack) else one.state.values.tags
        wanted = self._config.all_tags
        wrong = [f"{tag} is {found.get(tag, 'missing')}" for tag in _OWN_TAGS
                 if found.get(tag) != wanted[tag]]  # fmt: skip
        if wrong:
            self._left.append(
                Left(one.name, f"it has its name, but was not made by gen: {', '.join(wrong)}")
            )
        return not wrong

    def _stack(self, one: ExistingStack) -> StackRemoval:
        stacks = Stacks(self._cloud, account=one.account, region=one.region)
        reviewed = one.state.status == "REVIEW_IN_PROGRESS"
        return StackRemoval(
            unit=one.unit.name,
            purpose=one.unit.purpose,
            name=one.name,
            id=one.state.id,
            account=one.account,
            region=one.region,
            protected=one.state.protected,
            # Of what was only reviewed there is no template yet.
            template="" if reviewed else stacks.template(one.state.id),
        )

    def _set(self, one: ExistingSet) -> SetRemoval:
        pairs = [instance.pair for instance in one.instances]
        keeps = tuple(pair for pair in pairs if pair not in self._wanted and not self._all)
        if keeps:
            self._left.append(
                Left(
                    f"{one.name} in {', '.join(' '.join(pair) for pair in keeps)}",
                    "the parameter file does not name it: a former target, or somebody else's",
                    "say --all-instances to delete it, too",
                )
            )
        return SetRemoval(
            unit=one.unit.name,
            purpose=one.unit.purpose,
            name=one.name,
            pairs=tuple(pair for pair in pairs if pair not in keeps),
            keeps=keeps,
            template=one.state.template,
        )

    def _unreachable(self) -> list[Left]:
        name, region = self._names.stack("execution-role"), self._config.regions.primary
        return [
            Left(
                f"{name} in {account} {region}, if it is there",
                "this account cannot be reached from here",
                "have its owner run, once all else is gone: aws cloudformation delete-stack"
                f" --stack-name {name} --region {region}; or set targets.assume_role",
            )
            for account in self._found.unreachable
        ]

    def _retained(self, removals: list[Removal]) -> list[Retained]:
        ids = {(s.name, i.pair): i.stack_id for s in self._found.sets for i in s.instances}
        places = []
        for one in removals:
            if isinstance(one, StackRemoval):
                places.append(Place(one.unit, one.account, one.region, one.id, one.template))
            else:
                places += [
                    Place(one.unit, *pair, ids[one.name, pair], one.template) for pair in one.pairs
                ]
        return retained(places, Service.of_config(self._config), self._cloud)


def _does(removal: SetRemoval) -> bool:
    return bool(removal.pairs or not removal.keeps)
