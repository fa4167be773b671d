"""All that is known of the newest releases, a row each."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws import Cloud, StackSets
from generator.deploy.release.releases import Releases
from generator.releases import What


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release, and what became of it."""

    release: str
    built: str
    """ISO 8601, UTC."""
    commit: str | None
    built_by: str
    verdict: What | None
    """Good or bad; None when nobody knows yet."""
    state: What | None
    """The last that is known of it; None for one that was built, and no more."""
    live_in: int
    """Instances that run it, as far as the set knows."""
    accounts: int
    """Accounts that the service is in."""
    current: bool
    """The set was last told to run it."""
    last_good: bool


def overview(releases: Releases, cloud: Cloud, *, limit: int) -> list[ReleaseRow]:
    """List the newest releases, newest first."""
    service, history = releases.service, releases.history()
    sets = StackSets(cloud, account=service.tools_account, region=service.primary_region)
    actual = sets.describe(service.stack_set)
    running = actual.values.parameters.get("Release") if actual else None
    instances = sets.instances(service.stack_set) if actual else []
    live = sum(instance.status == "CURRENT" for instance in instances)
    current, last_good = releases.current(), history.last_good()
    rows = [
        ReleaseRow(
            release=record.release,
            built=record.built,
            commit=record.commit,
            built_by=record.built_by,
            verdict=history.verdict(record.release),
            state=history.state(record.release),
            live_in=live if record.release == running else 0,
            accounts=len({instance.account for instance in instances}),
            current=record.release == current,
            last_good=record.release == last_good,
        )
        for record in releases.records(releases.ids()[:limit])
    ]
    return sorted(rows, key=lambda row: row.built, reverse=True)
