"""What is tried out where: units, regions, and names that no other run has."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from generator.build.manifest import BuiltUnit, Manifest
from generator.config import Config
from generator.config.names import too_long
from generator.errors import GenError, Problem, UsageError
from generator.units import SERVICE

CORE, ARTIFACTS, ROLES = "core", "artifacts", "roles"
LEFT_OUT = {
    "execution-role": "belongs to other accounts, and trusts a role that must be there before",
    "account": "sets the role by which all REST APIs of the account log",
    "pipeline": "releases to StackSets, which a test does not make",
}
"""Units that can't be tried alone, and why."""
_NESTED = (CORE, SERVICE)
"""A region's service delivers to a core: they are tried together, each region with a core of its
own, so that no region needs another one."""
_ID_LENGTHS = range(7, 1, -1)


@dataclass(frozen=True, slots=True)
class Subject:
    """A unit in a region."""

    unit: str
    region: str
    stack: str
    """Name of the stack that taskcat makes."""
    nested: str | None = None
    """Logical id in it of the unit's own stack."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: everything that it makes, by name."""

    environment: str
    """Of the parameter file."""
    name: str
    """The environment that the run makes for itself."""
    project: str
    account: str
    primary_region: str
    staging: str
    """Bucket of the code in each region, without its last part: the region."""
    subjects: tuple[Subject, ...]
    tags: dict[str, str]
    local: bool = False
    """Whether it is tried on the local cloud."""

    @property
    def cleaning(self) -> str:
        """Give the command that deletes what the run has left."""
        return f"gen test -e {self.environment}{' --local' if self.local else ''} --clean"

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(subject.region for subject in self.subjects))

    @property
    def stacks(self) -> tuple[tuple[str, str], ...]:
        """Name and region of every stack that taskcat makes."""
        return tuple(dict.fromkeys((one.stack, one.region) for one in self.subjects))

    @property
    def buckets(self) -> dict[str, str]:
        """Give each region's bucket of code, which taskcat makes and never deletes."""
        return {region: f"{self.staging}-{region}" for region in self.regions}

    def environment_of(self, unit: str) -> str:
        """Name the environment that a unit is given.

        The one of artifacts makes the bucket that taskcat stages the code in: it needs another.
        """
        return f"a{self.name[1:]}" if unit == ARTIFACTS else self.name

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Trial:
        data = json.loads(text)
        return cls(**{**data, "subjects": tuple(Subject(**one) for one in data["subjects"])})


def design(
    config: Config, manifest: Manifest, *, units: Collection[str] = (),
    regions: Collection[str] = (), local: bool = False,
) -> Trial:  # fmt: skip
    """Choose what is tried; all that can be, unless units or regions are named.

    Raises UsageError for those that the environment does not have, or that can't stand alone.
    """
    _check(manifest, units, regions)
    name = _name(config)
    prefix = f"{manifest.project}-{name}"
    subjects: list[Subject] = []
    for unit in manifest.units:
        if unit.name in LEFT_OUT or not _chosen(unit.name, units):
            continue
        for region in _regions_of(unit, manifest):
            if regions and region not in regions:
                continue
            nested = unit.name in _NESTED
            subjects.append(
                Subject(
                    unit=unit.name,
                    region=region,
                    stack=f"{prefix}-{SERVICE if nested else unit.name}",
                    nested=unit.name.capitalize() if nested else None,
                )
            )
    if not subjects:
        raise UsageError(f"{', '.join(units)}: only tried in {manifest.primary_region}")
    return Trial(
        environment=manifest.environment,
        name=name,
        project=manifest.project,
        account=manifest.tools_account,
        primary_region=manifest.primary_region,
        staging=f"{prefix}-{ARTIFACTS}-{manifest.tools_account}",
        subjects=tuple(subjects),
        tags={**manifest.tags, "Environment": name},
        local=local,
    )


def left_out(manifest: Manifest) -> list[tuple[str, str]]:
    """List the units of a build that are not tried, and why."""
    return [(unit.name, LEFT_OUT[unit.name]) for unit in manifest.units if unit.name in LEFT_OUT]


def _chosen(unit: str, units: Collection[str]) -> bool:
    return not units or unit in units or (unit == CORE and SERVICE in units)


def _regions_of(unit: BuiltUnit, manifest: Manifest) -> Iterable[str]:
    """Say where a unit is tried: roles are names of the whole account, so in one region."""
    if unit.name == ROLES:
        return (manifest.primary_region,)
    of = manifest.service if unit.name == CORE else unit
    return dict.fromkeys(region for _, region in of.pairs)


def _check(manifest: Manifest, units: Collection[str], regions: Collection[str]) -> None:
    there = [unit.name for unit in manifest.units]
    problems = []
    for unit in units:
        if unit in LEFT_OUT:
            problems.append(Problem(f"{unit} can't be tested alone: it {LEFT_OUT[unit]}"))
        elif unit not in there:
            able = ", ".join(name for name in there if name not in LEFT_OUT)
            problems.append(Problem(f"there is no unit '{unit}'", hint=f"one of {able}"))
    known = dict.fromkeys([*manifest.artifact_buckets, *(r for _, r in manifest.service.pairs)])
    problems += [
        Problem(
            f"{manifest.environment} has no region '{region}'", hint=f"one of {', '.join(known)}"
        )
        for region in regions
        if region not in known
    ]
    if problems:
        raise UsageError(problems)


def _name(config: Config) -> str:
    """Make up an environment's name: as long as the longest name of AWS's leaves room for."""
    letters = string.ascii_lowercase + string.digits
    for length in _ID_LENGTHS:
        name = "t" + "".join(secrets.choice(letters) for _ in range(length))
        if not too_long(config.model_copy(update={"environment": name})):
            return name
    raise GenError(
        Problem(
            f"project '{config.project}' is too long: no name of a test fits beside it",
            hint="a shorter name of the project leaves room for a test's own names",
        )
    )
