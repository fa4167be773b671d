"""What a person at the terminal sees: exit codes, one clear message, nothing written."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import warm

from generator.cli import COMMANDS
from generator.units import UNITS

pytestmark = pytest.mark.unit
Edit = Callable[[str, str], None]


def gen(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return warm.run(arguments, folder, os.environ | environment)


@pytest.fixture(scope="session")
def judged_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is known of templates from one test to the next: they have the same."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(project: Path, judged_before: Path) -> Path:
    """The small project, with the least template that each unit can have."""
    (project / "build").mkdir()
    (project / "build" / "cache").symlink_to(judged_before)
    for unit in UNITS:
        (project / "templates" / unit.template).write_text(
            "Parameters:\n  Project: {Type: String}\nResources:\n  Topic:\n"
            "    Type: AWS::SNS::Topic\n    Properties:\n      KmsMasterKeyId: !Ref Project\n"
        )
    return project


def refused(project: Path, *arguments: str, code: int = 1, **environment: str) -> str:
    """Run gen where it must refuse: no trace, nothing on stdout, nothing written."""
    done = gen(project, *arguments, **environment)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (project / "build" / "dev").exists()
    return done.stderr


def test_render_prints_the_build_folder_and_the_rest_on_stderr(project: Path) -> None:
    done = gen(project, "render")
    assert (done.returncode, done.stdout) == (0, "build/dev\n")
    assert "4 templates proven for 3 regions" in done.stderr
    assert (project / "build" / "dev" / "manifest.json").is_file()


def test_render_works_from_a_folder_inside_the_project(project: Path) -> None:
    assert gen(project / "code" / "orders", "render").returncode == 0
    assert (project / "build" / "dev" / "manifest.json").is_file()


def test_rendering_twice_gives_the_same_bytes(project: Path) -> None:
    def build() -> dict[str, bytes]:
        assert gen(project, "render").returncode == 0
        folder = project / "build" / "dev"
        return {
            str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()
        }

    assert build() == build()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("primary:", "primry:", "params/dev.yaml:4: unknown key 'primry'"),
        ("us-east-1\n", "us-esat-1\n", "params/dev.yaml:4: 'us-esat-1' is not an AWS region"),
        ("eu-central-1]", "us-east-1]", "params/dev.yaml:5: region us-east-1 stands in the waves"),
        ("tags: {", "tags: {{", "params/dev.yaml:3: not valid YAML"),
        (
            "environment: dev",
            "environment: dev\nfunctions: {orders: {handler: app.handlr}}",
            "params/dev.yaml:2: ",
        ),
    ],
)
def test_a_mistake_in_the_parameters_is_one_line_with_its_place(
    project: Path, edit: Edit, old: str, new: str, says: str
) -> None:
    edit(old, new)
    lines = refused(project, "render").splitlines()
    assert lines[0].startswith(f"error: {says}")
    assert len(lines) <= 2


def test_an_undefined_variable_is_one_line_with_its_place(project: Path) -> None:
    (project / "templates" / "core.yaml.j2").write_text("Resources:\n  {{ nope }}: {}\n")
    lines = refused(project, "render").splitlines()
    assert lines[0] == "error: templates/core.yaml.j2:2: 'nope' is undefined"
    assert len(lines) == 2


def test_a_failed_render_leaves_the_former_build_as_it_was(project: Path, edit: Edit) -> None:
    assert gen(project, "render").returncode == 0
    before = (project / "build" / "dev" / "manifest.json").read_bytes()
    edit("primary:", "primry:")
    assert gen(project, "render").returncode == 1
    assert (project / "build" / "dev" / "manifest.json").read_bytes() == before


def test_deploy_without_a_build_says_what_to_run(project: Path) -> None:
    assert "run `gen render -e dev`" in refused(project, "deploy")


def test_deploy_refuses_a_build_that_is_out_of_date(project: Path) -> None:
    assert gen(project, "render").returncode == 0
    with (project / "templates" / "core.yaml.j2").open("a") as file:
        file.write("# changed\n")
    done = gen(project, "deploy")
    assert done.returncode == 1
    assert "out of date" in done.stderr


def test_an_unknown_environment_is_wrong_usage(project: Path) -> None:
    assert "there is no environment 'prd'" in refused(project, "render", "-e", "prd", code=2)


def test_gen_env_names_the_environment(project: Path) -> None:
    assert "no environment 'prd'" in refused(project, "render", code=2, GEN_ENV="prd")


def test_outside_a_project_the_message_says_so(tmp_path: Path) -> None:
    done = gen(tmp_path, "render")
    assert done.returncode == 2
    assert "no gen project" in done.stderr


def test_an_unknown_command_suggests_the_one_meant(tmp_path: Path) -> None:
    done = gen(tmp_path, "rendr")
    assert done.returncode == 2
    assert "did you mean 'render'?" in done.stderr


def test_missing_credentials_are_one_message(project: Path) -> None:
    assert gen(project, "render").returncode == 0
    done = gen(
        project, "deploy", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
    )  # fmt: skip
    assert done.returncode == 1
    assert "no usable AWS credentials" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = gen(tmp_path, command, "--help")
    assert done.returncode == 0
    assert COMMANDS[command].rstrip(".") in " ".join(done.stdout.split())
    assert re.search(rf"    gen .*{command}", done.stdout), "no example"


@pytest.mark.parametrize("command", ["push", "connect", "clock", "iam"])
def test_every_command_of_gen_local_with_options_shows_an_example(
    tmp_path: Path, command: str
) -> None:
    done = gen(tmp_path, "local", command, "--help")
    assert done.returncode == 0
    assert f"    gen local {command}" in done.stdout


def test_an_approval_is_given_or_refused_and_not_both(project: Path) -> None:
    said = refused(project, "pipeline", "--approve", "--reject", "no", code=2)
    assert "--approve and --reject exclude each other" in said


def test_without_a_pipeline_there_is_nothing_to_show(project: Path) -> None:
    assert "params/dev.yaml: 'dev' has no pipeline" in refused(project, "pipeline")


def test_schema_prints_a_json_schema(tmp_path: Path) -> None:
    schema = json.loads(gen(tmp_path, "schema").stdout)
    assert "waves" in schema["$defs"]["Regions"]["properties"]
