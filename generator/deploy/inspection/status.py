"""The state of things at one look: regions, releases, the pipeline, what waits for people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from generator.aws import (
    Alarm,
    AwsError,
    Cloud,
    Parameters,
    Pipelines,
    Stacks,
    StackSets,
    alarms_in_alarm,
)
from generator.aws.pipelines import Execution
from generator.config import Config, Names
from generator.deploy.inspection.set_status import SetStatus, set_status
from generator.deploy.inspection.to_do import ToDo
from generator.deploy.operations.causes import remedy
from generator.deploy.release.releases import Releases
from generator.errors import Problem
from generator.plan.state import Instance, Operation, StackState
from generator.releases import Service
from generator.units import SERVICE, Kind, Pair, Unit, units_of


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """The service in one account and region."""

    account: str
    region: str
    status: str | None
    """Of the stack instance: CURRENT, OUTDATED or INOPERABLE; None when there is none."""
    has_stack: bool
    """Whether it has been made at all."""
    stack_status: str | None
    """None where there is none, or the account cannot be looked into."""
    reason: str
    detailed_status: str | None
    """Of the stack instance, for example SKIPPED_SUSPENDED_ACCOUNT."""
    to_do: str | None
    """What a person must do before operations reach it again."""
    release: str | None
    alarms: tuple[Alarm, ...]
    """Those that are on."""
    configured: bool
    """Whether the parameter file still names it."""

    @property
    def in_progress(self) -> bool:
        return bool(self.stack_status and self.stack_status.endswith("_IN_PROGRESS"))

    @property
    def failed(self) -> bool:
        return (
            self.status == "INOPERABLE"
            or self.detailed_status == "FAILED"
            or bool(self.stack_status and self.stack_status.endswith("_FAILED"))
        )


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A release that was found bad, and nothing was deployed since."""

    release: str
    time: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one environment."""

    project: str
    environment: str
    current: str | None
    """The release that every region was last told to run."""
    last_good: str | None
    taken_back: TakenBack | None
    instances: tuple[InstanceStatus, ...]
    operation: Operation | None
    """The last one of the service's StackSet."""
    sets: tuple[SetStatus, ...]
    """Every StackSet that there is, in the order of deployment."""
    pipeline: str | None
    """Name; None when there is none."""
    execution: Execution | None
    """The pipeline's newest."""
    to_do: tuple[Problem, ...]
    """What waits for a person."""

    @property
    def under_way(self) -> bool:
        """Say whether anything will change without anybody doing anything."""
        return (
            any(one.under_way for one in self.sets)
            or any(instance.in_progress for instance in self.instances)
            or bool(self.execution and self.execution.status in {"InProgress", "Stopping"})
        )


def status(config: Config, cloud: Cloud) -> Status:
    """Read the state of an environment; all reads that do not need one another go at once."""
    return _Look(config, cloud).run()


class _Look:
    def __init__(self, config: Config, cloud: Cloud):
        self._config = config
        self._cloud = cloud
        self._names = Names.of(config)
        self._service = Service.of_config(config)
        self._home = {"account": config.targets.tools_account, "region": config.regions.primary}
        self._sets = StackSets(cloud, **self._home)
        self._pipeline_stack = self._names.stack("pipeline")

    def run(self) -> Status:
        config, to_do = self._config, ToDo(self._config, self._cloud)
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="status") as pool:
            current = pool.submit(self._pointer, self._service.current_parameter)
            last_good = pool.submit(self._pointer, self._service.last_good_parameter)
            taken_back = pool.submit(self._taken_back)
            sets = [pool.submit(self._set, unit) for unit in units_of(config)]
            stack = pool.submit(
                lambda: Stacks(self._cloud, **self._home).describe(self._pipeline_stack)
            )
            mail = pool.submit(to_do.unconfirmed)
            alarms = {pair: pool.submit(self._alarms, pair) for pair in config.pairs}
            # From here on, what the first answers lead to.
            found = tuple(one for each in sets if (one := each.result()))
            service = next((one for one in found if one.unit == SERVICE), None)
            there = {one.pair: one for one in service.instances} if service else {}
            stacks = {pair: pool.submit(self._stack, one) for pair, one in there.items()}
            alarms |= {p: pool.submit(self._alarms, p) for p in there if p not in alarms}
            connection = pool.submit(to_do.connection, stack.result())
            execution = pool.submit(self._execution, stack.result())
            instances = tuple(
                self._instance(
                    pair,
                    there.get(pair),
                    stacks[pair].result() if pair in stacks else None,
                    alarms[pair].result(),
                )
                for pair in alarms
            )
            return Status(
                project=config.project,
                environment=config.environment,
                current=current.result(),
                last_good=last_good.result(),
                taken_back=taken_back.result(),
                instances=instances,
                operation=service.latest if service else None,
                sets=found,
                pipeline=self._pipeline_stack if stack.result() else None,
                execution=execution.result(),
                to_do=(
                    *to_do.undeployed(there, stack.result()),
                    *to_do.behind(found),
                    *connection.result(),
                    *mail.result(),
                ),
            )

    def _pointer(self, name: str) -> str | None:
        value = Parameters(self._cloud, region=self._home["region"]).get(name)
        return None if value == "none" else value

    def _taken_back(self) -> TakenBack | None:
        releases = Releases(self._cloud, self._service, by="")
        try:
            bad = releases.history().taken_back
        except AwsError as error:
            if error.code == "NoSuchBucket":
                return None
            raise
        return TakenBack(bad.release, bad.time, releases.reason(bad)) if bad else None

    def _set(self, unit: Unit) -> SetStatus | None:
        if unit.kind is not Kind.STACK_SET:
            return None
        return set_status(self._sets, unit=unit.name, name=self._names.stack(unit.name))

    def _execution(self, pipeline: StackState | None) -> Execution | None:
        if pipeline is None or pipeline.never_came_up:
            return None
        newest = Pipelines(self._cloud, **self._home).executions(self._pipeline_stack, limit=1)
        return newest[0] if newest else None

    def _stack(self, instance: Instance) -> StackState | None:
        if not instance.stack_id or not self._cloud.reaches(instance.account):
            return None
        where = {"account": instance.account, "region": instance.region}
        return Stacks(self._cloud, **where).describe(instance.stack_id)

    def _alarms(self, pair: Pair) -> tuple[Alarm, ...]:
        account, region = pair
        if not self._cloud.reaches(account):
            return ()
        prefix = f"{self._names.prefix}-"
        return tuple(alarms_in_alarm(self._cloud, prefix, account=account, region=region))

    def _instance(
        self, pair: Pair, instance: Instance | None, stack: StackState | None,
        alarms: tuple[Alarm, ...],
    ) -> InstanceStatus:  # fmt: skip
        return InstanceStatus(
            account=pair[0],
            region=pair[1],
            status=instance.status if instance else None,
            has_stack=bool(instance and instance.stack_id),
            stack_status=stack.status if stack else None,
            reason=instance.reason if instance else "",
            detailed_status=instance.detailed_status if instance else None,
            to_do=remedy(self._service.stack_set, instance) if instance else None,
            release=stack.outputs.get("Release", stack.parameters.get("Release"))
            if stack
            else None,
            alarms=alarms,
            configured=pair in self._config.pairs,
        )
