"""Do what was decided, so that being killed anywhere, and doing it again, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from alerts import listing, put_once, tell_once
from botocore.exceptions import ClientError
from decisions import Alert, Decision, Finish, Judge, Nothing, Restore, Wait
from events import Event
from history import Entry, History
from release_record import RefusedError, read_record, update_arguments
from settings import PASSING, Cloud, Settings, code_of, pages
from situation import Situation

BY = "rollback-coordinator"
NONE = "none"
"""What a pointer says before there is anything to point to."""

_BEGUN = {"OperationIdAlreadyExistsException"}
_BUSY = {"OperationInProgressException", "StaleRequestException"}


class Next(Enum):
    """What comes after a step."""

    DONE = "the message may go"
    LOOK_AGAIN = "at once"
    LATER = "when the message comes back"


@dataclass(frozen=True, slots=True)
class Step:
    """What is carried out for which message."""

    event: Event
    situation: Situation
    message: str
    """Its id."""
    cloud: Cloud
    settings: Settings

    def carry_out(self, decision: Decision) -> Next:
        """Do it, and say how to go on."""
        match decision:
            case Nothing():
                return Next.DONE
            case Wait():
                return Next.LATER
            case Restore():
                return self._restore(decision)
            case Finish():
                return self._finish(decision)
            case Judge():
                return self._judge(decision)
            case Alert():
                return self._alert(decision)

    def _restore(self, decision: Restore) -> Next:
        """Begin the operation, unless somebody has: it is followed when the message comes back."""
        wanted = decision.operation
        try:
            record = read_record(self.cloud, self.settings, wanted.good)
        except RefusedError as error:
            told = self._tell(
                ("refused", str(wanted), str(error)),
                f"{wanted.good} can't be restored",
                f"{decision.why}. Release {wanted.good} is the one to go back to, but it is not"
                f" restored: {error}.",
                "Nothing was changed. Choose another release (`gen releases`) and run"
                " `gen rollback RELEASE`, or deploy a fix.",
            )
            return Next.DONE if told else Next.LATER
        # Before the first change: a deployment from a terminal sees it, and begins no further wave.
        self._put(self.settings.current_parameter, wanted.good)
        try:
            self.cloud.cloudformation.update_stack_set(
                **update_arguments(record, self.settings), OperationId=str(wanted)
            )
        except ClientError as error:
            if (code := code_of(error)) not in _BEGUN | _BUSY | PASSING:
                # Whatever it is, it may be put right: the message goes on trying.
                self._tell(
                    ("can't begin", str(wanted), code),
                    f"Restore of {wanted.good} can't begin",
                    f"{decision.why}. Release {wanted.good} is the one to go back to, but"
                    f" CloudFormation refuses the update: {code}.",
                    "It is tried again and again for hours. Put right what is in the way, or"
                    " deploy a fix.",
                )
        return Next.LATER

    def _finish(self, decision: Finish) -> Next:
        """Tell and record a restore: the entry `restored`, the last of all, says that all is."""
        operation, restore = decision.operation, decision.restore
        taken_back = restore.bad if restore.bad not in (restore.good, "none") else None
        results = sorted(
            (row["Account"], row["Region"], row["Status"]) for row in self._results(operation.id)
        )
        regions = [result[:2] for result in results if result[2] == "SUCCEEDED"]
        missed = [result for result in results if result[2] != "SUCCEEDED"]
        instead = f" instead of {taken_back}" if taken_back else ""
        if not self._tell(
            ("restored", operation.id),
            f"{restore.good} is restored{instead}",
            f"{self.event.line}.",
            f"Release {restore.good} was restored{instead} by operation {operation.id}"
            f" (attempt {restore.attempt}), all at once and without looking at alarms. It runs in:",
            listing(" ".join(pair) for pair in regions),
            *(["It did not reach:", listing(map(" ".join, missed))] if missed else []),
            f"{taken_back} is recorded as bad. Find out what is wrong with it before it is deployed"
            " again."
            if taken_back
            else "The regions have what was recorded of this release; other changes are undone.",
        ):
            return Next.LATER
        verdict = Entry(operation.end, taken_back, "bad") if taken_back else None
        restored = Entry(operation.end, restore.good, "restored")
        entries = [entry for entry in (verdict, restored) if entry]
        self._point(self.situation.history.plus(*entries))
        if verdict:
            self._record(verdict, operation=operation.id, reason=self.event.line)
        self._record(
            restored,
            operation=operation.id,
            reason=self.event.line,
            **({"instead_of": taken_back} if taken_back else {}),
            regions=[list(pair) for pair in regions],
        )
        return Next.LOOK_AGAIN

    def _judge(self, decision: Judge) -> Next:
        """Tell and record that a release failed, and that the set runs another one."""
        verdict = decision.verdict
        if not self._tell(
            ("failed", verdict.key),
            f"{verdict.release} failed; the set has {decision.running}",
            f"{self.event.line}.",
            f"Release {verdict.release} is recorded as bad; the set has {decision.running}"
            f"{'' if self.situation.has_outdated else ' in all regions'}. The coordinator restored"
            " nothing: CodeDeploy, the pipeline or somebody at a terminal has put it right.",
            "Find out what is wrong with it before it is deployed again.",
        ):
            return Next.LATER
        self._point(self.situation.history.plus(verdict))
        self._record(verdict, reason=self.event.line)
        return Next.LOOK_AGAIN

    def _alert(self, decision: Alert) -> Next:
        """Tell people what is left to them."""
        failed = [
            f"{row['Account']} {row['Region']}: {row.get('StatusReason') or 'no reason given'}"
            for row in (self._results(decision.operation) if decision.operation else ())
            if row["Status"] == "FAILED"
        ]
        if not self._tell(
            decision.about,
            decision.subject,
            decision.why,
            *(["It failed in:", listing(failed)] if failed else []),
            decision.todo,
        ):
            return Next.LATER
        if verdict := decision.verdict:
            self._point(self.situation.history.plus(verdict))
            self._record(verdict, reason=self.event.line)
        return Next.DONE

    def _tell(self, about: Iterable[str], subject: str, *paragraphs: str) -> bool:
        return tell_once(
            self.cloud,
            self.settings,
            about,
            subject=subject,
            paragraphs=paragraphs,
            message=self.message,
        )

    def _record(self, entry: Entry, **more: Any) -> None:
        body = {
            "release": entry.release,
            "what": entry.what,
            "time": entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "by": BY,
            **more,
        }
        put_once(self.cloud, self.settings, entry.key, body)

    def _point(self, history: History) -> None:
        """Let the two parameters say what the history says."""
        if current := history.current():
            self._put(self.settings.current_parameter, current)
        self._put(self.settings.last_good_parameter, history.last_good() or NONE)

    def _put(self, parameter: str, release: str) -> None:
        # With a type, as somebody may have deleted it: that must not keep a restore back.
        self.cloud.ssm.put_parameter(Name=parameter, Value=release, Type="String", Overwrite=True)

    def _results(self, operation: str) -> Iterator[dict[str, Any]]:
        return pages(
            self.cloud.cloudformation.list_stack_set_operation_results,
            "Summaries",
            StackSetName=self.settings.stack_set,
            OperationId=operation,
        )
