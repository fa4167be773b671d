"""Findings as a JUnit report: CI systems show it as tests, a suite for each file.

An error is a failed test, and so is a warning where warnings fail the command; others are tests
that passed, with what was found as their output. A file without findings is a test that passed.
https://github.com/testmoapp/junitxml describes what CI systems read.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from generator.lint import Finding, Judgement, Level
from generator.report.looks import printable


def report(judgement: Judgement, *, strict: bool) -> str:
    """Write the report."""
    failing = (Level.ERROR, Level.WARNING) if strict else (Level.ERROR,)
    found: dict[str, list[Finding]] = {file: [] for file in judgement.files}
    for finding in judgement.findings:
        found.setdefault(finding.file, []).append(finding)
    root = ET.Element("testsuites", name="gen lint")
    for file, findings in found.items():
        suite = ET.SubElement(root, "testsuite", name=printable(file))
        for finding in findings:
            suite.append(_case(finding, failed=finding.level in failing))
        if not findings:
            ET.SubElement(suite, "testcase", name="no findings", classname=printable(file))
        _count(suite)
    _count(root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _case(finding: Finding, *, failed: bool) -> ET.Element:
    about = f" {finding.resource}" if finding.resource else ""
    case = ET.Element(
        "testcase",
        name=printable(f"{finding.rule}{about} (line {finding.line})"),
        classname=printable(finding.file),
        file=printable(finding.file),
        line=str(finding.line),
    )
    place = f"{finding.file}:{finding.line}:{finding.column}"
    rendered = f"\nrendered as {finding.rendered}" if finding.rendered else ""
    text = printable(f"{place}: {finding.level} {finding.rule}: {finding.message}{rendered}")
    if failed:
        message = printable(finding.message)
        ET.SubElement(case, "failure", message=message, type=finding.rule).text = text
    else:
        ET.SubElement(case, "system-out").text = text
    return case


def _count(element: ET.Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("errors", "0")
