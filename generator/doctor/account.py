"""AWS: whose credentials these are, until when, and whether there is room for what is deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from generator.aws import (
    Cloud,
    Presence,
    count_stacks,
    iam_summary,
    presence,
    region_states,
    service_quota,
    stack_set_names,
    unreserved_concurrency,
)
from generator.codes import preflight as codes
from generator.config import Config
from generator.doctor.finding import Finding, Level, told
from generator.errors import GenError

_GROUP = "account"
_SOON = timedelta(minutes=30)
"""A deployment to many regions lasts longer than credentials that end sooner."""
_SKEW_NOTED, _SKEW_REFUSED = 60, 300
"""Seconds; AWS refuses signatures that are five minutes off.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""
_FULL = 0.9
"""Share of a quota from which on it is said."""
_KEPT_UNRESERVED = 100
"""Executions that Lambda keeps for functions that reserve none."""


@dataclass(frozen=True, slots=True)
class _Use:
    """How much of a quota is used, and where."""

    where: str
    used: int
    quota: int


def examine_account(cloud: Cloud, config: Config | None, *, region: str) -> Iterator[Finding]:
    """Look at the credentials, and with those of the pinned account at what it has room for.

    `region` is where it is asked who we are.
    """
    try:
        found = presence(cloud, region=region)
    except GenError as error:
        yield told(_GROUP, "credentials", error)
        return
    said = f"account {found.identity.account}, {found.identity.arn}"
    yield Finding(_GROUP, "credentials", Level.OK, said)
    yield from _lasting(found)
    if not cloud.is_local:
        yield _clock(found.ahead_seconds)
    if config is None:
        return
    pinned = config.targets.tools_account
    if found.identity.account != pinned:
        yield Finding(
            _GROUP, "pinned account", Level.FAIL,
            f"{config.environment} is pinned to {pinned}, and these credentials are of another",
            "name a profile of that account (--profile)", codes.P101.number,
        )  # fmt: skip
        return
    yield Finding(_GROUP, "pinned account", Level.OK, f"{pinned}, as {config.environment} wants it")
    yield from _room(cloud, config)


def _lasting(found: Presence) -> Iterator[Finding]:
    if found.expires is None:
        return
    left = found.expires - datetime.now(UTC)
    said = f"until {found.expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if left < _SOON:
        yield Finding(
            _GROUP, "valid", Level.WARN, f"{said}, which is soon", "sign in again before deploying"
        )
    else:
        yield Finding(_GROUP, "valid", Level.OK, said)


def _clock(ahead: float) -> Finding:
    off = abs(ahead)
    if off < _SKEW_NOTED:
        return Finding(_GROUP, "clock", Level.OK, "as AWS's")
    way = "ahead of" if ahead > 0 else "behind"
    level = Level.FAIL if off >= _SKEW_REFUSED else Level.WARN
    return Finding(
        _GROUP, "clock", level, f"{off:.0f} seconds {way} AWS's", "set this machine's clock (NTP)"
    )


def _room(cloud: Cloud, config: Config) -> Iterator[Finding]:
    """Look at regions and quotas, all at once; each gives its finding in its turn."""
    looks: tuple[tuple[str, Callable[[Cloud, Config], Finding]], ...] = (
        ("regions", _regions),
        ("stacks", _stacks),
        ("StackSets", _stack_sets),
        ("roles", _roles),
        ("concurrent executions", _concurrency),
    )
    with ThreadPoolExecutor(max_workers=len(looks), thread_name_prefix="doctor") as pool:
        jobs = [(subject, pool.submit(look, cloud, config)) for subject, look in looks]
        for subject, job in jobs:
            try:
                yield job.result()
            except GenError as error:
                yield told(_GROUP, subject, error, Level.WARN)


def _regions(cloud: Cloud, config: Config) -> Finding:
    wanted = config.regions.artifacts
    account, home = config.targets.tools_account, config.regions.primary
    states = region_states(cloud, account=account, region=home)
    off = [region for region in wanted if region in states and not states[region].enabled]
    if off:
        return Finding(
            _GROUP, "regions", Level.FAIL, f"not enabled in {account}: {', '.join(off)}",
            codes.P102.to_do, codes.P102.number,
        )  # fmt: skip
    return Finding(_GROUP, "regions", Level.OK, f"{len(wanted)} enabled: {', '.join(wanted)}")


def _stacks(cloud: Cloud, config: Config) -> Finding:
    pairs = [pair for pair in config.pairs if cloud.reaches(pair[0])]
    pairs += [(config.targets.tools_account, region) for region in config.regions.artifacts]

    def use(pair: tuple[str, str]) -> _Use:
        where = {"account": pair[0], "region": pair[1]}
        quota = service_quota(cloud, "cloudformation", "L-0485CB21", default=2_000, **where)
        return _Use(" ".join(pair), count_stacks(cloud, **where), quota)

    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="stacks") as pool:
        uses = list(pool.map(use, dict.fromkeys(pairs)))
    return _fullest("stacks", codes.P401.number, uses)


def _stack_sets(cloud: Cloud, config: Config) -> Finding:
    home = {"account": config.targets.tools_account, "region": config.regions.primary}
    quota = service_quota(cloud, "cloudformation", "L-EC62D81A", default=1_000, **home)
    used = len(stack_set_names(cloud, **home))
    return _fullest("StackSets", codes.P402.number, [_Use(" ".join(home.values()), used, quota)])


def _roles(cloud: Cloud, config: Config) -> Finding:
    uses = []
    for account in dict.fromkeys((config.targets.tools_account, *config.targets.service_accounts)):
        if cloud.reaches(account):
            summary = iam_summary(cloud, account=account, region=config.regions.primary)
            uses.append(_Use(account, summary["Roles"], summary["RolesQuota"]))
    return _fullest("roles", codes.P405.number, uses)


def _concurrency(cloud: Cloud, config: Config) -> Finding:
    """Find the least concurrency that functions have where nothing is reserved for them."""
    reached = [pair for pair in config.pairs if cloud.reaches(pair[0])]
    left = {
        pair: unreserved_concurrency(cloud, account=pair[0], region=pair[1]) for pair in reached
    }
    if not left:
        return Finding(_GROUP, "concurrent executions", Level.OK, "no account of it is reached")
    least = min(left, key=lambda pair: left[pair])
    said = f"{left[least]} not reserved in {' '.join(least)}"
    if left[least] <= _KEPT_UNRESERVED:
        return Finding(
            _GROUP, "concurrent executions", Level.WARN, f"only {said}: none can be reserved",
            codes.P407.to_do, codes.P407.number,
        )  # fmt: skip
    return Finding(_GROUP, "concurrent executions", Level.OK, said)


def _fullest(subject: str, code: str, uses: list[_Use]) -> Finding:
    """Tell of the place with the least room."""
    most = max(uses, key=lambda use: use.used / max(use.quota, 1))
    said = f"{most.used:,} of {most.quota:,} in {most.where}"
    ask = "ask for more in Service Quotas, or delete what nobody needs"
    if most.used >= most.quota:
        return Finding(_GROUP, subject, Level.FAIL, f"{said}: full", ask, code)
    if most.used >= _FULL * most.quota:
        return Finding(_GROUP, subject, Level.WARN, f"{said}: nearly full", ask, code)
    return Finding(_GROUP, subject, Level.OK, said)
