"""What a check says, and what a check is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from generator.codes import Code
from generator.errors import Problem

if TYPE_CHECKING:
    from generator.preflight.scene import Scene


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that would go wrong, or that could not be looked at."""

    code: str
    problem: Problem
    blocking: bool = True
    ignored: bool = False

    @property
    def stops(self) -> bool:
        """Whether nothing may be deployed while this is so."""
        return self.blocking and not self.ignored

    def as_ignored(self) -> Finding:
        return dataclasses.replace(self, ignored=True)


@dataclass(frozen=True, slots=True)
class Look:
    """One piece of a check that can be done by itself, beside all others."""

    account: str
    region: str
    see: Callable[[], Iterable[Finding]]


class Check(Protocol):
    """One thing that is looked at before anything is made."""

    @property
    def code(self) -> Code: ...

    def looks(self, scene: Scene) -> Iterable[Look]:
        """Say what there is to look at; nothing is asked of AWS yet."""
