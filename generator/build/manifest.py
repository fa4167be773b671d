"""The table of contents of a build: all that a deployment needs to know."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from generator.units import SERVICE, Kind, Pair, Waves

FORMAT = 1
"""Goes up when an older `gen` could misread a newer manifest."""


@dataclass(frozen=True, slots=True)
class BuiltFunction:
    """A function's package."""

    name: str
    source: str
    file: str
    """In the build folder."""
    key: str
    """In the artifact buckets."""
    sha256: str
    compiled: tuple[str, ...]
    """What in it runs on one architecture only; nothing when it is pure Python."""


@dataclass(frozen=True, slots=True)
class InstanceParameters:
    """Values that one stack instance has instead of its set's."""

    account: str
    region: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class BuiltUnit:
    """A proven template, the values of all its parameters, and where it goes."""

    name: str
    kind: Kind
    stack_name: str
    template: str
    """File in the build folder, as is `sources`."""
    sources: str
    parameters: dict[str, str]
    waves: Waves
    needs_code: bool
    capabilities: tuple[str, ...]
    overrides: tuple[InstanceParameters, ...] = ()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All accounts and regions, in wave order."""
        return tuple(pair for wave in self.waves for pair in wave)

    def overrides_of(self, pair: Pair) -> dict[str, str]:
        """Give the values that an instance has instead of the set's."""
        return next((o.parameters for o in self.overrides if (o.account, o.region) == pair), {})


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole build."""

    project: str
    environment: str
    release: str
    """Twelve hex digits, from the content: the same input is the same release."""
    inputs: str
    """Digest of everything the build was made from, to notice that it is out of date."""
    tools_account: str
    primary_region: str
    administration_role: str
    """ARN."""
    execution_role: str
    """Name."""
    assume_role: str | None
    """Name of the role by which gen acts in the other target accounts."""
    artifact_buckets: dict[str, str]
    """Bucket by region, in the tools account."""
    tags: dict[str, str]
    bake_minutes: int
    """How long a wave's alarms must stay quiet before the next one."""
    health_function: str | None
    """The function that answers GET /health; None when no function does."""
    units: tuple[BuiltUnit, ...]
    functions: tuple[BuiltFunction, ...]
    files: dict[str, str]
    """SHA-256 of every other file of the build."""
    termination_protection: bool = False
    """Of the single stacks, as is `stack_policy`."""
    stack_policy: bool = False

    @property
    def service(self) -> BuiltUnit:
        """Give the unit that releases are about; every build has it."""
        return next(unit for unit in self.units if unit.name == SERVICE)

    def unit(self, name: str) -> BuiltUnit | None:
        """Find a unit by name."""
        return next((unit for unit in self.units if unit.name == name), None)

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest; raises ValueError, KeyError or TypeError when it is none of ours."""
        data: dict[str, Any] = json.loads(text)
        if data.pop("format") != FORMAT:
            raise ValueError("another format")
        units = tuple(_unit(unit) for unit in data.pop("units"))
        functions = tuple(
            BuiltFunction(**{**f, "compiled": tuple(f["compiled"])}) for f in data.pop("functions")
        )
        return cls(**data, units=units, functions=functions)


def _unit(data: dict[str, Any]) -> BuiltUnit:
    return BuiltUnit(
        **{
            **data,
            "kind": Kind(data["kind"]),
            "waves": tuple(
                tuple((account, region) for account, region in wave) for wave in data["waves"]
            ),
            "capabilities": tuple(data["capabilities"]),
            "overrides": tuple(InstanceParameters(**o) for o in data["overrides"]),
        }
    )
