"""gen lint as people and programs meet it: what it prints, and its exit codes."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.cli import main

pytestmark = pytest.mark.unit

Lint = Callable[..., "Done"]
GOOD = "Resources:\n  Cluster:\n    Type: AWS::ECS::Cluster\n"
KEY = "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      Description: x\n"
"""Has an error: E9208 at line 4."""
UNUSED = "Parameters:\n  Unused: {Type: String}\n"
"""Makes a warning of cfn-lint's own: W2001."""


class Done:
    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.out)
        return rows


@pytest.fixture
def lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Lint:
    """Run gen lint in an empty folder; the store is empty, too."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GEN_ENV", raising=False)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["gen", "lint", *arguments])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capfd.readouterr())

    return run


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def test_a_clean_file_is_0_and_prints_nothing_on_stdout(lint: Lint) -> None:
    write("t.yaml", GOOD)
    done = lint("t.yaml")
    assert (done.code, done.out) == (0, "")
    assert "nothing found in 1 file" in done.err


def test_an_error_is_1_and_is_told_by_file_line_rule_and_resource(lint: Lint) -> None:
    write("t.yaml", KEY)
    done = lint("t.yaml", "--rules", "E9208")
    assert done.code == 1
    assert done.out == "error: t.yaml:4: E9208 [Key] set EnableKeyRotation: true\n"
    assert "1 error in 1 file" in done.err


def test_a_warning_is_0_and_with_strict_1(lint: Lint) -> None:
    write("t.yaml", UNUSED + GOOD)
    done = lint("t.yaml", "--rules", "W2001")
    assert (done.code, "W2001" in done.out) == (0, True)
    assert lint("t.yaml", "--rules", "W2001", "--strict").code == 1


def test_json_is_an_array_with_just_these_keys(lint: Lint) -> None:
    write("t.yaml", KEY)
    done = lint("t.yaml", "--format", "json", "--rules", "E9208")
    assert done.rows == [
        {
            "rule": "E9208",
            "level": "error",
            "message": "set EnableKeyRotation: true",
            "file": "t.yaml",
            "line": 4,
            "column": 5,
            "resource": "Key",
            "path": ["Resources", "Key", "Properties"],
        }
    ]
    write("t.yaml", GOOD)
    assert lint("t.yaml", "--format", "json", "--rules", "E9208").rows == []


def test_rules_are_named_by_id_or_its_beginning_and_ignored_so(lint: Lint) -> None:
    write("t.yaml", KEY + UNUSED)

    def found(*options: str) -> set[str]:
        return {row["rule"] for row in lint("t.yaml", "--format", "json", *options).rows}

    assert {"E9208", "W2001"} <= found()
    assert found("--rules", "E9208,W2") == {"E9208", "W2001"}
    assert "E9208" not in found("--ignore", "E92")
    assert found("--rules", "W2001", "--rules", "E9208", "--ignore", "W") == {"E9208"}


def test_informational_rules_are_run_when_they_are_asked_for(lint: Lint) -> None:
    write("t.yaml", GOOD + "    Properties: {ClusterName: !Sub 'arn:aws:x:${AWS::Region}'}\n")
    assert "I3042" not in lint("t.yaml", "--format", "json").out
    done = lint("t.yaml", "--format", "json", "--rules", "I3042", "--strict")
    assert {row["level"] for row in done.rows} == {"informational"}
    assert done.code == 0


@pytest.mark.parametrize("option", ["--rules", "--ignore", "--explain"])
def test_a_rule_that_there_is_none_of_is_wrong_usage(lint: Lint, option: str) -> None:
    write("t.yaml", GOOD)
    done = lint("t.yaml", option, "E92O8")
    assert (done.code, done.out) == (2, "")
    assert "there is no rule 'E92O8'" in done.err
    assert "did you mean 'E9208'?" in done.err


def test_a_region_that_there_is_none_of_is_wrong_usage(lint: Lint) -> None:
    write("t.yaml", GOOD)
    done = lint("t.yaml", "--regions", "eu-central-11")
    assert done.code == 2
    assert "did you mean 'eu-central-1'?" in done.err


def test_without_a_path_and_a_project_it_is_wrong_usage(lint: Lint) -> None:
    done = lint()
    assert done.code == 2
    assert "no path is given" in done.err


def test_a_file_is_judged_for_the_regions_that_it_or_the_option_names(lint: Lint) -> None:
    text = GOOD.replace("ECS::Cluster", "CodeCommit::Repository")
    text += "    Properties: {RepositoryName: a}\n"
    write("t.yaml", text)

    def found(*options: str) -> list[str]:
        return [row["rule"] for row in lint("t.yaml", "--format", "json", *options).rows]

    assert "E3006" not in found()
    assert "E3006" in found("--regions", "us-east-1,il-central-1")
    write("t.yaml", text + "Metadata: {cfn-lint: {config: {regions: [il-central-1]}}}\n")
    assert "E3006" in found()


def test_explaining_tells_what_goes_wrong_with_a_bad_and_a_good_example(lint: Lint) -> None:
    done = lint("--explain", "e9208")
    assert done.code == 0
    for piece in ("E9208", "never rotates", "bad:", "good:", "EnableKeyRotation: true", "https://"):
        assert piece in done.out
    assert "JSON" not in done.out


def test_a_rule_of_cfn_lint_is_explained_as_it_explains_itself(lint: Lint) -> None:
    done = lint("--explain", "E3002")
    assert done.code == 0
    assert "https://" in done.out
    assert "bad:" not in done.out


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("Metadata: text\nResources: {}\n", "E0000", 1),
        ("Resources: []\n", "E3001", 1),
        ("Resources: {A: {Type: 'AWS::SNS::Topic', Metadata: text}}\n", "E0000", 1),
        (GOOD + "Metadata: {cfn-lint: text}\n", "E0000", 4),
        (GOOD + "Metadata:\n  cfn-lint: {config: {ignore_checks: E1}}\n", "E0000", 4),
        ("a: [\n", "E0000", 2),
        ("\tResources: {}\n", "E0000", 1),
        ("", "E0000", 1),
        ("[" * 2000, "E000", 1),
        ("Resources: {A: {Type: !Ref B}}\n", "E", 1),
        ("--- 1\n--- 2\n", "E0000", 2),
    ],
)  # fmt: skip
def test_whatever_can_not_be_judged_is_a_finding_with_the_name_of_the_file(
    lint: Lint, text: str, rule: str, line: int
) -> None:
    write("t.yaml", text)
    done = lint("t.yaml", "--format", "json")
    assert done.code == 1
    found = [(row["file"], row["rule"][: len(rule)], row["line"]) for row in done.rows]
    assert ("t.yaml", rule, line) in found
    assert "Traceback" not in done.err


def test_what_is_wrong_with_metadata_hides_nothing_else(lint: Lint) -> None:
    write("t.yaml", "Metadata: text\n" + KEY)
    rules = [row["rule"] for row in lint("t.yaml", "--format", "json").rows]
    assert {"E0000", "E9208"} <= set(rules)


def test_what_can_not_be_read_is_told_also_where_few_rules_are_asked_for(lint: Lint) -> None:
    done = lint("no.yaml", "--rules", "E9208", "--format", "json")
    assert [(row["file"], row["rule"]) for row in done.rows] == [("no.yaml", "E0000")]


def test_json_that_is_indented_by_tabs_is_a_template(lint: Lint) -> None:
    write("t.json", '{\n\t"Resources": {\n\t\t"Topic": {"Type": "AWS::SNS::Topic"}\n\t}\n}\n')
    assert lint("t.json", "--rules", "E0,E3", "--format", "json").rows == []


@pytest.mark.parametrize("level", ["template", "resource"])
def test_a_suppression_of_cfn_lint_s_own_kind_holds(lint: Lint, level: str) -> None:
    metadata = "Metadata: {cfn-lint: {config: {ignore_checks: [E9208]}, reason: tested}}\n"
    other = KEY.replace("Key:", "Other:").removeprefix("Resources:\n")
    write("t.yaml", KEY + (f"    {metadata}" if level == "resource" else "") + other
          + (metadata if level == "template" else ""))  # fmt: skip
    found = [row["resource"] for row in lint("t.yaml", "--rules", "E9208", "--format", "json").rows]
    assert found == ([] if level == "template" else ["Other"])


def test_a_suppression_is_that_of_its_own_file(lint: Lint) -> None:
    suppressed = KEY + "Metadata: {cfn-lint: {config: {ignore_checks: [E92]}, reason: tested}}\n"
    write("a.yaml", suppressed)
    write("b.yaml", KEY)
    rows = lint(".", "--rules", "E9208", "--format", "json").rows
    assert [row["file"] for row in rows] == ["b.yaml"]


def test_the_second_run_asks_nobody(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    from generator.lint import workers

    write("t.yaml", KEY)
    first = lint("t.yaml", "--format", "json", "--rules", "E9208")
    monkeypatch.setattr(workers, "ask", None)
    assert lint("t.yaml", "--format", "json", "--rules", "E9208").out == first.out


def test_a_file_over_the_time_limit_is_a_finding(
    lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generator.lint import workers

    def late(row: dict[str, Any], *, limit: float) -> Any:
        raise workers.WorkerError(f"this took longer than the limit of {limit:g} seconds")

    monkeypatch.setattr(workers, "ask", late)
    write("t.yaml", KEY)
    done = lint("t.yaml", "--time-limit", "7")
    assert done.code == 1
    assert done.out == "error: t.yaml:1: E0002 this took longer than the limit of 7 seconds\n"


def test_junit_has_a_suite_for_each_file_and_a_failed_test_for_each_error(lint: Lint) -> None:
    write("bad.yaml", KEY + UNUSED)
    write("good.yaml", GOOD)
    done = lint(".", "--format", "junit", "--rules", "E9208,W2001")
    root = ET.fromstring(done.out)
    assert root.tag == "testsuites"
    assert {s.get("name"): (s.get("tests"), s.get("failures")) for s in root} == {
        "bad.yaml": ("2", "1"),
        "good.yaml": ("1", "0"),
    }
    (failure,) = root.iter("failure")
    assert failure.get("type") == "E9208"
    assert "bad.yaml:4:5" in str(failure.text)
    strict = ET.fromstring(lint(".", "--format", "junit", "--rules", "E9208,W2001", "--strict").out)
    assert strict.get("failures") == "2"


def test_control_characters_of_a_template_reach_neither_a_terminal_nor_a_report(
    lint: Lint,
) -> None:
    write("t.yaml", 'Resources:\n  Topic:\n    Type: "AWS::\\x1b[31m\\0\\uFFFE"\n')
    assert "\x1b" not in lint("t.yaml").out
    assert "\\x1b[31m\\x00" in ET.tostring(
        ET.fromstring(lint("t.yaml", "--format", "junit").out), encoding="unicode"
    )


def test_sarif_names_tool_rules_levels_and_places(lint: Lint) -> None:
    write("a b/t.yaml", KEY + UNUSED)
    done = lint("a b", "--format", "sarif", "--rules", "E9208,W2001")
    assert done.code == 1
    log = json.loads(done.out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E9208", "W2001"]
    assert "never rotates" in rules[0]["help"]["text"]
    assert rules[0]["helpUri"].startswith("https://")
    assert rules[1]["defaultConfiguration"] == {"level": "warning"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b/t.yaml", "uriBaseId": "ROOT"}
    assert place["region"] == {"startLine": 4, "startColumn": 5}


def test_sarif_of_nothing_is_a_run_without_results(lint: Lint) -> None:
    write("t.yaml", GOOD)
    done = lint("t.yaml", "--format", "sarif", "--rules", "E9208")
    assert (done.code, json.loads(done.out)["runs"][0]["results"]) == (0, [])


def test_what_depends_on_other_files_is_looked_at_again(lint: Lint) -> None:
    write("src/app.py", "def handler(event, context): ...\n")
    write(
        "t.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: src, Runtime: python3.13, Handler: app.handler}\n",
    )
    assert lint("t.yaml", "--rules", "E9903", "--format", "json").rows == []
    write("src/app.py", "def handle(event, context): ...\n")
    (row,) = lint("t.yaml", "--rules", "E9903", "--format", "json").rows
    assert (row["rule"], row["line"], row["resource"]) == ("E9903", 5, "Orders")


def test_a_buildspec_and_an_appspec_are_judged_as_what_they_are(lint: Lint) -> None:
    write("buildspec.yml", "version: 0.2\nphases: {build: {commands: ['make || true']}}\n")
    write("appspec.yml", "version: 0.0\nResources:\n  - F: {Type: 'AWS::Lambda::Function'}\n")
    rows = lint(".", "--format", "json").rows
    assert {(row["file"], row["rule"]) for row in rows} == {
        ("buildspec.yml", "E9902"),
        ("appspec.yml", "E9901"),
    }


def test_a_spoilt_store_is_none(lint: Lint, tmp_path: Path) -> None:
    write("t.yaml", KEY)
    first = lint("t.yaml", "--format", "json", "--rules", "E9208")
    kept = [file for file in (tmp_path / "cache").rglob("*.json") if "gen-stacksets" in str(file)]
    assert kept
    for file in kept:
        file.write_bytes(b'{"sha256": "0", "answer": []}\xff')
    assert lint("t.yaml", "--format", "json", "--rules", "E9208").out == first.out
