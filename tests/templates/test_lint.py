"""cfn-lint has nothing to say about any template of any variant, neither error nor warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from templates.rendered import ROOT, all_templates, services

from generator.lint import Store, Subject, prove
from generator.render.sourcemap import SourceMap

pytestmark = pytest.mark.unit

REGIONS = ("us-east-1", "us-west-2", "eu-central-1")


def findings_in(texts: dict[str, str], store: Path) -> list[str]:
    """Prove texts by name, at once: loading cfn-lint takes longer than its work."""
    subjects = [Subject(name, text, SourceMap(())) for name, text in texts.items()]
    found = prove(subjects, regions=REGIONS, store=Store(store))
    return [f"{each.rendered} {each.rule} {each.message}" for each in found]


def test_no_findings() -> None:
    # What cfn-lint said of a text once, in a build or an earlier run, it says again.
    known = ROOT / "build" / "cache" / "lint"
    assert findings_in({str(each): each.text for each in all_templates()}, known) == []


def test_a_mistake_would_be_found(tmp_path: Path) -> None:
    text = services()[0].text.replace("MemorySize:", "Memory:")
    assert any("E3002" in finding for finding in findings_in({"service": text}, tmp_path))
