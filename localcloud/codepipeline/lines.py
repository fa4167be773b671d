"""Who is in a stage, and who waits before it: queued, superseded or in parallel.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Line:
    """The executions in and before a stage, by id; the first to come is the first to go in."""

    inside: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def arrive(self, execution: str, mode: str, *, rollback: bool = False) -> list[str]:
        """Wait for a turn; return those that are superseded by it.

        A rollback goes before everybody, and supersedes nobody.
        """
        if rollback:
            self.waiting.insert(0, execution)
            return []
        gone = list(self.waiting) if mode == "SUPERSEDED" else []
        self.waiting = [execution] if mode == "SUPERSEDED" else [*self.waiting, execution]
        return gone

    def admit(self, mode: str, *, enabled: bool) -> str | None:
        """Let the next execution in, if there is one and it may go in."""
        if not self.waiting or not enabled or (self.inside and mode != "PARALLEL"):
            return None
        execution = self.waiting.pop(0)
        self.inside.append(execution)
        return execution

    def leave(self, execution: str) -> None:
        """Go out, or give up waiting."""
        for where in (self.inside, self.waiting):
            if execution in where:
                where.remove(execution)


def run_orders(actions: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    """Return a stage's actions by run order: those of one group run at the same time."""
    orders = sorted({_order(action) for action in actions})
    return [[one for one in actions if _order(one) == order] for order in orders]


def _order(action: dict[str, object]) -> int:
    return int(str(action.get("runOrder") or 1))
