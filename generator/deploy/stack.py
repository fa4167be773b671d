"""Bring one stack to where it should be, whatever state it is found in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection

from generator.aws import Stacks, TemplateSource
from generator.deploy.operations.contact import Contact
from generator.deploy.operations.watch import Tail, TemplateLines, root_causes
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.reality import read_stack
from generator.errors import GenError, Problem
from generator.plan import DesiredStack, StackAction, decide, stack_policy, wanted_policy
from generator.plan.state import ActualStack, StackState

Pause = Callable[[], None]
"""Wait before the next look."""


class StackDeployment:
    """One stack's way to its desired state."""

    def __init__(
        self, desired: DesiredStack, *, source: TemplateSource, stacks: Stacks,
        lines: TemplateLines, progress: Progress, pause: Pause,
        allow_replace: Collection[str] = (),
    ):  # fmt: skip
        """`allow_replace` names resources that may be replaced or deleted although they hold
        data."""
        self._desired = desired
        self._source = source
        self._stacks = stacks
        self._lines = lines
        self._progress = progress
        self._pause = pause
        self._allow_replace = allow_replace

    def run(self) -> bool:
        """Create or update the stack as needed; say whether anything was done.

        Raises GenError with the root cause when it fails.
        """
        name, changed = self._desired.name, False
        while True:
            actual = read_stack(self._stacks, name)
            match decide(self._desired, actual):
                case StackAction.NOTHING:
                    self._show(Status.DONE if changed else Status.UNCHANGED)
                    return changed
                case StackAction.WAIT:
                    self._follow()
                case StackAction.RECREATE:
                    if actual.state and actual.state.protected:
                        self._stacks.protect(name, enabled=False)
                    self._stacks.delete(name)
                    self._follow()
                case StackAction.CREATE:
                    self._stacks.create(
                        name,
                        self._source,
                        protected=self._desired.protected,
                        policy=self._desired.policy,
                        **self._arguments(),
                    )
                    self._succeed(self._follow())
                    changed = True
                case StackAction.PROTECT:
                    changed |= self._protect(actual)
                case StackAction.UPDATE:
                    if not self._stacks.update(
                        name,
                        self._source,
                        policy_during_update=self._during_update(actual.template),
                        **self._arguments(),
                    ):
                        # The texts differ, what they say does not.
                        changed |= self._protect(actual)
                        self._show(Status.DONE if changed else Status.UNCHANGED)
                        return changed
                    self._succeed(self._follow())
                    changed = True
                case StackAction.STUCK:
                    status = actual.state.status if actual.state else ""
                    raise GenError(
                        Problem(
                            f"stack {name} in {self._where} is {status}, which only a person can"
                            " resolve",
                            hint="continue or undo its last operation in the CloudFormation"
                            " console, then run the same command again",
                        )
                    )

    @property
    def _where(self) -> str:
        return f"{self._desired.account} {self._desired.region}"

    def _arguments(self) -> dict[str, object]:
        return {
            "parameters": self._desired.parameters,
            "tags": self._desired.tags,
            "capabilities": self._desired.capabilities,
            "token": f"gen-{uuid.uuid4()}",
        }

    def _protect(self, actual: ActualStack) -> bool:
        """Set what is not as it should be, and no more; say whether anything was set."""
        wanted = wanted_policy(self._desired, actual)
        if wanted is not None:
            self._stacks.set_policy(self._desired.name, wanted)
        differs = actual.state is not None and actual.state.protected != self._desired.protected
        if differs:
            self._stacks.protect(self._desired.name, enabled=self._desired.protected)
        return differs or wanted is not None

    def _during_update(self, template: str | None) -> str | None:
        """Let this update alone replace or delete the resources that were named for it."""
        if not self._allow_replace or template is None:
            return None
        return stack_policy(template, replaceable=self._allow_replace)

    def _follow(self) -> StackState | None:
        """Watch until nothing is under way; give what the stack then is."""
        tail = Tail(self._stacks, self._desired.name)
        contact = Contact(f"stack {self._desired.name} in {self._where}", self._progress.note)
        while True:
            if seen := contact.look(lambda: (self._look(tail),)):
                (state,) = seen
                if state is None or not state.in_progress:
                    return state
            self._pause()

    def _look(self, tail: Tail) -> StackState | None:
        state = self._stacks.describe(self._desired.name)
        if state is not None and state.in_progress:
            self._show(Status.RUNNING, tail.now())
        return state

    def _succeed(self, state: StackState | None) -> None:
        if state is not None and state.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return
        causes = root_causes(self._stacks, state.id) if state else []
        self._show(Status.FAILED, causes[0].reason if causes else "")
        where = f"{self._desired.name} in {self._where}"
        ended = f"{state.status}: {state.reason}" if state else "the stack is gone"
        raise GenError(
            [self._lines.problem(cause, where) for cause in causes] or Problem(f"{where}: {ended}")
        )

    def _show(self, status: Status, detail: str = "") -> None:
        self._progress.row(Row(self._desired.account, self._desired.region, status, detail))
