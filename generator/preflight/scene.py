"""What is about to be made, for checks to look at: from the build, and the stacks there are."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from generator.aws import Cloud, StackSets, logical_ids
from generator.build.manifest import BuiltUnit, Manifest
from generator.errors import GenError, Problem
from generator.preflight.template import Resource, Template
from generator.render.sourcemap import SourceMap
from generator.units import Kind, Pair

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changes:
    """Which stacks are about to be made, and which changed: pairs by unit."""

    created: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)
    updated: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)

    @property
    def units(self) -> set[str]:
        return {*self.created, *self.updated}

    @property
    def pairs(self) -> list[tuple[str, Pair]]:
        """All of them, with their unit."""
        both = (*self.created.items(), *self.updated.items())
        return [(unit, pair) for unit, pairs in both for pair in pairs]


class Scene:
    """All that checks know; what is asked of AWS for several of them is asked once."""

    def __init__(self, manifest: Manifest, folder: Path, cloud: Cloud, changes: Changes):
        self.manifest = manifest
        self.folder = folder
        self.cloud = cloud
        self.changes = changes
        self.unusable: set[Pair] = set()
        """Accounts and regions of which it was found that nothing will answer there."""
        self._created = {unit: frozenset(pairs) for unit, pairs in changes.created.items()}
        self._units: dict[Pair, list[str]] = {}
        for unit, pair in changes.pairs:
            self._units.setdefault(pair, []).append(unit)
        self._lock = threading.Lock()
        self._once: dict[Any, Callable[[], Any]] = {}

    def once(self, key: Any, ask: Callable[[], T]) -> T:
        """Ask, or give what the same question was answered before; other threads wait for it."""
        with self._lock:
            answer = self._once.setdefault(key, _Answer(ask))
        found: T = answer()
        return found

    def places(self) -> list[Pair]:
        """List the accounts and regions where anything changes, each once."""
        return list(self._units)

    def places_by_account(self) -> dict[str, list[Pair]]:
        """Group the places."""
        accounts: dict[str, list[Pair]] = {}
        for pair in self._units:
            accounts.setdefault(pair[0], []).append(pair)
        return accounts

    def will_have(self, unit: str, pair: Pair) -> list[Resource]:
        """List all resources of a stack as it will be."""
        built = self._unit(unit)
        account, region = pair
        return self.once(
            ("resources", unit, pair),
            lambda: list(
                self._template(built).resources(
                    built.parameters | built.overrides_of(pair), account=account, region=region
                )
            ),
        )

    def new(self, unit: str, pair: Pair) -> list[Resource]:
        """List the resources that a stack does not have yet; of a new stack that is all of them."""
        resources = self.will_have(unit, pair)
        if pair in self._created.get(unit, ()):
            return resources
        there = self.once(("stack", unit, pair), lambda: self._logical_ids(unit, pair))
        return [resource for resource in resources if resource.logical_id not in there]

    def all_at(self, place: Pair) -> Iterator[tuple[str, Resource]]:
        """Yield all that stacks of an account and region will have, with their units."""
        for unit in self._units.get(place, ()):
            for resource in self.will_have(unit, place):
                yield unit, resource

    def new_at(self, place: Pair) -> Iterator[tuple[str, Resource]]:
        """Yield what they do not have yet."""
        for unit in self._units.get(place, ()):
            for resource in self.new(unit, place):
                yield unit, resource

    def problem(self, unit: str, resource: Resource, message: str, *, hint: str) -> Problem:
        """Describe what is wrong with a resource by its line of the template."""
        rows = self.once(
            ("lines", unit),
            lambda: json.loads((self.folder / self._unit(unit).sources).read_text("utf-8")),
        )
        origin = SourceMap.from_rows(rows).at(resource.line)
        return Problem(
            message,
            file=origin.file if origin else None,
            line=origin.line if origin else None,
            hint=hint,
        )

    def stack_sets(self) -> StackSets:
        manifest = self.manifest
        return StackSets(self.cloud, account=manifest.tools_account, region=manifest.primary_region)

    def _unit(self, name: str) -> BuiltUnit:
        found = self.manifest.unit(name)
        assert found is not None, f"the build has no unit {name}"
        return found

    def _template(self, unit: BuiltUnit) -> Template:
        text = self.folder / unit.template
        return self.once(("template", unit.name), lambda: Template(text.read_text("utf-8")))

    def _logical_ids(self, unit: str, pair: Pair) -> frozenset[str]:
        built = self._unit(unit)
        name = built.stack_name
        if built.kind is Kind.STACK_SET:
            instances = self.once(
                ("instances", unit),
                lambda: {i.pair: i.stack_id for i in self.stack_sets().instances(name)},
            )
            name = instances.get(pair, "")
        return (
            logical_ids(self.cloud, name, account=pair[0], region=pair[1]) if name else frozenset()
        )


class _Answer:
    """Asks when it is first wanted, and once; a refusal is an answer, too."""

    def __init__(self, ask: Callable[[], Any]):
        self._lock = threading.Lock()
        self._ask = ask
        self._asked = False
        self._found: Any = None
        self._refusal: GenError | None = None

    def __call__(self) -> Any:
        with self._lock:
            if not self._asked:
                try:
                    self._found = self._ask()
                except GenError as error:
                    self._refusal = error
                self._asked = True
            if self._refusal is not None:
                raise self._refusal
            return self._found
