"""What deployed stacks say of themselves, for people to read and to copy from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text


def lines(stacks: Iterable[Mapping[str, Any]]) -> Iterator[Text]:
    """Write each stack and below it its outputs, one a line."""
    for stack in stacks:
        where = f"  {stack['account']} {stack['region']}  {stack['status']}"
        yield Text.assemble((stack["unit"], "bold"), (where, "dim"))
        for name, value in stack["outputs"].items():
            yield Text.assemble(f"  {name} ", (str(value), "cyan"))
