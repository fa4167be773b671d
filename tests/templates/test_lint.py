"""cfn-lint has nothing to say about any template of any variant, neither error nor warning."""

from __future__ import annotations

from pathlib import Path

import cfnlint.config
import cfnlint.runner
import pytest
from templates.rendered import all_templates, services

pytestmark = pytest.mark.unit

REGIONS = ("us-east-1", "us-west-2", "eu-central-1")


def findings_in(folder: Path, texts: dict[str, str]) -> list[str]:
    """Lint texts by name, at once: loading cfn-lint takes longer than its work."""
    files = [folder / f"{name}.yaml" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text)
    options = ["--regions", *REGIONS, "--", *map(str, files)]
    matches = cfnlint.runner.Runner(cfnlint.config.ConfigMixIn(options)).run()
    return [f"{Path(m.filename).name}:{m.linenumber} {m.rule.id} {m.message}" for m in matches]


def test_no_findings(tmp_path: Path) -> None:
    assert findings_in(tmp_path, {str(each): each.text for each in all_templates()}) == []


def test_a_mistake_would_be_found(tmp_path: Path) -> None:
    text = services()[0].text.replace("MemorySize:", "Memory:")
    assert any("E3002" in finding for finding in findings_in(tmp_path, {"service": text}))
