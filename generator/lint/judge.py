"""Judge files, folders and patterns, of whatever project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from generator.lint import workers
from generator.lint.findings import Finding, Subject
from generator.lint.prove import prove
from generator.lint.selection import ALL, Selection
from generator.lint.sources import Unreadable, sources
from generator.lint.store import Store


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found, and in what it was looked for."""

    findings: tuple[Finding, ...]
    """In order of files and lines."""
    files: tuple[str, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding], files: Iterable[str]) -> Judgement:
        """Put findings in order."""
        ordered = sorted(findings, key=lambda f: (f.file, f.line, f.column, f.rule, f.message))
        return cls(tuple(ordered), tuple(dict.fromkeys(files)))


def judge_paths(
    paths: Iterable[str],
    *,
    regions: Iterable[str] = (),
    store: Store | None = None,
    selection: Selection = ALL,
    limit: float = workers.PATIENT_SECONDS,
) -> Judgement:
    """Judge what paths name; without regions, for those that cfn-lint or the template names."""
    found = sources(paths)
    subjects = [each for each in found if isinstance(each, Subject)]
    findings = prove(subjects, regions=regions, store=store, selection=selection, limit=limit)
    unread = (
        Finding.of(each.remark, Subject(each.name, "", path=Path(each.name)))
        for each in found
        if isinstance(each, Unreadable)
    )
    return Judgement.of(
        [*findings, *filter(selection.wants, unread)], (each.name for each in found)
    )
