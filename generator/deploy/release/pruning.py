"""Delete old releases from every region's bucket, and keep all that may be wanted again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.aws import AwsError, Cloud, Objects, Stacks, StackSets
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.release.releases import Releases
from generator.errors import GenError, Problem
from generator.plan.state import Instance
from generator.releases import Record
from generator.releases.history import FOLDER as HISTORY
from generator.releases.history import Event

PACKAGES = "releases/"
TEMPLATES = "templates/"


@dataclass(frozen=True, slots=True)
class Kept:
    """A release that stays, and why."""

    release: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What pruning would delete."""

    name: str
    """Of the environment: what is typed to confirm."""
    kept: tuple[Kept, ...]
    """Newest first."""
    pruned: tuple[str, ...]
    packages: dict[str, tuple[str, ...]]
    """Keys by region."""
    texts: tuple[str, ...]
    """Keys in the primary region, in the order of deletion: templates, history, records."""


class Pruning:
    """Releases beyond the newest."""

    def __init__(self, releases: Releases, cloud: Cloud, progress: Progress):
        self._releases = releases
        self._service = releases.service
        self._cloud = cloud
        self._progress = progress
        self._buckets = {
            region: Objects(cloud, bucket=bucket, region=region)
            for region, bucket in self._service.artifact_buckets.items()
        }
        self._primary = self._buckets[self._service.primary_region]

    def plan(self, newest: int) -> PrunePlan:
        """Look at everything, change nothing; keep the `newest` so many, and what is in use."""
        try:
            records = list(self._releases.records(self._releases.ids()))
        except AwsError as error:
            if error.code == "NoSuchBucket":
                return PrunePlan(self._service.prefix, (), (), {}, ())
            raise
        records.sort(key=lambda record: record.built, reverse=True)
        running, keys_in_use = self._running()
        reasons = self._reasons([record.release for record in records[:newest]], running)
        kept = [record for record in records if record.release in reasons]
        pruned = [record for record in records if record.release not in reasons]
        wanted = {key for record in kept for key in _packages(record)} | keys_in_use
        unwanted = {key for record in pruned for key in _packages(record)} - wanted
        gone = {record.release for record in pruned}
        return PrunePlan(
            name=self._service.prefix,
            kept=tuple(Kept(record.release, reasons[record.release]) for record in kept),
            pruned=tuple(record.release for record in pruned),
            packages=self._present(unwanted) if unwanted else {},
            texts=(
                *self._templates(kept, pruned),
                *(e.key for e in self._releases.history().events if e.release in gone),
                *(record.key for record in pruned),
            ),
        )

    def run(self, plan: PrunePlan) -> None:
        """Delete region by region at the same time; the records last.

        Stopped half-way, a release that has lost its packages is still listed, and goes next time.
        """
        self._progress.begin("releases", "packages in every region, then templates and records")
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="prune") as pool:
            list(pool.map(lambda region: self._prune(region, plan.packages[region]), plan.packages))
        for prefix in (TEMPLATES, HISTORY, "records/"):
            self._primary.delete(key for key in plan.texts if key.startswith(prefix))
        self._progress.end(f"{len(plan.pruned)} pruned")

    def _prune(self, region: str, keys: tuple[str, ...]) -> None:
        account = self._service.tools_account
        self._progress.row(Row(account, region, Status.RUNNING))
        self._buckets[region].delete(keys)
        said = f"{len(keys)} package{'s' * (len(keys) != 1)}"
        self._progress.row(Row(account, region, Status.DONE, said))

    def _reasons(self, newest: list[str], running: set[str]) -> dict[str, str]:
        """Say of each release that must stay why that is."""
        history = self._releases.history()
        current = self._releases.current()
        last: Event | None = history.newest
        wanted = [
            *((release, "runs") for release in running),
            (current, "current"),
            (self._releases.last_good(), "last good"),
            (history.last_good(), "last good"),
            (history.to_restore(current), "what a rollback goes back to"),
            (last.release if last else None, "the last that anything became of"),
            *((release, "one of the newest") for release in newest),
        ]
        reasons: dict[str, str] = {}
        for release, reason in wanted:
            if release:
                reasons.setdefault(release, reason)
        return reasons

    def _running(self) -> tuple[set[str], set[str]]:
        """Give the releases that instances run, and the packages that they have been given.

        Raises GenError for an instance that may run anything and cannot be looked at.
        """
        service = self._service
        sets = StackSets(self._cloud, account=service.tools_account, region=service.primary_region)
        actual = sets.describe(service.stack_set)
        if actual is None:
            return set(), set()
        found = [actual.values.parameters]
        instances = sets.instances(service.stack_set)
        unknown = [i for i in instances if not self._cloud.reaches(i.account)]
        if behind := [i for i in unknown if i.status != "CURRENT"]:
            raise GenError(
                Problem(
                    f"nobody knows which release runs in {i.account} {i.region}: it is"
                    f" {i.status}, and cannot be looked into from here",
                    hint="set targets.assume_role, or bring it up to date first",
                )
                for i in behind
            )
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="running") as pool:
            found += pool.map(self._parameters, [i for i in instances if i not in unknown])
            own = pool.map(lambda i: sets.overrides(service.stack_set, i.pair), unknown)
            found += own
        return (
            {values["Release"] for values in found if values.get("Release")},
            {v for values in found for k, v in values.items() if k.endswith("CodeKey")},
        )

    def _parameters(self, instance: Instance) -> dict[str, str]:
        if not instance.stack_id:
            return {}
        stacks = Stacks(self._cloud, account=instance.account, region=instance.region)
        state = stacks.describe(instance.stack_id)
        return state.parameters if state else {}

    def _present(self, keys: set[str]) -> dict[str, tuple[str, ...]]:
        """Find which packages there are, in each region."""

        def look(objects: Objects) -> tuple[str, ...]:
            return tuple(found.key for found in objects.list(PACKAGES) if found.key in keys)

        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="packages") as pool:
            found = dict(zip(self._buckets, pool.map(look, self._buckets.values()), strict=True))
        return {region: there for region, there in found.items() if there}

    def _templates(self, kept: list[Record], pruned: list[Record]) -> list[str]:
        wanted = {record.template.key for record in kept}
        there = {found.key for found in self._primary.list(TEMPLATES)} if pruned else set()
        keys = dict.fromkeys(record.template.key for record in pruned)
        return [key for key in keys if key in there and key not in wanted]


def _packages(record: Record) -> set[str]:
    """Name a release's packages, signed and as they were built."""
    return {key for code in record.functions.values() for key in (code.key, code.package.key)}
