"""Prove all texts: what cfn-lint said of the same text before needs no asking again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from generator.lint import workers
from generator.lint.findings import CRASHED, Finding, Kind, Level, Remark, Subject
from generator.lint.question import HANDLERS, Question
from generator.lint.selection import ALL, Selection
from generator.lint.store import Store


def prove(
    subjects: Sequence[Subject],
    *,
    regions: Iterable[str] = (),
    store: Store | None = None,
    selection: Selection = ALL,
    limit: float = workers.PATIENT_SECONDS,
) -> list[Finding]:
    """Check all texts for exactly the given regions; most serious findings first.

    Never raises for a bad text: what ends cfn-lint itself is a finding too, and so is a text that
    takes longer than `limit` (seconds).
    """
    judged, include = tuple(sorted(set(regions))), tuple(sorted(selection.rules))
    asked = [
        (subject, list(_questions(subject, subjects, judged, include))) for subject in subjects
    ]
    answers = _answers([each for _, several in asked for each in several], store, limit)
    found = {
        Finding.of(remark, subject): None
        for subject, questions in asked
        for question in questions
        for remark in answers[question]
    }
    order = list(Level)
    return sorted(
        filter(selection.wants, found),
        key=lambda f: (order.index(f.level), f.file, f.line, f.rule),
    )


def _questions(
    subject: Subject, others: Sequence[Subject], regions: tuple[str, ...], include: tuple[str, ...]
) -> Iterable[Question]:
    # A worker may have been started in another folder.
    path = str(subject.path.absolute()) if subject.path else None
    if subject.kind is Kind.TEMPLATE:
        yield Question(subject.text, regions=regions, include=include)
        if path and "Handler" in subject.text:
            yield Question(subject.text, HANDLERS, path=path, templates=(subject.text,))
    else:
        beside = (each.text for each in others if _belongs(subject, each))
        yield Question(subject.text, subject.kind, path=path, templates=tuple(beside))


def _belongs(file: Subject, template: Subject) -> bool:
    """Tell whether a file belongs to a template: one of its folder or below, or a rendered one."""
    if template.kind is not Kind.TEMPLATE:
        return False
    if file.path is None or template.path is None:
        return True
    return Path(template.path).resolve().is_relative_to(Path(file.path).resolve().parent)


def _answers(
    questions: Sequence[Question], store: Store | None, limit: float
) -> dict[Question, list[Remark]]:
    known = {question: _load(store, question) for question in questions}
    new = [question for question, remarks in known.items() if remarks is None]
    for question, remarks in zip(new, workers.judge(new, limit=limit), strict=True):
        known[question] = remarks
        _save(store, question, remarks)
    return {question: remarks or [] for question, remarks in known.items()}


def _load(store: Store | None, question: Question) -> list[Remark] | None:
    rows = store.load("remarks", question.as_row()) if store and _is_lasting(question) else None
    return None if rows is None else [Remark.from_row(row) for row in rows]


def _save(store: Store | None, question: Question, remarks: list[Remark]) -> None:
    # What ended cfn-lint may have been this machine's trouble.
    if store and _is_lasting(question) and not any(each.rule == CRASHED for each in remarks):
        store.save([remark.as_row() for remark in remarks], "remarks", question.as_row())


def _is_lasting(question: Question) -> bool:
    """Tell whether the answer depends on nothing but the question: on no other file."""
    return question.kind == Kind.TEMPLATE
