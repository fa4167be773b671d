"""Findings in SARIF 2.1.0, as code hosts and editors read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import generator
from generator.lint import Finding, Judgement, Level, Rule
from generator.shipped import OWN

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFORMATIONAL: "note"}
BASE = "ROOT"
"""What relative paths are relative to."""


def log(judgement: Judgement, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Give the log as data; `rules` says what those that found something are about."""
    ids = sorted({finding.rule for finding in judgement.findings})
    run = {
        "tool": {
            "driver": {
                "name": "gen lint",
                "version": generator.__version__,
                "rules": [_rule(name, rules.get(name)) for name in ids],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            BASE: {"description": {"text": "The project's folder, or that of the run."}}
        },
        "results": [_result(each, ids.index(each.rule)) for each in judgement.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name}
    examples = [
        f"{title}:\n\n```yaml\n{text.strip()}\n```"
        for title, text in (("Bad", rule.bad), ("Good", rule.good))
        if text
    ]
    described: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": rule.shortdesc or name},
        "fullDescription": {"text": rule.description or rule.shortdesc or name},
        "help": {
            "text": "\n\n".join([rule.description or name, *examples, rule.source_url]).strip(),
            "markdown": "\n\n".join([rule.description or name, *examples, rule.source_url]).strip(),
        },
        "defaultConfiguration": {"level": LEVELS[rule.level]},
    }
    return described | ({"helpUri": rule.source_url} if rule.source_url else {})


def _result(finding: Finding, index: int) -> dict[str, Any]:
    region = {"startLine": max(finding.line, 1)}
    if not finding.rendered:
        region["startColumn"] = max(finding.column, 1)
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(finding.file), "region": region}
    }
    if finding.path:
        location["logicalLocations"] = [
            {"fullyQualifiedName": "/".join(map(str, finding.path)), "kind": "element"}
        ]
    rendered = f" (rendered as {finding.rendered})" if finding.rendered else ""
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": LEVELS[finding.level],
        "message": {"text": finding.message + rendered},
        "locations": [location],
    }


def _artifact(file: str) -> dict[str, str]:
    if file.startswith(OWN):
        # A template of gen's lies nowhere in the project: no path of it would lead there.
        return {"uri": OWN + quote(file.removeprefix(OWN))}
    if Path(file).is_absolute():
        return {"uri": Path(file).as_uri()}
    return {"uri": quote(Path(file).as_posix()), "uriBaseId": BASE}
