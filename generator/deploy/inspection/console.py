"""What a person needs to change a unit in the console: its pages, and the values to paste there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.aws import Cloud, Stacks, StackSets
from generator.aws.console import stack_pages, stack_set_pages
from generator.build.folder import schemas_of
from generator.build.manifest import BuiltUnit, Manifest
from generator.plan.effects import Effect, effects
from generator.plan.evaluation import secret_parameters
from generator.plan.interface import INTERFACE, in_groups
from generator.plan.templates import read_template, section
from generator.plan.text import MASKED
from generator.units import Kind, Pair


@dataclass(frozen=True, slots=True)
class ConsoleParameter:
    """One parameter, as the console shows it."""

    name: str
    label: str
    description: str
    value: str
    """Of the build; what is secret is masked."""
    deployed: str | None
    """None where nobody could be asked, or it has no such parameter."""
    own: tuple[tuple[str, str, str], ...]
    """Account, region and value of instances that have another one than the set."""
    effect: Effect


@dataclass(frozen=True, slots=True)
class ConsoleGroup:
    """Parameters under one heading."""

    label: str
    parameters: tuple[ConsoleParameter, ...]


@dataclass(frozen=True, slots=True)
class ConsoleUnit:
    """A unit in the console."""

    unit: str
    kind: Kind
    name: str
    account: str
    region: str
    """Where its page is."""
    pages: dict[str, str]
    accounts: tuple[str, ...]
    """What an update of all instances names, as are the regions, in the order of waves."""
    regions: tuple[str, ...]
    compared: bool
    """Whether it was asked what is deployed."""
    deployed: bool
    groups: tuple[ConsoleGroup, ...] = ()


def console_unit(
    manifest: Manifest, folder: Path, unit: BuiltUnit, cloud: Cloud | None, *, values: bool
) -> ConsoleUnit:
    """Gather a unit's pages, and its values if they are wanted; without a cloud from the build.

    Raises GenError when the cloud does not answer.
    """
    own_account, own_region = unit.pairs[0]
    home = manifest.tools_account, manifest.primary_region
    account, region = home if unit.kind is Kind.STACK_SET else (own_account, own_region)
    found_id, deployed = _deployed(unit, cloud, account=account, region=region)
    pages = stack_set_pages if unit.kind is Kind.STACK_SET else stack_pages
    return ConsoleUnit(
        unit=unit.name,
        kind=unit.kind,
        name=unit.stack_name,
        account=account,
        region=region,
        pages=pages(region, unit.stack_name, found_id),
        accounts=tuple(dict.fromkeys(account for account, _ in unit.pairs)),
        regions=tuple(dict.fromkeys(region for _, region in unit.pairs)),
        compared=cloud is not None,
        deployed=found_id is not None,
        groups=tuple(_groups(unit, folder, deployed)) if values else (),
    )


def _deployed(
    unit: BuiltUnit, cloud: Cloud | None, *, account: str, region: str
) -> tuple[str | None, Mapping[str, str]]:
    """Give the id and the values of what is deployed, as far as it can be asked."""
    if cloud is None or not cloud.reaches(account):
        return None, {}
    if unit.kind is Kind.STACK_SET:
        found = StackSets(cloud, account=account, region=region).describe(unit.stack_name)
        return (found.id, found.values.parameters) if found else (None, {})
    state = Stacks(cloud, account=account, region=region).describe(unit.stack_name)
    return (state.id, state.parameters) if state else (None, {})


def _groups(unit: BuiltUnit, folder: Path, deployed: Mapping[str, str]) -> Iterator[ConsoleGroup]:
    """Yield the groups in the console's order, then what is in none, by name."""
    text = (folder / unit.template).read_text(encoding="utf-8")
    template = read_template(text)
    does = effects(text, unit.parameters, schemas=schemas_of(folder))
    secret = secret_parameters(template)
    own: dict[str, list[tuple[Pair, str]]] = {}
    for one in unit.overrides:
        for name, value in one.parameters.items():
            own.setdefault(name, []).append(((one.account, one.region), value))
    interface = section(section(template, "Metadata"), INTERFACE)
    labels = interface.get("ParameterLabels", {})

    def parameter(name: str) -> ConsoleParameter:
        definition = section(template, "Parameters")[name]
        hide = name in secret
        return ConsoleParameter(
            name=name,
            label=_text(labels.get(name)) or name,
            description=" ".join(str(definition.get("Description", "")).split()),
            value=MASKED if hide else unit.parameters.get(name, ""),
            deployed=MASKED if hide and name in deployed else deployed.get(name),
            own=tuple((*pair, MASKED if hide else value) for pair, value in own.get(name, ())),
            effect=does[name],
        )

    groups = (
        (_text(group.get("Label")), group.get("Parameters", ()))
        for group in interface.get("ParameterGroups", ())
    )
    for label, names in in_groups(section(template, "Parameters"), groups):
        yield ConsoleGroup(label, tuple(map(parameter, names)))


def _text(label: Any) -> str:
    return str(label.get("default", "")) if isinstance(label, dict) else ""
