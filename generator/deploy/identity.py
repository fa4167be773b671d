"""Whose credentials these are: the pinned account's, or nothing is done (P101 of preflight)."""

from __future__ import annotations

from typing import Protocol

from generator.aws import Cloud, Identity
from generator.errors import GenError, Problem


class Pinned(Protocol):
    """What says which account it belongs to: a build, or a service."""

    @property
    def environment(self) -> str: ...
    @property
    def tools_account(self) -> str: ...
    @property
    def primary_region(self) -> str: ...
    @property
    def assume_role(self) -> str | None: ...


def check_account(cloud: Cloud, pinned: Pinned) -> Identity:
    """Refuse credentials of another account than the pinned one; say whose they are."""
    identity = cloud.identity(pinned.primary_region)
    if identity.account != pinned.tools_account:
        raise GenError(
            Problem(
                f"P101 these credentials belong to account {identity.account} ({identity.arn}),"
                f" but '{pinned.environment}' is pinned to {pinned.tools_account}",
                hint="use credentials of that account (--profile), or change"
                f" targets.tools_account in params/{pinned.environment}.yaml",
            )
        )
    return identity
