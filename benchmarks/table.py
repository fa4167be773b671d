"""What was measured, as Markdown: rows of ratios, and tables in a document between two marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Ratio


@dataclass(frozen=True, slots=True)
class Row:
    """Something of ours beside something of others'."""

    ours: str
    theirs: str
    seconds: float
    their_seconds: float
    ratio: Ratio
    at_most: float | None = None
    """The ratio that we promise; None where we only look."""

    @property
    def is_kept(self) -> bool:
        return self.at_most is None or self.ratio.passed <= self.at_most

    def cells(self) -> list[str]:
        """Write it down."""
        promised = "" if self.at_most is None else f"{self.at_most:g}"
        return [
            self.ours,
            self.theirs,
            f"{self.seconds:.2f}",
            f"{self.their_seconds:.2f}",
            f"**{self.ratio.passed:.2f}** ({self.ratio.low:.2f} to {self.ratio.high:.2f})",
            f"{self.ratio.processor:.2f}",
            promised + ("" if self.is_kept else " **(missed)**"),
        ]


HEAD = ("what", "beside", "s", "s of that", "ratio (range)", "processor's ratio", "at most")


def comparison(rows: Iterable[Row]) -> str:
    """Write rows as a table."""
    return markdown(HEAD, [row.cells() for row in rows])


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table: words to the left, numbers to the right."""
    rows = list(rows)
    numeric = [all(row[n][:1] in "0123456789*" for row in rows) for n in range(len(head))]
    lines = [head, ["---:" if is_number else "---" for is_number in numeric], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def put(document: Path, name: str, text: str) -> None:
    """Replace what stands between a document's two marks of this name."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not (begin and end):
        raise LookupError(f"{document} has no marks for {name}")
    document.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
