"""Give every region a former release again: what `gen rollback` plans and does."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.aws import INLINE_LIMIT, Cloud, Stacks, StackSets, TemplateSource
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Progress
from generator.deploy.release.publish import check_packages
from generator.deploy.release.releases import Releases
from generator.deploy.release.verify import Verification
from generator.deploy.stack_set import StackSetDeployment
from generator.errors import GenError, Problem
from generator.plan import DesiredSet
from generator.plan.state import Instance, SetValues, StackSetState
from generator.plan.text import same_text, same_values
from generator.releases import Record, What
from generator.releases.changes import changed_parameters
from generator.units import Pair, Waves

FORCED = {
    "DeploymentStrategy": "CodeDeployDefault.LambdaAllAtOnce",
    "IgnoreAlarmsInDeployment": "true",
}
"""What a rollback sets unless it is told to shift: a good release needs no canary, and alarms that
the bad one turned must not keep it there."""
REASON = "taken back by gen rollback"


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What a rollback is going to do."""

    target: Record
    verdict: What | None
    """Of the target."""
    leaves: str | None
    """The release that the set has."""
    running: dict[Pair, str]
    """The release of each instance, as far as it can be seen."""
    parameters: tuple[str, ...]
    """How the set's parameters change, a line each."""
    forced: dict[str, str]
    desired: DesiredSet
    done: bool
    """The set and all its instances are as they would be."""


