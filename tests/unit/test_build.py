from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.build.folder import open_build, write
from generator.build.make import make
from generator.build.manifest import Manifest
from generator.config import load
from generator.errors import GenError, Problem
from generator.scaffold import eject
from generator.units import UNITS

pytestmark = pytest.mark.unit
Edit = Callable[[str, str], None]

STACK = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: {{ config.project }}
Parameters:
  Project:
    Type: String
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Ref Project
      KmsMasterKeyId: !Ref Project
"""
SERVICE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Memory:
    Type: Number
    Default: 512
{% for f in functions %}
  {{ f.id }}CodeKey:
    Type: String
{% endfor %}
Resources:
{% for f in functions %}
  {{ f.id }}Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${ {{- f.id -}} CodeKey}-${Memory}"
      KmsMasterKeyId: !Ref {{ f.id }}CodeKey
{% endfor %}
"""


PIPELINE = "pipeline: {source: {type: codecommit, repository: shop}}"
BUILDSPECS = [f"buildspecs/{name}.yml" for name in ("build", "scan", "verify")]


@pytest.fixture
def project(project: Path) -> Path:
    """The small project, with templates of its own."""
    for unit in UNITS:
        text = SERVICE if unit.name == "service" else STACK
        (project / "templates" / unit.template).write_text(text)
    return project


def build(project: Path) -> tuple[Manifest, dict[str, bytes]]:
    built = make(project, load(project, "dev"), cache=project / "build" / "cache")
    return built.manifest, built.files


def problems(project: Path) -> list[Problem]:
    with pytest.raises(GenError) as caught:
        build(project)
    return list(caught.value.problems)


def test_a_build_holds_every_unit_package_and_parameter_file(project: Path) -> None:
    manifest, files = build(project)
    assert [unit.name for unit in manifest.units] == ["roles", "core", "artifacts", "service"]
    assert set(files) == {"manifest.json", *manifest.files}
    key = manifest.functions[0].key
    assert json.loads(files["parameters/service.json"]) == [
        {"ParameterKey": "Memory", "ParameterValue": "512"},
        {"ParameterKey": "OrdersCodeKey", "ParameterValue": key},
    ]
    assert key == f"releases/orders/{manifest.functions[0].sha256}.zip"


def test_identical_input_gives_identical_bytes(project: Path, tmp_path: Path) -> None:
    _, first = build(project)
    copy = tmp_path / "copy"
    for part in ("params", "templates", "code"):
        shutil.copytree(project / part, copy / part)
    _, second = build(copy)
    assert first == second


def test_the_coordinator_is_packaged_for_the_pipeline_and_no_part_of_a_release(
    project: Path, edit: Edit
) -> None:
    code = project / "lambda_code" / "rollback_coordinator" / "app.py"
    code.write_text("def handler(event, context): ...\n")
    template = STACK.replace(
        "Resources:", "  RollbackCoordinatorCodeKey:\n    Type: String\nResources:"
    )
    (project / "templates" / "pipeline.yaml.j2").write_text(
        template.replace("!Ref Project", '!Sub "${Project}${RollbackCoordinatorCodeKey}"')
    )
    without, _ = build(project)
    edit("targets:", f"{PIPELINE}\ntargets:")
    eject(project, BUILDSPECS)
    before, _ = build(project)
    code.write_text("def handler(event, context): return {}\n")
    after, _ = build(project)

    def key(manifest: Manifest) -> str:
        unit = manifest.unit("pipeline")
        assert unit is not None
        return unit.parameters["RollbackCoordinatorCodeKey"]

    assert before.release == after.release == without.release
    assert key(before) != key(after)
    assert key(after) in {function.key for function in after.functions}


def test_a_pipeline_reads_its_buildspecs_from_the_project(project: Path, edit: Edit) -> None:
    edit("targets:", f"{PIPELINE}\ntargets:")
    eject(project, BUILDSPECS[:2])
    (found,) = [problem for problem in problems(project) if "verify.yml" in problem.message]
    assert found.where == "params/dev.yaml:6"
    assert "`gen eject buildspecs/verify.yml`" in (found.hint or "")


def test_a_line_of_code_changes_the_release_and_only_that_key(project: Path) -> None:
    before, _ = build(project)
    with (project / "code" / "orders" / "app.py").open("a") as file:
        file.write("# another line\n")
    after, _ = build(project)
    assert after.release != before.release
    changed = {name for name in after.files if after.files[name] != before.files[name]}
    assert changed == {"packages/orders.zip", "parameters/service.json"}


def test_the_manifest_reads_back_as_it_was(project: Path) -> None:
    manifest, files = build(project)
    assert Manifest.from_json(files["manifest.json"].decode()) == manifest


