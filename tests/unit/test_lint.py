from __future__ import annotations

from pathlib import Path

import pytest

from generator.lint import Finding, Level, Selection, Subject, prove
from generator.render.sourcemap import Origin, SourceMap

pytestmark = pytest.mark.unit


def subject(text: str, *, step: int = 10) -> Subject:
    """A rendered template each of whose lines comes from another template's line × step."""
    lines = range(1, text.count("\n") + 2)
    origins = SourceMap(tuple(Origin("templates/x.yaml.j2", step * line) for line in lines))
    return Subject("templates/x.yaml", text, origins)


STOCK = Selection(ignore=("E9", "W9"))
"""What cfn-lint says by itself."""


def findings(text: str, *regions: str) -> list[Finding]:
    return prove([subject(text)], regions=regions or ("us-east-1",), selection=STOCK)


GOOD = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"


def test_a_good_template_has_no_finding() -> None:
    assert findings(GOOD) == []


def test_a_finding_names_rule_resource_template_line_and_rendered_position() -> None:
    (found,) = findings(GOOD + "    Properties: {Topicname: a}\n")
    assert (found.rule, found.level, found.resource) == ("E3002", Level.ERROR, "Topic")
    assert (found.file, found.line) == ("templates/x.yaml.j2", 40)
    assert found.rendered == "templates/x.yaml:4:18"


def test_exactly_the_given_regions_are_judged() -> None:
    text = GOOD.replace("AWS::SNS::Topic", "AWS::CodeCommit::Repository") + (
        "    Properties: {RepositoryName: a}\n"
    )
    assert findings(text, "us-east-1") == []
    (found,) = findings(text, "us-east-1", "il-central-1")
    assert "il-central-1" in found.message


def test_all_templates_are_judged_and_errors_come_first() -> None:
    warned = (
        GOOD
        + "    Properties: {TopicName: 'arn:aws:sns:us-east-1:111111111111:x'}\n"
        + ("Parameters:\n  Unused: {Type: String}\n")
    )
    wrong = GOOD.replace("SNS", "SNSS")
    found = prove([subject(warned), subject(wrong)], regions=["us-east-1"])
    assert [f.level for f in found] == sorted((f.level for f in found), key=list(Level).index)
    assert {f.level for f in found} == {Level.ERROR, Level.WARNING}


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "text", "[]", "Resources: []\n", "Metadata: text\nResources: {}\n", "a: 1\na: 2\n",
     "\tx", "Resources:\n  A:\n", "{{", "A: {B: …every region?}\n",
     "Resources: {A: {Type: !Ref B}}"],
)  # fmt: skip
def test_whatever_is_no_template_is_a_finding_and_never_a_crash(text: str) -> None:
    assert any(f.level is Level.ERROR for f in findings(text))


def test_no_configuration_file_of_the_user_switches_a_rule_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E]\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert findings(GOOD.replace("SNS", "SNSS")) != []
