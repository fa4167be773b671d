"""What a new project has to be told, and what is taken where nobody says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_LONGEST = 20
"""Characters of a name with which every bucket's and role's, in any region, fits AWS's limits."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that differs between two projects on their first day."""

    project: str
    owner: str
    cost_center: str
    account: str
    regions: tuple[str, ...]
    """The first is the canary."""
    alert_email: str | None

    @classmethod
    def usual(cls, folder: Path) -> Self:
        """Give the answers of somebody who says nothing; the account is the local cloud's."""
        name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
        name = name[:_LONGEST].rstrip("-")
        project = name if name[:1].isalpha() else "hello"
        return cls(
            project=project,
            owner=f"{project}-team",
            cost_center="CC-0000",
            account="111111111111",
            regions=("us-west-2", "us-east-1", "eu-central-1"),
            alert_email=None,
        )

    @property
    def primary(self) -> str:
        """Choose the primary region: not the canary, which is the first to break."""
        return (*self.regions[1:], *self.regions, "")[0]
