"""Show which stacks would become instances of a StackSet."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from generator.plan.imports import ImportPlan, StackImport


def import_plan(plan: ImportPlan) -> Group:
    """Draw a plan: the set, then every stack with what it keeps, or what is against it."""
    return Group(*_parts(plan))


def _parts(plan: ImportPlan) -> Iterator[RenderableType]:
    how = "will be created, with the build's template" if plan.creates else "exists"
    yield Text.assemble((plan.stack_set, "bold"), f"  {how}")
    for one in plan.stacks:
        yield from _stack(one)


def _stack(one: StackImport) -> Iterator[RenderableType]:
    symbol, style, said = "+", "green", "import: its template is the set's"
    if one.done:
        symbol, style, said = "=", "dim", "is an instance already"
    elif one.refusals:
        symbol, style, said = "✗", "bold red", "cannot be imported"
    line = Text(f"  {symbol} {one.account} {one.region:14}  {one.name}  ", style=style)
    yield line.append(said, style="")
    for refusal in one.refusals:
        yield _below(refusal, style="red")
    for difference in one.differences:
        yield _below(difference, indent=8)
    for override in one.overrides:
        yield _below(f"keeps {override.name}={override.of_stack}; the set has {override.of_set}")
    if one.overrides:
        yield _below("gen deploy will give them the configuration's values", style="yellow")
    if not one.configured and not one.done:
        yield _below("the configuration does not name it: gen deploy will leave it as it is")


def _below(text: str, *, style: str = "dim", indent: int = 6) -> Padding:
    return Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent), expand=False)
