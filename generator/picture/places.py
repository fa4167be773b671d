"""Where everything is: accounts, regions, waves, units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.config import Config
from generator.picture.unit import RenderedUnit


@dataclass(frozen=True, slots=True)
class Place:
    """A region of the service."""

    region: str
    wave: int
    """1-based; the first wave is the canary."""
    accounts: tuple[str, ...]
    """In which the service runs there."""
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Deployed:
    """A unit, and where it is deployed."""

    name: str
    kind: str
    purpose: str
    stacks: int
    regions: tuple[str, ...]
    accounts: tuple[str, ...]
    resources: int
    """In each of its stacks."""


@dataclass(frozen=True, slots=True)
class Places:
    """All accounts, regions and waves of an environment."""

    primary: str
    tools_account: str
    accounts: tuple[str, ...]
    """The tools account first."""
    places: tuple[Place, ...]
    """In wave order."""

    @property
    def waves(self) -> tuple[tuple[Place, ...], ...]:
        """The places wave by wave."""
        count = max((place.wave for place in self.places), default=0)
        return tuple(
            tuple(place for place in self.places if place.wave == number)
            for number in range(1, count + 1)
        )

    @property
    def primary_serves(self) -> bool:
        """Whether the service itself runs in the primary region, too."""
        return any(place.is_primary for place in self.places)


def places_of(config: Config, service: RenderedUnit) -> Places:
    """Say where the service is."""
    places = []
    for number, wave in enumerate(service.waves, 1):
        by_region: dict[str, list[str]] = {}
        for account, region in wave:
            by_region.setdefault(region, []).append(account)
        places += [
            Place(region, number, tuple(accounts), region == config.regions.primary)
            for region, accounts in by_region.items()
        ]
    tools = config.targets.tools_account
    others = (account for account in config.targets.service_accounts if account != tools)
    return Places(config.regions.primary, tools, (tools, *others), tuple(places))


def deployed(units: Sequence[RenderedUnit]) -> tuple[Deployed, ...]:
    """List the units in the order of their deployment."""
    return tuple(
        Deployed(
            name=each.name,
            kind="StackSet" if each.is_set else "stack",
            purpose=each.unit.purpose,
            stacks=each.instances,
            regions=tuple(dict.fromkeys(region for wave in each.waves for _, region in wave)),
            accounts=tuple(dict.fromkeys(account for wave in each.waves for account, _ in wave)),
            resources=len(each.template.resources),
        )
        for each in units
    )
