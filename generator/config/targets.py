"""`regions` and `targets`: where the service goes, and in which order."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from generator.config.fields import Account, Region, Section, Text


class Regions(Section):
    """Where the service runs, and in which order a release reaches the regions."""

    primary: Region
    """The region of the delivery infrastructure (pipeline, central bus, archive)."""
    waves: tuple[Annotated[tuple[Region, ...], Field(min_length=1)], ...] = Field(min_length=1)
    """Regions wave by wave; the first wave is the canary. Every region once."""

    @field_validator("waves")
    @classmethod
    def _each_region_once(cls, waves: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        seen: set[str] = set()
        twice = [r for wave in waves for r in wave if r in seen or seen.add(r)]  # type: ignore[func-returns-value]
        if twice:
            raise ValueError(f"region {', '.join(dict.fromkeys(twice))} stands in the waves twice")
        return waves

    @property
    def service(self) -> tuple[str, ...]:
        """All regions of the service, in wave order."""
        return tuple(region for wave in self.waves for region in wave)

    @property
    def artifacts(self) -> tuple[str, ...]:
        """All regions that hold an artifact bucket: the primary one and the service's."""
        return (self.primary, *(r for r in self.service if r != self.primary))


class Pair(Section):
    """One account in one region."""

    account: Account
    """The account's id."""
    region: Region
    """The region's name."""


class Override(Section):
    """Parameter values for some stack instances only."""

    accounts: tuple[Account, ...] = ()
    """The accounts meant; none named means all."""
    regions: tuple[Region, ...] = ()
    """The regions meant; none named means all."""
    parameters: dict[str, Text] = Field(min_length=1)
    """Values by the parameter's name in the service template."""


class Targets(Section):
    """Which accounts the service is deployed to."""

    tools_account: Account
    """The account of the delivery infrastructure; deploying with other credentials is refused."""
    accounts: tuple[Account, ...] = ()
    """The accounts of the service; none named means the tools account."""
    assume_role: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_+=,.@-]+$", max_length=64)
    """The role's name by which gen acts in the other accounts: it deploys their execution role
    and reads what happened there. Without it, each account's owner deploys that role."""
    exclude: tuple[Pair, ...] = ()
    """Account and region pairs left out."""
    overrides: tuple[Override, ...] = ()
    """Parameter values for some pairs only."""

    @field_validator("accounts")
    @classmethod
    def _each_account_once(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [a for a in dict.fromkeys(accounts) if accounts.count(a) > 1]:
            raise ValueError(f"account {', '.join(twice)} is named twice")
        return accounts

    @property
    def service_accounts(self) -> tuple[str, ...]:
        """The accounts that the service is deployed to."""
        return self.accounts or (self.tools_account,)
