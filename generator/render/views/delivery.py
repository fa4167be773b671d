"""The pipeline's actions and the alerts, as templates see them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import groupby

from generator.config import Config

ACCOUNTS_PER_ACTION = 1000 // len("111111111111,")
"""A configuration value of a pipeline action has at most 1,000 characters.
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"""


@dataclass(frozen=True)
class AlertSubscription:
    """An address that alerts are sent to."""

    address: str

    @property
    def id(self) -> str:
        """Give a logical id that outlives changes of the list: a new one asks to confirm again."""
        return f"AlertSubscription{hashlib.sha256(self.address.encode()).hexdigest()[:8].upper()}"


@dataclass(frozen=True)
class DeployAction:
    """An action of the pipeline's deploy stage: some regions, the same accounts in each."""

    wave: int
    """1-based."""
    name: str
    regions: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def id(self) -> str:
        """Give the action's prefix of parameter names."""
        return self.name.replace("-", "")


@dataclass(frozen=True)
class VerifyAction:
    """An action of the deploy stage that verifies a wave, or records the release in the end."""

    name: str
    step: str
    """As `gen verify --step` takes it."""


def deploy_stage(config: Config) -> list[DeployAction | VerifyAction]:
    """Plan the whole deploy stage: each wave is verified before the next, the release recorded."""
    actions: list[DeployAction | VerifyAction] = []
    for wave, deploys in groupby(deploy_actions(config), key=lambda action: action.wave):
        actions += [*deploys, VerifyAction(f"Verify{wave}", str(wave))]
    return [*actions, VerifyAction("Record", "record")]


def deploy_actions(config: Config) -> list[DeployAction]:
    """Plan the deploy stage: wave by wave, one action for the regions with equal accounts.

    A stack set action deploys to each of its accounts in each of its regions, so a ragged wave
    needs several. Waves without any account count for nothing, as in the manifest.
    """
    waves = [groups for wave in config.regions.waves if (groups := _groups(config, wave))]
    return [
        DeployAction(
            wave, f"Wave{wave}" + (f"-{part}" if len(groups) > 1 else ""), regions, accounts
        )
        for wave, groups in enumerate(waves, 1)
        for part, (accounts, regions) in enumerate(groups, 1)
    ]


def _groups(config: Config, wave: tuple[str, ...]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Group a wave's regions by the accounts that they are deployed to."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for region in wave:
        accounts = [account for account, there in config.pairs if there == region]
        for start in range(0, len(accounts), ACCOUNTS_PER_ACTION):
            some = tuple(accounts[start : start + ACCOUNTS_PER_ACTION])
            groups.setdefault(some, []).append(region)
    return [(accounts, tuple(regions)) for accounts, regions in groups.items()]
