"""Bring one stack to where it should be, whatever state it is found in."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from generator.aws import Stacks, TemplateSource
from generator.deploy.contact import Contact
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.watch import Tail, TemplateLines, root_causes
from generator.errors import GenError, Problem
from generator.plan import DesiredStack, StackAction, decide
from generator.plan.state import StackState

Pause = Callable[[], None]
"""Wait before the next look."""


class StackDeployment:
    """One stack's way to its desired state."""

    def __init__(
        self, desired: DesiredStack, *, source: TemplateSource, stacks: Stacks,
        lines: TemplateLines, progress: Progress, pause: Pause,
    ):  # fmt: skip
        self._desired = desired
        self._source = source
        self._stacks = stacks
        self._lines = lines
        self._progress = progress
        self._pause = pause

    def run(self) -> bool:
        """Create or update the stack as needed; say whether anything was done.

        Raises GenError with the root cause when it fails.
        """
        name, changed = self._desired.name, False
        while True:
            actual = self._stacks.describe(name)
            template = self._stacks.template(name) if actual and actual.is_healthy else None
            match decide(self._desired, actual, template):
                case StackAction.NOTHING:
                    self._show(Status.DONE if changed else Status.UNCHANGED)
                    return changed
                case StackAction.WAIT:
                    self._follow()
                case StackAction.RECREATE:
                    self._stacks.delete(name)
                    self._follow()
                case StackAction.CREATE:
                    self._stacks.create(name, self._source, **self._arguments())
                    self._succeed(self._follow())
                    changed = True
                case StackAction.UPDATE:
                    if not self._stacks.update(name, self._source, **self._arguments()):
                        self._show(Status.UNCHANGED)
                        return changed
                    self._succeed(self._follow())
                    changed = True
                case StackAction.STUCK:
                    status = actual.status if actual else ""
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
