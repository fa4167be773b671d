"""Operations of the set; and the restores among them, whose ids tell all that is known of them.

`restore-<good>-from-<bad>-<attempt>-<8 hex digits of the last operation that was no restore>`: the
same trouble always leads to the same id, and CloudFormation begins an operation of an id once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

_RESTORE = re.compile("restore-([0-9a-f]{12})-from-([0-9a-f]{12}|none)-([0-9]+)-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class RestoreId:
    """The id of an operation that gives the set a good release back."""

    good: str
    bad: str
    """What is taken back; the good one itself, where only its instances are to be put right."""
    attempt: int
    base: str

    def __str__(self) -> str:
        return f"restore-{self.good}-from-{self.bad}-{self.attempt}-{self.base}"

    @classmethod
    def of(cls, operation: str) -> Self | None:
        """Read an operation's id; None if it is no restore."""
        if not (match := _RESTORE.fullmatch(operation)):
            return None
        good, bad, attempt, base = match.groups()
        return cls(good, bad, int(attempt), base)


def digest_of(operation: str) -> str:
    """Shorten an operation's id, which may be any text of up to 128 characters."""
    return hashlib.sha256(operation.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the set."""

    id: str
    action: str
    status: str
    created: datetime
    ended: datetime | None = None
    failed_instances: int = 0

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Self:
        """Read what ListStackSetOperations tells."""
        ended = summary.get("EndTimestamp")
        return cls(
            id=summary["OperationId"],
            action=summary["Action"],
            status=summary["Status"],
            created=_milliseconds(summary["CreationTimestamp"]),
            ended=_milliseconds(ended) if ended else None,
            failed_instances=summary.get("StatusDetails", {}).get("FailedStackInstancesCount", 0),
        )

    @property
    def under_way(self) -> bool:
        """Say whether it has not ended."""
        return self.status in ("RUNNING", "QUEUED", "STOPPING")

    @property
    def changes_instances(self) -> bool:
        """Say whether it brings a release anywhere, as DELETE and DETECT_DRIFT don't."""
        return self.action in ("CREATE", "UPDATE")

    @property
    def went_well(self) -> bool:
        """Say whether every instance is as wished: SUCCEEDED can hide failures."""
        return self.status == "SUCCEEDED" and not self.failed_instances

    @property
    def end(self) -> datetime:
        """Say when it ended."""
        return self.ended or self.created

    @property
    def restore(self) -> RestoreId | None:
        """Read its id as a restore's."""
        return RestoreId.of(self.id)


def _milliseconds(time: datetime) -> datetime:
    """Cut a time as the history's keys are cut."""
    utc = time.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