def test_all_problems_of_code_and_templates_come_at_once(project: Path, edit: Edit) -> None:
    edit("environment: dev", "environment: dev\nfunctions: {orders: {handler: app.handle}}")
    (project / "templates" / "core.yaml.j2").write_text("A: 1\nB: {{ nope }}\n")
    (project / "templates" / "roles.yaml.j2").write_text(STACK.replace("TopicName", "Topicname"))
    found = {(str(p.file), p.line): p.message for p in problems(project)}
    assert "did you mean 'handler'" in found.pop(("params/dev.yaml", 2))
    assert "'nope' is undefined" in found.pop(("templates/core.yaml.j2", 2))
    assert "Topicname" in found.pop(("templates/roles.yaml.j2", 10))
    assert found == {}


def test_a_finding_points_at_the_line_of_the_template_inside_a_loop(project: Path) -> None:
    (project / "templates" / "service.yaml.j2").write_text(SERVICE.replace("QueueName", "Queue"))
    (found,) = problems(project)
    assert (found.file, found.line) == ("templates/service.yaml.j2", 15)
    assert found.message.startswith("E3002 [OrdersQueue]")
    assert "templates/service.yaml:" in (found.hint or "")


def test_a_type_that_the_execution_role_knows_nothing_of_is_found_at_its_line(
    project: Path,
) -> None:
    odd = "  Group:\n    Type: AWS::Athena::WorkGroup\n    Properties: {Name: group}\n"
    (project / "templates" / "service.yaml.j2").write_text(SERVICE + odd)
    (found,) = problems(project)
    assert (found.file, found.line) == ("templates/service.yaml.j2", 19)
    assert "AWS::Athena::WorkGroup needs athena:" in found.message


def test_a_parameter_without_a_value_is_found_at_its_line(project: Path) -> None:
    template = SERVICE.replace("    Default: 512\n", "")
    (project / "templates" / "service.yaml.j2").write_text(template)
    (found,) = problems(project)
    assert (found.file, found.line) == ("templates/service.yaml.j2", 3)
    assert "parameter 'Memory' has no default" in found.message


def test_an_override_of_an_unknown_parameter_names_the_one_meant(project: Path, edit: Edit) -> None:
    edit(
        'targets: {tools_account: "111111111111"}',
        'targets: {tools_account: "111111111111", overrides: [{parameters: {Memry: 1024}}]}',
    )
    (found,) = problems(project)
    assert (found.file, found.line) == ("params/dev.yaml", 6)
    assert found.hint == "did you mean 'Memory'?"


def test_overrides_reach_the_pairs_they_name_and_equal_values_are_none(
    project: Path, edit: Edit
) -> None:
    edit(
        'targets: {tools_account: "111111111111"}',
        'targets: {tools_account: "111111111111", overrides: ['
        "{parameters: {Memory: 512}}, {regions: [us-east-1], parameters: {Memory: 1024}}]}",
    )
    service = build(project)[0].unit("service")
    assert service is not None
    assert service.overrides_of(("111111111111", "us-east-1")) == {"Memory": "1024"}
    assert service.overrides_of(("111111111111", "us-west-2")) == {}


def test_a_written_build_opens_again(project: Path) -> None:
    manifest, files = build(project)
    folder = write(project, "dev", files)
    assert open_build(project, load(project, "dev")) == (manifest, folder)


def refusal(project: Path) -> Problem:
    with pytest.raises(GenError) as caught:
        open_build(project, load(project, "dev"))
    return caught.value.problems[0]


def test_without_a_build_the_message_says_what_to_run(project: Path) -> None:
    assert refusal(project).hint == "run `gen render -e dev`"


@pytest.mark.parametrize("changed", ["params/dev.yaml", "templates/core.yaml.j2"])
def test_a_build_older_than_what_it_was_made_from_is_refused(project: Path, changed: str) -> None:
    write(project, "dev", build(project)[1])
    with (project / changed).open("a") as file:
        file.write("\n# changed\n")
    assert "out of date" in refusal(project).message


def test_a_template_changed_by_hand_after_the_proof_is_refused(project: Path) -> None:
    folder = write(project, "dev", build(project)[1])
    (folder / "templates" / "core.yaml").write_text("Resources: {}\n")
    assert refusal(project).file == "build/dev/templates/core.yaml"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 99}', '{"format": 1}'])
def test_a_broken_manifest_is_refused(project: Path, text: str) -> None:
    folder = write(project, "dev", build(project)[1])
    (folder / "manifest.json").write_text(text)
    assert refusal(project).file == "build/dev/manifest.json"
