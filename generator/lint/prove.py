"""Prove all templates: what cfn-lint said of the same text before needs no asking again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generator.lint.findings import CRASHED, Finding, Level, Remark, Subject
from generator.lint.store import Store


def prove(
    subjects: Sequence[Subject], *, regions: Iterable[str], store: Store | None = None
) -> list[Finding]:
    """Check all templates for exactly the given regions; most serious findings first.

    Never raises for a bad template: what ends cfn-lint itself is a finding too.
    """
    judged = sorted(set(regions))
    texts = dict.fromkeys(subject.text for subject in subjects)
    known = {text: _load(store, text, judged) for text in texts}
    if new := [text for text, remarks in known.items() if remarks is None]:
        # Loading cfn-lint takes longer than all the rest of a build.
        from generator.lint.linter import remarks_on

        for text, remarks in zip(new, remarks_on(new, regions=judged), strict=True):
            known[text] = remarks
            _save(store, text, judged, remarks)
    found = {
        Finding.of(remark, subject): None
        for subject in subjects
        for remark in known[subject.text] or ()
    }
    order = list(Level)
    return sorted(found, key=lambda f: (order.index(f.level), f.file, f.line, f.rule))


def _load(store: Store | None, text: str, regions: list[str]) -> list[Remark] | None:
    rows = store.load("remarks", text, regions) if store else None
    return None if rows is None else [Remark.from_row(row) for row in rows]


def _save(store: Store | None, text: str, regions: list[str], remarks: list[Remark]) -> None:
    # What ended cfn-lint may have been this machine's trouble.
    if store and not any(remark.rule == CRASHED for remark in remarks):
        store.save([remark.as_row() for remark in remarks], "remarks", text, regions)
