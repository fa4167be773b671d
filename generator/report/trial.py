"""The outcome of a test run: a line for each unit and region, JSON, JUnit."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from generator.report.looks import printable
from generator.trial.look import Result
from generator.trial.trial import Outcome


def table(outcome: Outcome) -> Table:
    """Show what was asked of each unit in each region, and how it was answered."""
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in ("unit", "region"):
        grid.add_column(name, no_wrap=True)
    grid.add_column("checks", overflow="fold")
    for (unit, region), results in _by_subject(outcome):
        grid.add_row(unit, region, Text("  ").join(_mark(result) for result in results))
    return grid


def as_data(outcome: Outcome, *, files: dict[str, str]) -> dict[str, Any]:
    """Give the outcome for programs."""
    return {
        "environment": outcome.trial.environment,
        "name": f"{outcome.trial.project}-{outcome.trial.name}",
        "account": outcome.trial.account,
        "passed": outcome.passed,
        "kept": outcome.kept,
        "results": [
            {
                "unit": one.unit,
                "region": one.region,
                "check": one.check,
                "outcome": _word(one),
                "seconds": round(one.seconds, 3),
                "problems": [
                    {"message": p.message, "file": None if p.file is None else str(p.file),
                     "line": p.line}
                    for p in one.problems
                ],
            }
            for one in outcome.results
        ],
        "left": [
            {"region": one.region, "type": one.type, "name": one.name, "why": one.why}
            for one in outcome.left
        ],
        "files": files,
    }  # fmt: skip


def junit(outcome: Outcome) -> str:
    """Write the outcome as JUnit: a suite for each unit and region, a case for each check."""
    root = ET.Element("testsuites", name="gen test")
    for (unit, region), results in _by_subject(outcome):
        suite = ET.SubElement(root, "testsuite", name=f"{unit} {region}")
        for one in results:
            suite.append(_case(one))
        _count(suite)
    if not outcome.kept:
        suite = ET.SubElement(root, "testsuite", name="clean")
        case = ET.SubElement(suite, "testcase", name="nothing is left", classname="clean")
        if outcome.left:
            text = "\n".join(f"{o.region} {o.type} {o.name}: {o.why}" for o in outcome.left)
            failure = ET.SubElement(
                case, "failure", message=f"{len(outcome.left)} left", type="left"
            )
            failure.text = printable(text)
        _count(suite)
    _count(root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _case(one: Result) -> ET.Element:
    case = ET.Element(
        "testcase",
        name=one.check,
        classname=f"{one.unit}.{one.region}",
        time=f"{one.seconds:.3f}",
    )
    first = next(iter(one.problems), None)
    if first is not None:
        if first.file is not None:
            case.set("file", printable(str(first.file)))
        if first.line is not None:
            case.set("line", str(first.line))
        failure = ET.SubElement(case, "failure", message=printable(first.message), type=one.check)
        failure.text = printable("\n".join(str(problem) for problem in one.problems))
    elif not one.asked:
        ET.SubElement(case, "skipped", message="there is no stack to look at")
    return case


def _count(element: ET.Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("errors", "0")
    element.set("skipped", str(len(list(element.iter("skipped")))))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _by_subject(outcome: Outcome) -> list[tuple[tuple[str, str], list[Result]]]:
    parts = groupby(outcome.results, key=lambda result: (result.unit, result.region))
    return [(subject, list(results)) for subject, results in parts]


def _mark(result: Result) -> Text:
    if not result.asked:
        return Text(f"· {result.check}", style="dim")
    if result.passed:
        return Text(f"✓ {result.check}", style="green")
    return Text(f"✗ {result.check}", style="bold red")


def _word(result: Result) -> str:
    if not result.asked:
        return "skipped"
    return "passed" if result.passed else "failed"
