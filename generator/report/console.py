"""What `gen console` shows people: pages, and values grouped as the console shows them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from generator.deploy.inspection.console import ConsoleParameter, ConsoleUnit
from generator.plan.effects import Effect
from generator.units import Kind

_FEW = 4


def lines(unit: ConsoleUnit) -> Iterator[tuple[RenderableType, bool]]:
    """Yield what is shown of a unit, each with whether it must stay in one line, to be copied."""
    state = "" if not unit.compared else "deployed" if unit.deployed else "not deployed yet"
    yield (
        Text.assemble(
            (unit.unit, "bold"), (f"  {unit.kind} {unit.name} in {unit.account} {unit.region}  "),
            (state, "green" if unit.deployed else "yellow"),
        ),
        False,
    )  # fmt: skip
    for name, address in unit.pages.items():
        yield Text.assemble((f"  {name:10}", "dim"), address), True
    if not unit.groups:
        return
    yield from _how(unit)
    for group in unit.groups:
        yield Text(f"\n  {group.label}", "bold"), False
        for parameter in group.parameters:
            yield from _parameter(parameter, compared=unit.compared and unit.deployed)


def _how(unit: ConsoleUnit) -> Iterator[tuple[RenderableType, bool]]:
    if unit.kind is Kind.STACK_SET:
        said = (
            "To change values: Actions, Edit StackSet details, Use current template, Next; change"
            " them; Next; tick that IAM resources are made, Next; then name where:"
        )
        yield Padding(Text(said, "dim"), (1, 0, 0, 2), expand=False), False
        yield Text.assemble(("  accounts  ", "dim"), ",".join(unit.accounts)), True
        regions = ",".join(unit.regions)
        yield Text.assemble(("  regions   ", "dim"), regions, ("  in this order", "dim")), True
    else:
        said = "To change values: Update, Use existing template, Next; change them; Next, Next."
        yield Padding(Text(said, "dim"), (1, 0, 0, 2), expand=False), False


def _parameter(
    parameter: ConsoleParameter, *, compared: bool
) -> Iterator[tuple[RenderableType, bool]]:
    line = Text.assemble("    ", (parameter.name, "cyan"), ("  ", ""), parameter.value or '""')
    if compared and parameter.deployed != parameter.value:
        there = "not there yet" if parameter.deployed is None else parameter.deployed or '""'
        line.append(f"  (deployed: {there})", "yellow")
    yield line, True
    loud = parameter.effect.losing or parameter.effect.replaced
    said = Text(f"{parameter.label}: ", "dim")
    said.append(effect(parameter.effect), "red" if loud else "dim")
    yield Padding(said, (0, 0, 0, 6), expand=False), False
    for account, region, value in parameter.own:
        yield Text(f"      {account} {region} has {value}", "yellow"), True


def effect(found: Effect) -> str:
    """Say what another value does."""
    said = []
    if found.versions:
        functions = [name.removesuffix("Version") for name in found.versions]
        said.append(f"a new version of {_some(functions)}, to which traffic shifts")
    if found.replaced:
        said.append(f"makes {_some(found.replaced)} anew")
    if found.losing:
        said.append(f"LOSES DATA of {_some(found.losing)}")
    if not said and found.changed:
        types = [kind.removeprefix("AWS::") + _times(count) for kind, count in found.changed]
        return f"changes {_some(types)}; no new version"
    return ", ".join(said) or "changes outputs only"


def _times(count: int) -> str:
    return f" ({count})" if count > 1 else ""


def _some(names: list[str] | tuple[str, ...]) -> str:
    if len(names) <= _FEW:
        return ", ".join(names)
    return f"{', '.join(names[: _FEW - 1])} and {len(names) - _FEW + 1} more"
