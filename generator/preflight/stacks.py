"""P401 to P404: the stacks, StackSets and stack instances themselves fit into the quotas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from generator.aws import Cloud, count_stacks, service_quota, stack_set_names
from generator.build.manifest import BuiltUnit
from generator.codes import Code
from generator.codes import preflight as codes
from generator.errors import Problem
from generator.preflight.finding import Finding, Look
from generator.preflight.quotas import exceeded
from generator.preflight.scene import Scene
from generator.units import Kind, Pair

_SERVICE = "cloudformation"


class StackQuota:
    """Each account and region may have that many more stacks."""

    code = codes.P401

    def looks(self, scene: Scene) -> Iterable[Look]:
        new: dict[Pair, int] = {}
        for pairs in scene.changes.created.values():
            for pair in pairs:
                new[pair] = new.get(pair, 0) + 1
        for pair, number in new.items():
            yield Look(*pair, partial(self.find, scene.cloud, pair, number))

    def find(self, cloud: Cloud, pair: Pair, new: int) -> Iterator[Finding]:
        account, region = pair
        used = count_stacks(cloud, account=account, region=region)
        quota = _quota(cloud, "L-0485CB21", 2_000, pair)
        yield from _finding(
            self.code, "stacks", f"{account} {region}", new=new, used=used, quota=quota
        )


class StackSetQuota:
    """The account may have that many more StackSets."""

    code = codes.P402

    def looks(self, scene: Scene) -> Iterable[Look]:
        sets = [unit for unit in _sets(scene) if unit.name in scene.changes.created]
        if sets:
            home = _home(scene)
            yield Look(*home, partial(self.find, scene.cloud, home, sets))

    def find(self, cloud: Cloud, home: Pair, sets: list[BuiltUnit]) -> Iterator[Finding]:
        account, region = home
        there = stack_set_names(cloud, account=account, region=region)
        new = sum(unit.stack_name not in there for unit in sets)
        if new:
            quota = _quota(cloud, "L-EC62D81A", 1_000, home)
            where = f"account {account}"
            yield from _finding(
                self.code, "StackSets", where, new=new, used=len(there), quota=quota
            )


class InstanceQuota:
    """Each StackSet may have that many more stack instances."""

    code = codes.P403

    def looks(self, scene: Scene) -> Iterable[Look]:
        home = _home(scene)
        for unit in _sets(scene):
            if new := len(scene.changes.created.get(unit.name, ())):
                yield Look(*home, partial(self.find, scene, home, unit, new))

    def find(self, scene: Scene, home: Pair, unit: BuiltUnit, new: int) -> Iterator[Finding]:
        # Those that are kept of former targets are not counted: a page for each hundred of them.
        wanted = len(unit.pairs)
        quota = _quota(scene.cloud, "L-C8225BA5", 100_000, home)
        used = max(wanted - new, 0)
        yield from _finding(
            self.code, "stack instances", unit.stack_name, new=new, used=used, quota=quota
        )


class OperationQuota:
    """An operation is not held up by its own size."""

    code = codes.P404

    def looks(self, scene: Scene) -> Iterable[Look]:
        home = _home(scene)
        largest = max(
            (len(set(wave) & _changing(scene, u)) for u in _sets(scene) for wave in u.waves),
            default=0,
        )
        if largest:
            yield Look(*home, partial(self.find, scene.cloud, home, largest))

    def find(self, cloud: Cloud, home: Pair, largest: int) -> Iterator[Finding]:
        quota = _quota(cloud, "L-6A4B2F69", 10_000, home)
        if largest > quota:
            yield Finding(
                self.code.number,
                Problem(
                    f"the largest wave changes {largest} stack instances, of which account"
                    f" {home[0]} works on {quota} at the same time",
                    hint="it will take longer; smaller waves (regions.waves) tell more of how far"
                    " it is",
                ),
                blocking=False,
            )


def _sets(scene: Scene) -> list[BuiltUnit]:
    changing = scene.changes.units
    return [u for u in scene.manifest.units if u.kind is Kind.STACK_SET and u.name in changing]


def _changing(scene: Scene, unit: BuiltUnit) -> set[Pair]:
    changes = scene.changes
    return {*changes.created.get(unit.name, ()), *changes.updated.get(unit.name, ())}


def _home(scene: Scene) -> Pair:
    return scene.manifest.tools_account, scene.manifest.primary_region


def _quota(cloud: Cloud, code: str, default: int, pair: Pair) -> int:
    return service_quota(cloud, _SERVICE, code, default=default, account=pair[0], region=pair[1])


def _finding(
    code: Code, what: str, where: str, *, new: int, used: int, quota: int
) -> Iterator[Finding]:
    if problem := exceeded(what, where, new=new, used=used, quota=quota):
        yield Finding(code.number, problem)