class Rollback:
    """Takes a service back to a release that was recorded."""

    def __init__(
        self, releases: Releases, cloud: Cloud, progress: Progress,
        *, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self._releases = releases
        self._service = releases.service
        self._cloud = cloud
        self._progress = progress
        self._sleep = sleep
        self._sets = StackSets(
            cloud, account=self._service.tools_account, region=self._service.primary_region
        )

    def plan(self, wanted: str | None, *, shift: bool, by_waves: bool) -> RollbackPlan:
        """Look at everything, change nothing.

        Raises GenError when there is nothing to go back to, or when template or packages of the
        release are not there any more as they were recorded.
        """
        name = self._service.stack_set
        actual = self._sets.describe(name)
        if actual is None:
            raise GenError(
                Problem(f"there is no StackSet {name}: nothing to roll back", hint="see gen deploy")
            )
        history = self._releases.history()
        leaves = actual.values.parameters.get("Release")
        record = self._releases.known(wanted or self._choice(history.to_restore(leaves)))
        if problems := check_packages(
            record.functions.values(), self._service.artifact_buckets, self._cloud
        ):
            raise GenError(problems)
        instances = self._sets.instances(name)
        forced = {} if shift else {k: v for k, v in FORCED.items() if k in record.parameters}
        template = self._releases.template(record)
        desired = DesiredSet(
            name=name,
            template=template,
            values=SetValues(
                parameters=record.parameters | forced,
                tags=record.tags,
                capabilities=tuple(sorted(record.capabilities)),
                administration_role=self._service.administration_role,
                execution_role=self._service.execution_role,
            ),
            waves=self._waves(instances, by_waves=by_waves),
            overrides=self._overrides(instances, record),
            at_once=not by_waves,
        )
        return RollbackPlan(
            target=record,
            verdict=history.verdict(record.release),
            leaves=leaves,
            running=self._running(instances, leaves),
            parameters=tuple(
                changed_parameters(
                    desired.values.parameters, template, actual.values.parameters, actual.template
                )
            ),
            forced=forced,
            desired=desired,
            done=_is_there(desired, actual) and all(i.status == "CURRENT" for i in instances),
        )

    def run(self, plan: RollbackPlan) -> bool:
        """Carry a plan out, see that it worked, and note it; say whether anything was done.

        Stopped half-way, the same command goes on. Raises GenError when a region does not come
        back, with everything that is wrong.
        """
        release = plan.target.release
        if plan.done and self._releases.is_settled(release):
            return False
        self._progress.begin(self._service.stack_set, f"every region gets release {release} again")
        if not plan.done:
            self._note(plan)
            self._deploy(plan)
        pairs = plan.desired.pairs
        Verification(
            service=self._service,
            record=plan.target,
            cloud=self._cloud,
            progress=self._progress,
            overrides=plan.desired.overrides,
            sleep=self._sleep,
        ).regions(pairs)
        self._releases.note_good(release, regions=tuple(pairs))
        self._progress.end(f"release {release} is back")
        return True

    def _note(self, plan: RollbackPlan) -> None:
        """Tell before the first change, so that a deployment that is under way stops."""
        release, leaves = plan.target.release, plan.leaves
        if leaves == release:
            leaves = None
        if leaves and self._releases.history().verdict(leaves) is not What.BAD:
            self._releases.note(What.BAD, leaves, reason=REASON)
        self._releases.note(
            What.RESTORED, release, instead_of=leaves, regions=tuple(plan.desired.pairs)
        )

    def _deploy(self, plan: RollbackPlan) -> None:
        text = plan.desired.template
        large = len(text.encode()) > INLINE_LIMIT
        StackSetDeployment(
            plan.desired,
            source=TemplateSource(
                text, self._releases.template_url(plan.target) if large else None
            ),
            cloud=self._cloud,
            sets=self._sets,
            lines=TemplateLines(text, "[]"),
            progress=self._progress,
            pause=lambda: self._sleep(self._cloud.poll_seconds),
            before_change=lambda: self._still_wanted(plan.target.release),
        ).run()

    def _still_wanted(self, release: str) -> None:
        if (current := self._releases.current()) not in (None, release):
            raise GenError(f"release {current} was begun meanwhile: this rollback gives way to it")

    @staticmethod
    def _choice(release: str | None) -> str:
        if release is None:
            raise GenError(
                Problem(
                    "there is no other release that was good in every region",
                    hint="`gen releases` lists them; name one to go back to it nevertheless",
                )
            )
        return release

    def _waves(self, instances: list[Instance], *, by_waves: bool) -> Waves:
        """Give all instances that there are, also those that are no targets any more."""
        there = {i.pair: None for i in instances}
        ordered = [pair for pair in self._service.pairs if pair in there]
        rest = tuple(pair for pair in there if pair not in set(ordered))
        if not by_waves:
            return ((*ordered, *rest),)
        waves = [tuple(p for p in wave if p in there) for wave in self._service.waves]
        return tuple(wave for wave in (*waves, rest) if wave)

    def _overrides(self, instances: list[Instance], record: Record) -> dict[Pair, dict[str, str]]:
        """Read what instances have of their own: they keep what the release knows."""
        pairs = [i.pair for i in instances]
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="overrides") as pool:
            read = list(
                pool.map(lambda pair: self._sets.overrides(self._service.stack_set, pair), pairs)
            )
        return {
            pair: known
            for pair, own in zip(pairs, read, strict=True)
            if (known := {k: v for k, v in own.items() if k in record.parameters})
        }

    def _running(self, instances: list[Instance], of_set: str | None) -> dict[Pair, str]:
        def look(instance: Instance) -> str:
            if instance.stack_id and self._cloud.reaches(instance.account):
                stacks = Stacks(self._cloud, account=instance.account, region=instance.region)
                if (stack := stacks.describe(instance.stack_id)) is not None:
                    return stack.outputs.get("Release", "unknown")
                return "none"
            return (of_set if instance.status == "CURRENT" else None) or "unknown"

        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="running") as pool:
            return dict(zip((i.pair for i in instances), pool.map(look, instances), strict=True))


def _is_there(desired: DesiredSet, actual: StackSetState) -> bool:
    """Say whether the set has the release, whichever way it was told to shift traffic."""

    def unforced(values: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in values.items() if name not in FORCED}

    wanted, found = desired.values, actual.values
    return (
        same_text(desired.template, actual.template)
        and same_values(unforced(wanted.parameters), unforced(found.parameters))
        and same_values(wanted.tags, found.tags)
        and dataclasses.replace(wanted, parameters={}, tags={})
        == dataclasses.replace(found, parameters={}, tags={})
    )
