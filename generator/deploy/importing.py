"""Bring stacks that exist, made by whatever means, into a StackSet: untouched."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.aws import AwsError, Cloud, Stacks, StackSets
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.desired import Desired
from generator.deploy.operations.operation import OperationWatch
from generator.deploy.progress import Progress
from generator.deploy.release.publish import template_source
from generator.deploy.stack import Pause
from generator.errors import GenError
from generator.plan.imports import Arn, Candidate, Host, ImportPlan, examine

_BUSY = {"OperationInProgressException", "StaleRequestException"}
"""Somebody else's operation has begun between our look and our call."""


class Import:
    """The import of stacks into one unit's StackSet."""

    def __init__(
        self, manifest: Manifest, folder: Path, unit: BuiltUnit, cloud: Cloud, progress: Progress,
        *, any_name: bool = False, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """With `any_name` the execution role is taken to reach stacks of whatever name."""
        self._manifest = manifest
        self._desired = Desired(manifest, folder, cloud)
        self._unit = unit
        self._cloud = cloud
        self._progress = progress
        self._any_name = any_name
        self._pause: Pause = lambda: sleep(cloud.poll_seconds)
        self._sets = StackSets(
            cloud, account=manifest.tools_account, region=manifest.primary_region
        )

    def plan(self, arns: list[Arn]) -> ImportPlan:
        """Look at the set and at every stack, all at once."""
        name = self._unit.stack_name
        actual = self._sets.describe(name)
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="import") as pool:
            instances = pool.submit(self._sets.instances, name) if actual else None
            candidates = list(pool.map(self._candidate, arns))
            there = {one.pair: one for one in instances.result()} if instances else {}
        host = Host(
            name=name,
            template=actual.template if actual else self._desired.template(self._unit),
            parameters=actual.values.parameters if actual else self._unit.parameters,
            instances=there,
            targets=frozenset(self._unit.pairs),
        )
        return ImportPlan(self._unit.name, name, actual is None, examine(host, candidates))

    def run(self, plan: ImportPlan) -> bool:
        """Carry a plan out, at most ten stacks at a time; say whether anything was done.

        Raises GenError with each stack that AWS refused, and what is wrong with it.
        """
        if plan.problems:
            raise GenError(plan.problems)
        if not plan.batches:
            return False
        name, progress = plan.stack_set, self._progress
        progress.begin(plan.unit, f"existing stacks become instances of {name}")
        if plan.creates:
            text = self._desired.template(self._unit)
            source = template_source(self._manifest, text, plan.unit, self._cloud)
            values = self._desired.values(self._unit)
            self._sets.create(name, source, values, token=f"gen-{uuid.uuid4()}")
        watch = OperationWatch(
            name, cloud=self._cloud, sets=self._sets,
            lines=self._desired.lines(self._unit), progress=progress, pause=self._pause,
        )  # fmt: skip
        for batch in plan.batches:
            watch.check(watch.follow(self._start(watch, name, batch)))
        progress.end("imported")
        return True

    def _start(self, watch: OperationWatch, name: str, stacks: list[str]) -> str:
        """Start an operation, after whatever is under way on the set; give its id."""
        operation = f"gen-import-{uuid.uuid4()}"
        while True:
            watch.wait_until_idle()
            try:
                self._sets.import_stacks(name, stacks, operation=operation)
            except AwsError as error:
                if error.code not in _BUSY:
                    raise
                self._pause()
            else:
                return operation

    def _candidate(self, arn: Arn) -> Candidate:
        if not self._cloud.reaches(arn.account):
            far = "this account cannot be looked into from here: set targets.assume_role"
            return Candidate(arn, None, "", far)
        stacks = Stacks(self._cloud, account=arn.account, region=arn.region)
        state = stacks.describe(arn.text)
        template = stacks.template(arn.text) if state else ""
        return Candidate(arn, state, template, self._name_problem(arn) if state else "")

    def _name_problem(self, arn: Arn) -> str:
        """Refuse a name that the execution role, as the roles unit makes it, has no way to."""
        own = self._unit.stack_name
        if self._any_name or arn.name.startswith((own, f"StackSet-{own}-")):
            return ""
        return (
            f"the StackSets' execution role reaches stacks named {own}* only; if you have let it"
            " reach this one, too, say --any-name"
        )
