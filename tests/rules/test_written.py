"""A rule can read the file's text, however cfn-lint came by the template."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint.decode.decode import decode_str
from cfnlint.template import Template
from rules.judged import rules

from generator.lint.linter import RULES, answer
from generator.lint.question import Question

pytestmark = pytest.mark.unit

COMMENTED = """
Resources:
  Cache:
    Type: AWS::S3::Bucket
    Metadata:
      cfn-lint:
        config:
          # reason: nothing in it is kept
          ignore_checks: [E9201]
"""
SILENT = re.sub(" *# reason.*\n", "", COMMENTED)


def suppressions(text: str) -> list[int]:
    remarks = answer(Question(text, regions=("us-east-1",)))
    return [remark.line for remark in remarks if remark.rule == "W9001"]


def test_a_text_that_gen_lints_is_read() -> None:
    assert suppressions(COMMENTED) == []
    assert suppressions(SILENT) == [8]


def test_one_text_is_not_taken_for_the_next() -> None:
    assert [suppressions(text) for text in (COMMENTED, SILENT)] == [[], [8]]


def test_without_a_text_only_metadata_counts() -> None:
    decoded, _ = decode_str(COMMENTED)
    unread = Template(None, decoded, ["us-east-1"])
    assert len(list(rules()["W9001"].matchall("", unread))) == 1


@pytest.mark.parametrize(("text", "found"), [(COMMENTED, 0), (SILENT, 1)])
def test_the_file_that_stock_cfn_lint_is_given_is_read(
    tmp_path: Path, text: str, found: int
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(text)
    stock = Path(sys.executable).with_name("cfn-lint")
    command = [stock, "-a", str(RULES), "-f", "parseable", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.count(":W9001:") == found


def test_who_suppresses_without_a_reason_cannot_suppress_that() -> None:
    assert suppressions(SILENT.replace("E9201", "W9001")) == [8]
