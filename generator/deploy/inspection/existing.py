"""What there is of an environment: its units' stacks and sets, whoever deployed them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.aws import Cloud, Stacks, StackSets
from generator.config import Config, Names
from generator.plan.state import Instance, StackSetState, StackState
from generator.units import UNITS, Kind, Pair, Unit


@dataclass(frozen=True, slots=True)
class ExistingStack:
    """A unit's stack."""

    unit: Unit
    name: str
    account: str
    region: str
    state: StackState


@dataclass(frozen=True, slots=True)
class ExistingSet:
    """A unit's StackSet."""

    unit: Unit
    name: str
    state: StackSetState
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Existing:
    """All of it, in the order of deployment."""

    stacks: tuple[ExistingStack, ...]
    sets: tuple[ExistingSet, ...]
    unreachable: tuple[str, ...]
    """Accounts that have, or may have, something of ours, and cannot be looked into."""


def existing(config: Config, cloud: Cloud) -> Existing:
    """Look for every unit, also those that the parameter file does not ask for any more."""
    return _Look(config, cloud).run()


class _Look:
    def __init__(self, config: Config, cloud: Cloud):
        self._cloud = cloud
        self._names = Names.of(config)
        self._tools, self._primary = config.targets.tools_account, config.regions.primary
        self._accounts = config.targets.service_accounts
        self._sets = StackSets(cloud, account=self._tools, region=self._primary)

    def run(self) -> Existing:
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="existing") as pool:
            sets = tuple(one for one in pool.map(self._set, _of(Kind.STACK_SET)) if one)
            instances = [instance for one in sets for instance in one.instances]
            accounts = [*self._accounts, *(instance.account for instance in instances)]
            others = [a for a in dict.fromkeys(accounts) if a != self._tools]
            places = [
                (unit, (account, self._primary))
                for unit in _of(Kind.STACK)
                for account in (others if unit.name == "execution-role" else [self._tools])
                if self._cloud.reaches(account)
            ]
            stacks = tuple(one for one in pool.map(lambda p: self._stack(*p), places) if one)
        unreachable = tuple(a for a in others if not self._cloud.reaches(a))
        return Existing(stacks, sets, unreachable)

    def _set(self, unit: Unit) -> ExistingSet | None:
        name = self._names.stack(unit.name)
        state = self._sets.describe(name)
        if state is None:
            return None
        return ExistingSet(unit, name, state, tuple(self._sets.instances(name)))

    def _stack(self, unit: Unit, pair: Pair) -> ExistingStack | None:
        name = self._names.stack(unit.name)
        state = Stacks(self._cloud, account=pair[0], region=pair[1]).describe(name)
        return ExistingStack(unit, name, *pair, state) if state else None


def _of(kind: Kind) -> list[Unit]:
    return [unit for unit in UNITS if unit.kind is kind]
