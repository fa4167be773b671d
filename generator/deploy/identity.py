"""Refuse to work with credentials of another account than the one that is pinned."""

from __future__ import annotations

from generator.aws import Cloud
from generator.errors import GenError, Problem


def refuse_other_account(cloud: Cloud, *, environment: str, account: str, region: str) -> None:
    """Raise GenError when the credentials belong to another account."""
    identity = cloud.identity(region)
    if identity.account != account:
        raise GenError(
            Problem(
                f"these credentials belong to account {identity.account} ({identity.arn}),"
                f" but '{environment}' is pinned to {account}",
                hint="use credentials of that account (--profile), or change"
                f" targets.tools_account in params/{environment}.yaml",
            )
        )
