"""Decide where the `account` unit may set API Gateway's log role: look before it deploys.

The role is one setting for an account and region, which all REST APIs there share. One that is
there already, of whoever it may be, is left alone; and so is what cannot be looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from generator.aws import Cloud, log_role
from generator.build.manifest import BuiltUnit
from generator.config.names import LOG_ROLE
from generator.units import Pair

UNIT = "account"
_LEAVE_ALONE = {"SetsLogRole": "false"}


def account_overrides(
    unit: BuiltUnit, prefix: str, *, cloud: Cloud, note: Callable[[str], None]
) -> dict[Pair, dict[str, str]]:
    """Give the values of each account and region whose setting is not ours to make."""
    known = [pair for pair in unit.pairs if cloud.reaches(pair[0])]
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="account") as pool:
        roles = dict(
            zip(
                known,
                pool.map(lambda pair: log_role(cloud, account=pair[0], region=pair[1]), known),
                strict=True,
            )
        )
    overrides: dict[Pair, dict[str, str]] = {}
    for account, region in unit.pairs:
        role = roles.get((account, region))
        if (account, region) not in roles:
            note(
                f"{account} {region}: API Gateway's log role cannot be looked at from here, so it"
                " is left as it is; have the account's owner set one, or set targets.assume_role"
            )
            overrides[account, region] = _LEAVE_ALONE
        elif role is not None and not role.endswith(f":role/{LOG_ROLE.format(prefix, region)}"):
            note(f"{account} {region}: API Gateway keeps the log role it has, {role}")
            overrides[account, region] = _LEAVE_ALONE
    return overrides
