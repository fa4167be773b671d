"""Carry out one deployment: check, shift traffic on the clock, watch alarms, roll back."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud import ministack, ministack_metrics, ministack_releases
from localcloud.clock import Clock
from localcloud.codedeploy import configs, events
from localcloud.codedeploy.model import Deployment, LifecycleEvent, Store
from localcloud.codedeploy.rollback import way_back

# How long a hook's function may take to answer.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
HOOK_MINUTES = 60
# How often calls are counted that a step waits for.
COUNT_SECONDS = 0.05
ALARM_ACTIVE = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
    "selected, and the affected deployments have been stopped."
)
_ROLLBACK_EVENTS = {
    "ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM",
    "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST",
}


@dataclass
class InterruptionError(Exception):
    """The deployment cannot go on: AWS's error code and message."""

    code: str
    message: str
    status: str = "Failed"


class Engine:
    """Run deployments, each as a task of its own."""

    def __init__(self, store: Store, clock: Clock, calls: Callable[[str], int]) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, deployment: Deployment) -> None:
        """Begin; the caller need not wait, `deployment.done` is set at the end."""
        spec = deployment.spec
        deployment.events = [
            LifecycleEvent("BeforeAllowTraffic", spec.before),
            LifecycleEvent("AllowTraffic"),
            LifecycleEvent("AfterAllowTraffic", spec.after),
        ]
        self._store.at(deployment.place).deployments[deployment.deployment_id] = deployment
        task = asyncio.get_running_loop().create_task(self._run(deployment))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """End every deployment without a trace."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._store.clear()

    async def _run(self, deployment: Deployment) -> None:
        with ministack.at(deployment.place):
            deployment.status, deployment.started = "InProgress", time.time()
            events.announce(deployment, "START")
            try:
                self._check_target(deployment)
                self._check(deployment)
                before, allow, after = deployment.events
                await self._hook(deployment, before)
                await self._during(allow, self._shift(deployment))
                await self._hook(deployment, after)
                self._check(deployment)
            except InterruptionError as problem:
                self._finish(deployment, problem.status, problem)
            except Exception as problem:  # noqa: BLE001 - whoever waits for it must not hang
                told = InterruptionError("INTERNAL_ERROR", repr(problem))
                self._finish(deployment, "Failed", told)
            else:
                self._finish(deployment, "Succeeded", None)

    def _finish(
        self, deployment: Deployment, status: str, problem: InterruptionError | None
    ) -> None:
        for event in deployment.events:
            if event.status == "Pending":
                event.status = "Skipped"
        if problem is not None:
            deployment.error = {"code": problem.code, "message": problem.message}
            if self._rolls_back(deployment, problem):
                self._roll_back(deployment)
        deployment.status, deployment.completed = status, time.time()
        state = {"Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}[status]
        events.announce(deployment, state)
        deployment.done.set()

    def _rolls_back(self, deployment: Deployment, problem: InterruptionError) -> bool:
        # The one is a rollback itself, the other never touched the alias.
        if deployment.creator == "codeDeployRollback" or problem.code.startswith("INVALID_"):
            return False
        if problem.code == "MANUAL_STOP" and deployment.stop_rolls_back is not None:
            return deployment.stop_rolls_back
        configured = deployment.auto_rollback
        reason = _ROLLBACK_EVENTS.get(problem.code, "DEPLOYMENT_FAILURE")
        return bool(configured.get("enabled")) and reason in (configured.get("events") or [])

    def _roll_back(self, failed: Deployment) -> None:
        """Put the alias back, and record the deployment that did so."""
        back = way_back(failed)
        failed.rollback = {
            "rollbackDeploymentId": back.deployment_id,
            "rollbackMessage": f"Deployment {failed.deployment_id} has been rolled back by "
            f"deployment {back.deployment_id}",
        }
        spec = back.spec
        # At once, not only when the recorded deployment gets its turn: traffic must not wait.
        ministack_releases.route_alias(spec.function, spec.alias, spec.target, {})
        self.start(back)

    def _check_target(self, deployment: Deployment) -> None:
        spec = deployment.spec
        alias = ministack_releases.alias(spec.function, spec.alias)
        if alias is None:
            raise InterruptionError(
                "INVALID_LAMBDA_FUNCTION",
                f"The Lambda function {spec.function} or its alias {spec.alias} does not exist.",
            )
        if spec.target not in ministack_releases.version_numbers(spec.function):
            raise InterruptionError(
                "INVALID_LAMBDA_CONFIGURATION",
                f"Version {spec.target} of the Lambda function {spec.function} does not exist.",
            )
        # A rollback starts from an alias that is back already.
        if deployment.creator != "codeDeployRollback" and alias.version != spec.current:
            raise InterruptionError(
                "INVALID_LAMBDA_CONFIGURATION",
                f"The alias {spec.alias} points to version {alias.version}, not to the current "
                f"version {spec.current} of the AppSpec file.",
            )

    def _check(self, deployment: Deployment) -> None:
        """Stop when somebody asked for it, or when an alarm of the group is red."""
        if deployment.stopping:
            raise InterruptionError(
                "MANUAL_STOP", "The deployment was stopped by a user.", "Stopped"
            )
        given = deployment.alarms
        if not given.get("enabled"):
            return
        states = [
            ministack_metrics.alarm_state(alarm["name"]) for alarm in given.get("alarms") or []
        ]
        if "ALARM" in states:
            raise InterruptionError("ALARM_ACTIVE", ALARM_ACTIVE, "Stopped")
        if None in states and not given.get("ignorePollAlarmFailure"):
            raise InterruptionError(
                "ALARM_ACTIVE",
                "The state of one or more alarms could not be retrieved from CloudWatch.",
                "Stopped",
            )

    async def _shift(self, deployment: Deployment) -> None:
        spec = deployment.spec
        for step in configs.steps(deployment.routing):
            last = step.percent == 100
            version = spec.target if last else spec.current
            weights = {} if last else {spec.target: step.percent / 100}
            ministack_releases.route_alias(spec.function, spec.alias, version, weights)
            deployment.percent = step.percent
            met = self._traffic(spec.function, spec.alias, minutes=step.minutes)
            await self._watch(deployment, minutes=step.minutes)
            while not met():
                await self._watch(deployment, minutes=0)
                await asyncio.sleep(COUNT_SECONDS)

    def _traffic(self, function: str, alias: str, *, minutes: float) -> Callable[[], bool]:
        """Return what tells whether an alias has been called from now on as often as it should.

        As the clock says then: where nobody calls, that is how a deployment is let go on.
        """
        one = ministack_releases.alias(function, alias)
        if one is None:
            return lambda: True
        before = self._calls(one.arn)
        return lambda: self._calls(one.arn) - before >= minutes * self._clock.calls_a_minute

    async def _watch(
        self,
        deployment: Deployment,
        *,
        minutes: float,
        until: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Wait, checking whenever something happens; tell whether what was awaited came."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._clock.seconds(minutes=minutes)
        while True:
            deployment.wake.clear()
            self._check(deployment)
            if until():
                return True
            left = deadline - loop.time()
            if left <= 0:
                return False
            try:
                await asyncio.wait_for(deployment.wake.wait(), left)
            except TimeoutError:
                continue

    async def _hook(self, deployment: Deployment, event: LifecycleEvent) -> None:
        if event.hook is None:
            # AWS, too, lists a stage without a hook as succeeded.
            event.status, event.started = "Succeeded", time.time()
            event.ended = event.started
            return
        await self._during(event, self._ask(deployment, event, event.hook))

    async def _ask(self, deployment: Deployment, event: LifecycleEvent, hook: str) -> None:
        event.execution_id = ministack.new_id()
        payload = {
            "DeploymentId": deployment.deployment_id,
            "LifecycleEventHookExecutionId": event.execution_id,
        }
        if not ministack_releases.invoke_later(hook, payload):
            raise _hook_failure(f"The hook function {hook} of {event.name} does not exist.")
        answered = await self._watch(
            deployment, minutes=HOOK_MINUTES, until=lambda: event.status != "InProgress"
        )
        if not answered:
            raise _hook_failure(
                f"The hook function {hook} of {event.name} did not report its status within "
                f"{HOOK_MINUTES} minutes."
            )
        if event.status == "Failed":
            raise _hook_failure(f"The hook function {hook} of {event.name} reported Failed.")

    async def _during(self, event: LifecycleEvent, work: Any) -> None:
        """Note when a stage begins, ends, and fails."""
        event.status, event.started = "InProgress", time.time()
        try:
            await work
        except BaseException as problem:
            event.status = "Failed"
            event.message = getattr(problem, "message", str(problem))
            raise
        else:
            event.status = "Succeeded"
        finally:
            event.ended = time.time()

    def wake(self, place: ministack.Place) -> None:
        """Let the deployments of a place look at their alarms again."""
        for deployment in self._store.unfinished(place):
            deployment.wake.set()


def _hook_failure(message: str) -> InterruptionError:
    return InterruptionError("HOOK_EXECUTION_FAILURE", message)


def stop(deployment: Deployment, *, roll_back: bool | None) -> None:
    """Ask a deployment to stop."""
    deployment.stopping, deployment.stop_rolls_back = True, roll_back
    deployment.wake.set()


def answer_hook(deployment: Deployment, event: LifecycleEvent, status: str) -> None:
    """Take a hook's verdict."""
    event.status = status
    deployment.wake.set()
