"""See for ourselves that regions run a release: by CloudFormation, Lambda and their own APIs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from generator.aws import Alarm, Cloud, Objects, Stacks, StackSets, alarms_in_alarm, alias
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.release.health import Expected, check_health
from generator.deploy.release.signing import PARAMETER
from generator.errors import GenError, Problem
from generator.plan.state import Instance, StackState
from generator.releases import Code, Record, Service
from generator.units import Pair

LOOKS_PER_MINUTE = 4
"""How often alarms are looked at during the bake."""
OF_TRAFFIC = ("-error-rate", "-latency-p99", "-throttles")
"""Alarms that judge a release from the first look on. Others may have waited for a person since
before (dead letters): they count when they turn during the bake."""
_ALIAS = "live"
_WORKERS = 16


@dataclass
class Verification:
    """One release, seen in the regions of a service."""

    service: Service
    record: Record
    cloud: Cloud
    progress: Progress
    overrides: Mapping[Pair, Mapping[str, str]]
    """Parameter values that instances have of their own."""
    sleep: Callable[[float], None] = time.sleep
    _stacks: dict[Pair, StackState] = field(default_factory=dict)

    def regions(self, pairs: Iterable[Pair]) -> None:
        """Check instances, outputs, aliases and health, all regions at the same time.

        Raises GenError with everything that is wrong anywhere.
        """
        wanted = tuple(pairs)
        sets = StackSets(
            self.cloud, account=self.service.tools_account, region=self.service.primary_region
        )
        instances = {i.pair: i for i in sets.instances(self.service.stack_set)}
        if self.record.health_function is None:
            self.progress.note("no function answers GET /health: the APIs are not asked")

        def look(pair: Pair) -> list[str]:
            self._show(pair, Status.RUNNING, "being verified")
            wrong = self._region(pair, instances.get(pair))
            self._show(
                pair, Status.FAILED if wrong else Status.DONE, "; ".join(wrong) or "verified"
            )
            return wrong

        with ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="verify") as pool:
            found = dict(zip(wanted, pool.map(look, wanted), strict=True))
        problems = [
            Problem(f"{pair[0]} {pair[1]}: {what}") for pair, all_ in found.items() for what in all_
        ]
        if problems:
            raise GenError(problems)

    def bake(self, pairs: Iterable[Pair], *, minutes: int) -> None:
        """Watch the alarms of regions, which must stay quiet for so many minutes.

        Raises GenError with every alarm that is in ALARM when the first one is.
        """
        wanted = [pair for pair in pairs if self._may_turn(pair)]
        if not wanted:
            return
        self.progress.note(f"watching alarms for {minutes} minute{'s' * (minutes != 1)}")
        before = self._alarms(wanted)
        waiting = {
            (pair, alarm.name) for pair, alarm in before if not alarm.name.endswith(OF_TRAFFIC)
        }
        for pair, name in sorted(waiting):
            self.progress.note(
                f"{pair[0]} {pair[1]}: {name} was in ALARM before, so it says nothing"
            )
        looks = minutes * LOOKS_PER_MINUTE
        for look in range(looks + 1):
            alarms = before if look == 0 else self._alarms(wanted)
            turned = [(p, a) for p, a in alarms if (p, a.name) not in waiting]
            if turned:
                raise GenError(
                    [
                        Problem(
                            f"{pair[0]} {pair[1]}: alarm {alarm.name} is in ALARM: {alarm.reason}"
                        )
                        for pair, alarm in turned
                    ]
                )
            if look < looks:
                self.sleep(self.cloud.minute_seconds / LOOKS_PER_MINUTE)

    def _region(self, pair: Pair, instance: Instance | None) -> list[str]:
        """Say what is wrong in one account and region."""
        release = self.record.release
        if instance is None:
            return [f"{self.service.stack_set} has no instance here"]
        if instance.status != "CURRENT":
            return [f"its instance is {instance.status}: {instance.reason or 'no reason given'}"]
        account, region = pair
        if not self.cloud.reaches(account):
            self.progress.note(f"account {account} cannot be looked into: its instance is CURRENT")
            return []
        stack = Stacks(self.cloud, account=account, region=region).describe(instance.stack_id)
        if stack is None:
            return ["its stack is gone"]
        self._stacks[pair] = stack
        if (there := stack.outputs.get("Release")) != release:
            return [f"its stack runs release {there or 'unknown'}, not {release}"]
        if stack.parameters.get(PARAMETER) == "":
            return [
                "its functions would take unsigned packages, for it knows no signing profile:"
                " gen deploy tells it"
            ]
        own = dict(self.overrides.get(pair, {}))
        wrong = [what for name in self.record.aliased for what in self._function(name, pair, own)]
        return wrong or self._health(pair, stack, own)

    def _function(self, name: str, pair: Pair, own: dict[str, str]) -> list[str]:
        function = f"{self.service.prefix}-{name}"
        found = alias(self.cloud, function, _ALIAS, account=pair[0], region=pair[1])
        if found is None:
            return [f"{function} has no alias {_ALIAS}"]
        if found.weights:
            others = ", ".join(f"{w:.0%} to version {v}" for v, w in found.weights.items())
            return [f"{function}: traffic is still being shifted ({others})"]
        code = self.record.code_in(name, own)
        wanted = self._code_sha256(code, pair[1])
        if wanted is None:
            return [f"{function}: {code.key} is missing in the artifact bucket"]
        if found.code_sha256 != wanted:
            return [
                f"{function}: version {found.version} behind {_ALIAS} is code"
                f" {found.code_sha256[:12]}, not {wanted[:12]}"
            ]
        return []

    def _code_sha256(self, code: Code, region: str) -> str | None:
        """Give what Lambda must say of a package in a region; None when a signed one is missing."""
        if not code.is_signed:
            return code.sha256
        bucket = self.service.artifact_buckets[region]
        return Objects(self.cloud, bucket=bucket, region=region).sha256(code.key)

    def _health(self, pair: Pair, stack: StackState, own: dict[str, str]) -> list[str]:
        function = self.record.health_function
        if function is None or function not in self.record.functions:
            return []
        if (url := stack.outputs.get("ApiUrl")) is None:
            return ["its stack has no output ApiUrl"]
        expected = Expected(region=pair[1], release=self.record.code_in(function, own).sha256)
        wrong = check_health(url, expected, self.cloud, sleep=self.sleep)
        return [wrong] if wrong else []

    def _may_turn(self, pair: Pair) -> bool:
        if not self.cloud.reaches(pair[0]):
            return False
        stack = self._stacks.get(pair)
        values = stack.parameters if stack else self.record.parameters
        if values.get("IgnoreAlarmsInDeployment") == "true":
            self.progress.note(f"{pair[0]} {pair[1]}: alarms are ignored, as its parameters say")
            return False
        return True

    def _alarms(self, pairs: list[Pair]) -> list[tuple[Pair, Alarm]]:
        """List the alarms in ALARM of the functions and their API."""
        prefix = self.service.prefix
        ours = tuple(f"{prefix}-{name}-" for name in (*self.record.aliased, "api"))

        def look(pair: Pair) -> list[tuple[Pair, Alarm]]:
            found = alarms_in_alarm(self.cloud, f"{prefix}-", account=pair[0], region=pair[1])
            return [(pair, alarm) for alarm in found if alarm.name.startswith(ours)]

        with ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="alarms") as pool:
            return [each for found in pool.map(look, pairs) for each in found]

    def _show(self, pair: Pair, status: Status, detail: str = "") -> None:
        self.progress.row(Row(pair[0], pair[1], status, detail))
