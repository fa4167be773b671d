"""Show what a destruction or a pruning would do, before anybody confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from generator.deploy.release.pruning import PrunePlan
from generator.deploy.removal.destroy import DestroyPlan, Left, Removal, SetRemoval
from generator.deploy.removal.retained import NO_STACK, Retained


def destruction(plan: DestroyPlan) -> Group:
    """Draw what would be deleted, what stays by design, and what is left alone."""
    return Group(*_destruction(plan))


def _destruction(plan: DestroyPlan) -> Iterator[RenderableType]:
    yield Text(plan.name, style="bold")
    if plan.removals:
        yield Text()
        yield Text("Deleted, in this order", style="bold red")
        for removal in plan.removals:
            yield from _removal(removal)
    if plan.retained:
        yield Text()
        yield Text("Kept: nothing that holds data is deleted", style="bold green")
        by_place = groupby(plan.retained, lambda one: (one.account, one.region, one.unit))
        for (account, region, unit), there in by_place:
            yield _line(f"{account} {region} {unit}", style="dim")
            yield from map(_retained, there)
        if any(one.takes_a_name for one in plan.retained):
            yield _line(
                f"! While these are there, {plan.name} cannot be deployed again: their names are"
                " taken. Delete what is not wanted any more, or deploy under another name."
                " A key goes last: without it, what it encrypted is lost.",
                style="yellow",
            )
    if plan.left:
        yield Text()
        yield Text("Left alone", style="bold yellow")
        for left in plan.left:
            yield from _left(left)


def _removal(removal: Removal) -> Iterator[RenderableType]:
    if isinstance(removal, SetRemoval):
        what = "instances of StackSet" if removal.keeps else "StackSet"
        yield _line(f"- {what} {removal.name}")
        for account, region in removal.pairs:
            yield _line(f"- its stack in {account} {region}", indent=4)
        return
    yield _line(f"- stack {removal.name} in {removal.account} {removal.region}")
    if removal.protected:
        yield _line("its termination protection is switched off first", indent=4, style="yellow")


def _retained(one: Retained) -> RenderableType:
    kind = one.type.removeprefix("AWS::").replace("::", " ")
    name = one.name or "(its name cannot be looked up from here)"
    of = "" if one.unit == NO_STACK else f" {one.logical_id}"
    return _line(f"= {kind}{of}: {name}", indent=4)


def _left(left: Left) -> Iterator[RenderableType]:
    yield _line(f"! {left.what}: {left.why}")
    if left.to_do:
        yield _line(f"→ {left.to_do}", indent=4, style="cyan")


def pruning(plan: PrunePlan) -> Group:
    """Draw which releases stay, and what goes."""
    return Group(*_pruning(plan))


def _pruning(plan: PrunePlan) -> Iterator[RenderableType]:
    yield Text(plan.name, style="bold")
    for kept in plan.kept:
        yield _line(f"= {kept.release}  {kept.reason}")
    for release in plan.pruned:
        yield _line(f"- {release}", style="red")
    for region, keys in plan.packages.items():
        yield _line(f"  {region:14} {len(keys)} packages go")
    if plan.pruned:
        yield _line(
            "The buckets keep versions: what is deleted can be brought back for 90 days.",
            style="dim",
        )


def _line(text: str, *, indent: int = 2, style: str = "") -> Padding:
    return Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent), expand=False)
