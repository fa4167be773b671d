"""What there is to ask for: all rules with what they say of themselves, and the regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.lint import workers
from generator.lint.findings import Level
from generator.lint.store import Store


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says of itself."""

    id: str
    level: Level
    shortdesc: str
    description: str
    """What goes wrong."""
    source_url: str
    bad: str
    """An example with the mistake; empty for cfn-lint's own rules."""
    good: str
    ours: bool
    """Whether it is of the pack, not of cfn-lint's own."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rules by id, and the regions that templates can be judged for."""

    rules: Mapping[str, Rule]
    regions: tuple[str, ...]

    def unknown(self, beginnings: Iterable[str]) -> list[str]:
        """List what no rule's id begins with."""
        return [each for each in beginnings if not any(i.startswith(each) for i in self.rules)]


def catalogue(store: Store | None = None) -> Catalogue:
    """Give all rules; what they said before needs no loading of cfn-lint."""
    known: Any = store.load("catalogue") if store else None
    if known is None:
        known = workers.ask({}, limit=workers.START_SECONDS)
        if store:
            store.save(known, "catalogue")
    rules = (Rule(**row | {"level": Level(row["level"])}) for row in known["rules"])
    return Catalogue({rule.id: rule for rule in rules}, tuple(known["regions"]))
