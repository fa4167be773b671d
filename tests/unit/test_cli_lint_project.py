"""gen lint without a path: what a project renders, read and written down nowhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import warm

from generator.units import UNITS

pytestmark = pytest.mark.unit

GOOD = "Resources:\n  Nothing:\n    Type: AWS::CloudFormation::WaitConditionHandle\n"
KEY = "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties: {EnableKeyRotation: false}\n"
ONLY = ("--rules", "E9208,E9903,E3002", "--format", "json")


@pytest.fixture
def project(project: Path) -> Path:
    """The small project, with templates that nobody has anything to say of."""
    for unit in UNITS:
        (project / "templates" / unit.template).write_text(f"# {unit.name}\n{GOOD}")
    return project


def gen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return warm.run(arguments, folder, os.environ)


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_a_finding_in_a_rendered_unit_has_the_line_that_was_written_and_the_rendered_one(
    project: Path,
) -> None:
    (project / "templates" / "partials").mkdir()
    (project / "templates" / "partials" / "key.yaml.j2").write_text(
        "{# why #}\n" + KEY.partition("\n")[2]
    )
    (project / "templates" / "core.yaml.j2").write_text(
        "# core\nResources:\n{% include 'partials/key.yaml.j2' %}\n"
    )
    done = gen(project / "code", "lint", *ONLY)
    assert done.returncode == 1
    (row,) = [row for row in rows(done) if row["rule"] == "E9208"]
    assert (row["file"], row["line"]) == ("templates/partials/key.yaml.j2", 4)
    assert row["rendered"].startswith("templates/core.yaml:")
    assert row["resource"] == "Key"


def test_nothing_is_written_but_what_is_known_next_time(project: Path) -> None:
    before = {file for file in project.rglob("*") if file.is_file()}
    assert gen(project, "lint", *ONLY).returncode == 0
    new = {f for f in project.rglob("*") if f.is_file()} - before
    assert {f.relative_to(project).parts[:3] for f in new} == {
        ("build", "cache", "lint"), ("build", "cache", "templates"),
    }  # fmt: skip


def test_a_template_that_can_not_be_rendered_is_a_finding_and_others_are_judged(
    project: Path,
) -> None:
    (project / "templates" / "core.yaml.j2").write_text("Resources:\n  {{ nope }}: {}\n")
    (project / "templates" / "roles.yaml.j2").write_text(KEY)
    found = {(row["rule"], row["file"], row["line"]) for row in rows(gen(project, "lint", *ONLY))}
    assert ("E0000", "templates/core.yaml.j2", 2) in found
    assert ("E9208", "templates/roles.yaml.j2", 4) in found


def test_a_handler_that_is_not_there_is_found_by_the_line_of_its_parameter(project: Path) -> None:
    file = project / "params" / "dev.yaml"
    file.write_text(file.read_text() + "functions: {orders: {handler: app.handlr}}\n")
    (row,) = [row for row in rows(gen(project, "lint", *ONLY)) if row["rule"] == "E9903"]
    assert (row["file"], row["line"]) == ("params/dev.yaml", 7)
    assert "did you mean 'handler'?" in row["message"]


def test_a_buildspec_of_the_project_is_read(project: Path) -> None:
    (project / "templates" / "buildspecs").mkdir()
    (project / "templates" / "buildspecs" / "build.yml").write_text("version: [\n")
    found = [(r["rule"], r["file"], r["line"]) for r in rows(gen(project, "lint", *ONLY))]
    assert found == [("E0000", "templates/buildspecs/build.yml", 2)]


def test_what_is_wrong_in_the_parameters_is_told_as_ever(project: Path) -> None:
    file = project / "params" / "dev.yaml"
    file.write_text(file.read_text() + "functons: {}\n")
    done = gen(project, "lint", "--format", "json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "params/dev.yaml:7: unknown key 'functons'" in done.stderr


def test_a_template_with_an_error_of_the_pack_is_not_rendered(project: Path) -> None:
    (project / "templates" / "core.yaml.j2").write_text(KEY)
    done = gen(project, "render")
    assert done.returncode == 1
    assert "templates/core.yaml.j2:4: E9208 [Key]" in done.stderr
    assert not (project / "build" / "dev").exists()


@pytest.mark.parametrize("command", [["deploy", "--local"], ["publish", "--local"]])
def test_a_build_with_an_error_by_the_rules_of_now_is_not_deployed(
    project: Path, command: list[str]
) -> None:
    assert gen(project, "render").returncode == 0
    folder = project / "build" / "dev"
    template, manifest = folder / "templates" / "core.yaml", folder / "manifest.json"
    before = hashlib.sha256(template.read_bytes()).hexdigest()
    template.write_text(KEY)
    after = hashlib.sha256(template.read_bytes()).hexdigest()
    manifest.write_text(manifest.read_text().replace(before, after))
    done = gen(project, *command)
    assert done.returncode == 1
    assert "E9208 [Key]" in done.stderr
    assert "local cloud" not in done.stderr
