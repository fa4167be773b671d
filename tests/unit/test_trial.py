"""Trials without AWS: what is tried where, under which names, from which files; what is asked."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from builds import HOME, TOOLS, unit, write_build
from fakeaws import Answer, FakeCloud, refusal

from generator.build.manifest import InstanceParameters, Manifest
from generator.config import Config, load
from generator.errors import GenError, Problem, UsageError
from generator.plan.state import StackResource, StackState
from generator.report.trial import as_data, junit
from generator.trial import checks, project, runner, worker
from generator.trial import trial as trial_module
from generator.trial.checks import Scene
from generator.trial.cleaning import Left, clean
from generator.trial.copies import copy_of, outputs_of
from generator.trial.design import Subject, Trial, design, left_out
from generator.trial.look import Look, Result
from generator.trial.needs import check_log_roles
from generator.trial.trial import Outcome, Run, _interruptible
from generator.units import Kind

pytestmark = pytest.mark.unit
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
TEMPLATE = """\
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: RetainExceptOnCreate  # data
    UpdateReplacePolicy: Retain
    Properties: {TableName: DeletionPolicy}
  Mail:
    Type: AWS::SNS::Subscription
    Properties:
      Protocol: email
      Endpoint: someone@example.com

  # ---- Costs

  Budget:
    Type: AWS::Budgets::Budget
    Properties:
      Budget: {BudgetType: COST}
  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}
Outputs:
  Name:
    Value: !Ref Table
  Maybe:
    Condition: Sometimes
    Value: x
"""


@pytest.fixture
def config(project: Path) -> Config:
    return load(project, "dev").config


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return tmp_path / "built"


def manifest_of(build: Path) -> Manifest:
    """A build of each unit that is tried, and one that is not."""
    everywhere = tuple((TOOLS, region) for region in REGIONS)
    home = ((TOOLS, HOME),)
    return write_build(
        build,
        [
            (unit("roles", Kind.STACK, home), TEMPLATE),
            (unit("core", Kind.STACK, home), TEMPLATE),
            (unit("artifacts", Kind.STACK_SET, everywhere), TEMPLATE),
            (unit("service", Kind.STACK_SET, everywhere, needs_code=True), TEMPLATE),
            (unit("pipeline", Kind.STACK, home), TEMPLATE),
        ],
        packages={"orders": b"zip", "rollback-coordinator": b"other"},
    )


# ---- What is tried where


def test_every_unit_that_can_stand_alone_is_tried_in_each_of_its_regions(
    config: Config, build: Path
) -> None:
    manifest = manifest_of(build)
    trial = design(config, manifest)
    assert [(s.unit, s.region) for s in trial.subjects] == [
        ("roles", "us-east-1"),
        *(("core", region) for region in REGIONS),  # each region has its own
        *(("artifacts", region) for region in REGIONS),
        *(("service", region) for region in REGIONS),
    ]
    assert left_out(manifest) == [("pipeline", "releases to StackSets, which a test does not make")]


def test_units_and_regions_can_be_chosen_and_a_service_brings_its_core(
    config: Config, build: Path
) -> None:
    trial = design(config, manifest_of(build), units=["service"], regions=["us-west-2"])
    assert [(s.unit, s.region, s.nested) for s in trial.subjects] == [
        ("core", "us-west-2", "Core"),
        ("service", "us-west-2", "Service"),
    ]
    assert len(trial.stacks) == 1


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"units": ["servce"]}, "there is no unit 'servce'"),
        ({"units": ["pipeline"]}, "pipeline can't be tested alone: it releases to StackSets"),
        ({"regions": ["us-east-2"]}, "dev has no region 'us-east-2'"),
        ({"units": ["roles"], "regions": ["us-west-2"]}, "roles: only tried in us-east-1"),
    ],
)
def test_what_there_is_not_is_refused(
    choice: dict[str, Any], said: str, config: Config, build: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        design(config, manifest_of(build), **choice)


def test_no_two_runs_have_a_name_in_common(config: Config, build: Path) -> None:
    manifest = manifest_of(build)
    first, second = design(config, manifest), design(config, manifest)
    assert {*first.stacks, *first.buckets.values()}.isdisjoint(
        {*second.stacks, *second.buckets.values()}
    )


@pytest.mark.parametrize(("length", "room"), [(5, 8), (18, 8), (19, 7), (23, 3)])
def test_names_are_as_long_as_a_bucket_leaves_room(
    length: int, room: int, config: Config, build: Path
) -> None:
    # <project>-<name>-artifacts-<12 digits>-eu-central-1 has 63 characters at most.
    long = config.model_copy(update={"project": "p" * length})
    assert len(design(long, manifest_of(build)).name) == room


def test_a_project_that_leaves_no_room_is_refused(config: Config, build: Path) -> None:
    with pytest.raises(GenError, match="too long"):
        design(config.model_copy(update={"project": "p" * 24}), manifest_of(build))


def test_a_trial_is_read_as_it_was_written(config: Config, build: Path) -> None:
    trial = design(config, manifest_of(build))
    assert Trial.from_json(trial.to_json()) == trial


# ---- Copies of templates


def test_a_copy_keeps_nothing_and_every_line_is_where_it_was() -> None:
    copy = copy_of(TEMPLATE)
    before, after = TEMPLATE.splitlines(), copy.text.splitlines()
    changed = {old: new for old, new in zip(before, after, strict=True) if old != new}
    assert {old: new for old, new in changed.items() if "DeletionPolicy" in old} == {
        "    DeletionPolicy: RetainExceptOnCreate  # data": "    DeletionPolicy: Delete  # data",
        "  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}":
            "  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Delete}",
    }  # fmt: skip
    assert copy.left_out == ("Mail", "Budget")
    assert list(yaml.load(copy.text, _AnyTag)["Resources"]) == ["Table", "Queue"]
    assert "\n  # ---- Costs\n" in copy.text


def test_only_outputs_without_a_condition_are_promised() -> None:
    assert outputs_of(TEMPLATE) == ["Name"]


class _AnyTag(yaml.SafeLoader):
    """Reads CloudFormation's own tags as nothing."""


_AnyTag.add_multi_constructor("!", lambda *_: None)


# ---- The taskcat project


def written(config: Config, build: Path, **choice: Any) -> tuple[Trial, Path, Manifest]:
    manifest = manifest_of(build)
    (key,) = (f.key for f in manifest.functions if f.name == "orders")
    own = InstanceParameters(TOOLS, "us-west-2", {"Memory": "1024"})
    values = {"OrdersCodeKey": key, "PrimaryRegion": HOME, "Memory": "512",
              "TableDeletionProtection": "true", "ApiDomainName": "api.example.com"}  # fmt: skip
    manifest = _with_service(manifest, values, own)
    trial = design(config, manifest, **choice)
    folder = build.parent / "taskcat"
    project.write(folder, trial, manifest, build, {(TOOLS, "eu-central-1"): {"Memory": "256"}})
    return trial, folder, manifest


def _with_service(manifest: Manifest, values: dict[str, str], own: InstanceParameters) -> Manifest:
    units = tuple(
        replace(u, parameters={**u.parameters, **values}, overrides=(own,))
        if u.name == "service"
        else u
        for u in manifest.units
    )
    return replace(manifest, units=units)


def test_the_code_lies_in_the_project_as_it_will_in_each_regions_bucket(
    config: Config, build: Path
) -> None:
    trial, folder, manifest = written(config, build)
    staged = yaml.safe_load((folder / ".taskcat.yml").read_text())["project"]
    assert staged["s3_regional_buckets"]
    assert staged["package_lambda"] is False
    # What the template asks for: ${Project}-${Environment}-artifacts-${ToolsAccount}-${Region}
    assert staged["s3_bucket"] == f"shop-{trial.name}-artifacts-{TOOLS}"
    orders, other = manifest.functions
    prefix, _, rest = orders.key.partition("/")
    assert staged["name"] == prefix
    assert (folder / rest).read_bytes() == b"zip"
    assert not (folder / other.key.partition("/")[2]).exists()  # the pipeline's


def test_each_test_names_its_regions_stack_and_values(config: Config, build: Path) -> None:
    trial, folder, _ = written(config, build)
    tests = yaml.safe_load((folder / ".taskcat.yml").read_text())["tests"]
    assert tests["roles"] == {
        "template": "templates/roles.yaml",
        "stack_name": f"shop-{trial.name}-roles",
        "regions": ["us-east-1"],
        "parameters": {"Project": "shop", "Environment": trial.name},
    }
    # Else it would make the bucket that its code is staged in.
    assert tests["artifacts"]["parameters"]["Environment"] == f"a{trial.name[1:]}"
    assert tests["service"]["regions"] == list(REGIONS)
    assert "parameters" not in tests["service"]


def test_a_region_nests_its_core_and_then_its_service_and_needs_no_other_region(
    config: Config, build: Path
) -> None:
    trial, folder, _ = written(config, build)
    region = yaml.safe_load((folder / "templates/region.yaml").read_text())
    core, service = region["Resources"]["Core"], region["Resources"]["Service"]
    assert service["DependsOn"] == "Core"
    assert "DependsOn" not in core
    assert service["Properties"]["TemplateURL"] == {
        "Fn::Sub": f"https://{trial.staging}-${{AWS::Region}}.s3.${{AWS::Region}}"
        ".${AWS::URLSuffix}/releases/templates/service.yaml"
    }
    values = service["Properties"]["Parameters"]
    assert values["PrimaryRegion"] == {"Ref": "AWS::Region"}
    assert values["Environment"] == trial.name
    assert values["TableDeletionProtection"] == "false"
    assert values["ApiDomainName"] == f"{trial.name}.api.example.com"


def test_a_region_has_the_values_of_its_own_instance_and_those_that_gen_looks_up(
    config: Config, build: Path
) -> None:
    _, folder, _ = written(config, build)
    region = yaml.safe_load((folder / "templates/region.yaml").read_text())
    assert region["Mappings"]["Service"] == {
        "us-west-2": {"Memory": "1024"},
        "us-east-1": {"Memory": "512"},
        "eu-central-1": {"Memory": "256"},
    }
    assert region["Resources"]["Service"]["Properties"]["Parameters"]["Memory"] == {
        "Fn::FindInMap": ["Service", {"Ref": "AWS::Region"}, "Memory"]
    }


# ---- taskcat's process


class _CfnTest:
    """What taskcat's own test does, in its place."""

    def __init__(self, account: str):
        self.did: list[str] = []
        region = SimpleNamespace(account_id=account)
        self.config = SimpleNamespace(get_regions=lambda: {"roles": {HOME: region}})

    def run(self) -> None:
        self.did.append("run")

    def report(self, folder: str) -> None:
        self.did.append(f"report to {folder}")


def _work(monkeypatch: pytest.MonkeyPatch, *, account: str) -> tuple[_CfnTest, Any]:
    test = _CfnTest(account)
    reports = SimpleNamespace()
    testing = SimpleNamespace(CFNTest=SimpleNamespace(from_dict=lambda *_, **__: test))
    package = SimpleNamespace(_generate_reports=reports, testing=testing)
    monkeypatch.setitem(sys.modules, "taskcat", package)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "taskcat._generate_reports", reports)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "taskcat.testing", testing)  # type: ignore[arg-type]
    worker._deploy(Path("/p"), {}, TOOLS, 0.1, StringIO())
    return test, reports


def test_taskcat_deploys_reports_without_the_network_and_deletes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    test, reports = _work(monkeypatch, account=TOOLS)
    assert test.did == ["run", "report to /p/taskcat_outputs"]
    assert vars(test)["no_delete"]
    assert "color-scheme: light dark" in reports.requests.get("https://…", timeout=3).text


def test_taskcat_may_not_deploy_to_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="acts in account 222222222222 in us-east-1, not in 1"):
        _work(monkeypatch, account="222222222222")


def test_no_two_processes_work_on_one_project(tmp_path: Path) -> None:
    with (
        project.only_one(tmp_path / "dev"),
        pytest.raises(GenError, match="another gen test is at work"),
        project.only_one(tmp_path / "dev"),
    ):
        pass
    with project.only_one(tmp_path / "dev"):
        pass


def _stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Trial:
    """Let a script run in taskcat's place."""
    (folder / "taskcat_outputs").mkdir()
    file = folder / "worker"
    file.write_text(f"#!{sys.executable}\nimport os, sys\n{script}")
    file.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(file))
    return Trial("dev", "t1", "shop", TOOLS, HOME, "shop-t1", (), {})


class _Cloud:
    poll_seconds = 0.1

    def __init__(self, endpoint: str | None):
        self.endpoint = endpoint


def deploy(
    folder: Path, trial: Trial, *, endpoint: str | None = "http://127.0.0.1:1",
    profile: str | None = None,
) -> list[tuple[str, ...]]:  # fmt: skip
    heard: list[tuple[str, ...]] = []
    runner.deploy(
        folder, trial, _Cloud(endpoint), profile=profile,  # type: ignore[arg-type]
        told=lambda *said: heard.append(said),
    )  # fmt: skip
    return heard


def test_what_taskcat_tells_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """print('{"test": "a", "region": "b", "status": "c", "reason": "d"}')"""
    trial = _stand_in(tmp_path, monkeypatch, script)
    assert deploy(tmp_path, trial) == [("a", "b", "c", "d")]


def test_when_taskcat_itself_fails_its_reason_and_its_log_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """print('{"error": "ValidationError: colour"}'); sys.exit(1)"""
    trial = _stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(GenError, match="taskcat ended with ValidationError: colour") as error:
        deploy(tmp_path, trial)
    assert str(tmp_path / "taskcat_outputs/taskcat.log") in str(error.value)


def test_the_local_cloud_is_reached_with_no_credentials_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "real")
    heard = _environment_of(tmp_path, monkeypatch)
    assert heard["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert heard["AWS_ACCESS_KEY_ID"] == TOOLS
    assert "real" not in heard.values()


@pytest.mark.parametrize(("key", "hidden"), [("AKIAEXAMPLE", True), (None, False)])
def test_keys_of_the_environment_win_over_the_profile_that_taskcat_asks_for(
    key: str | None, hidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in runner._IN_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    if key:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_CONFIG_FILE", "mine")
    heard = _environment_of(tmp_path, monkeypatch, endpoint=None)
    assert heard["AWS_CONFIG_FILE"] == (os.devnull if hidden else "mine")


def _environment_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **where: str | None
) -> dict[str, str]:
    script = f"import json; json.dump(dict(os.environ), open({str(folder / 'heard')!r}, 'w'))"
    deploy(folder, _stand_in(folder, monkeypatch, script), **where)
    heard: dict[str, str] = json.loads((folder / "heard").read_text())
    return heard


def test_without_taskcat_people_are_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise runner.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(runner.importlib.metadata, "version", missing)
    with pytest.raises(GenError, match=r"pip install 'gen-stacksets\[taskcat\]'"):
        runner.check_installed()


def test_signals_that_end_a_job_are_taken_as_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), _interruptible():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


# ---- Checks

ALARM = {
    "AlarmName": "late", "StateValue": "OK", "ActionsEnabled": True, "AlarmActions": ["arn:topic"],
}  # fmt: skip


def scene(
    build: Path, answers: dict[str, Answer], *, tags: dict[str, str] | None = None,
    **outputs: str,
) -> Scene:  # fmt: skip
    stack = StackState("id", "CREATE_COMPLETE", "", {}, tags or {}, outputs)
    alarm = StackResource("Late", "late", "AWS::CloudWatch::Alarm", "CREATE_COMPLETE")
    function = StackResource("Orders", "shop-t1-orders", "AWS::Lambda::Function", "CREATE_COMPLETE")
    trial = Trial("dev", "t1", "shop", TOOLS, HOME, "shop-t1", (), {"Owner": "team"})
    return Scene(
        "service", HOME, stack, (alarm, function), ("Name",), trial, manifest_of(build),
        FakeCloud(answers),  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_missing_or_wrong_tag_is_told(build: Path) -> None:
    answers: dict[str, Answer] = {"lambda.get_function": {"Tags": {"Owner": "others"}}}
    assert checks.tags(scene(build, answers)) == [
        "tag Owner of the stack is 'missing', not 'team'",
        "tag Owner of shop-t1-orders is 'others', not 'team'",
    ]
    answers = {"lambda.get_function": {"Tags": {"Owner": "team"}}}
    assert checks.tags(scene(build, answers, tags={"Owner": "team", "More": "x"})) == []


def test_a_bucket_must_give_back_what_it_was_given(build: Path) -> None:
    answers: dict[str, Answer] = {"s3.put_object": {}, "s3.get_object": {"Body": BytesIO(b"t1")}}
    assert checks.bucket(scene(build, answers, BucketName="b")) == []
    answers["s3.get_object"] = {"Body": BytesIO(b"other")}
    assert checks.bucket(scene(build, answers, BucketName="b")) == [
        "b does not give back what it was given"
    ]


def test_an_output_without_a_value_is_told(build: Path) -> None:
    assert checks.outputs(scene(build, {}, Name="")) == ["output Name is missing or empty"]
    assert checks.outputs(scene(build, {}, Name="x")) == []


@pytest.mark.parametrize(
    ("alarm", "said"),
    [
        (ALARM, []),
        (None, ["alarm late does not exist"]),
        ({**ALARM, "StateValue": "ALARM", "StateReason": "slow"}, ["alarm late is in ALARM: slow"]),
        ({**ALARM, "StateValue": "INSUFFICIENT_DATA"}, []),
        ({**ALARM, "AlarmActions": []}, ["alarm late tells nobody: it has no action that is"]),
        ({**ALARM, "ActionsEnabled": False}, ["alarm late tells nobody"]),
    ],
)
def test_alarms_must_be_there_be_quiet_and_tell_somebody(
    alarm: dict[str, Any] | None, said: list[str], build: Path
) -> None:
    rows = {"MetricAlarms": [alarm] if alarm else []}
    found = checks.alarms(scene(build, {"cloudwatch.describe_alarms": rows}))
    assert len(found) == len(said)
    assert all(text.startswith(start) for text, start in zip(found, said, strict=True))


def test_the_stack_must_say_the_release_that_was_built(build: Path) -> None:
    assert checks.release(scene(build, {}, Release="0123456789ab")) == []
    assert checks.release(scene(build, {})) == ["it says release none, not 0123456789ab"]


@pytest.mark.parametrize(
    ("version", "digest", "weights", "said"),
    [
        ("1", "of the build", {}, None),
        ("2", "of the build", {}, "live is on version 2, not 1"),
        ("1", "another", {}, "version 1 is code"),
        ("1", "of the build", {"2": 0.1}, "part of the traffic goes to 2"),
    ],
)
def test_the_alias_must_be_on_the_newest_version_of_the_code_that_was_built(
    version: str, digest: str, weights: dict[str, float], said: str | None, build: Path
) -> None:
    built = manifest_of(build).functions[0].sha256
    sha = built if digest == "of the build" else "00" * 32
    answers: dict[str, Answer] = {
        "lambda.get_alias": {
            "FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights},
        },
        "lambda.get_function_configuration": {
            "CodeSha256": base64.b64encode(bytes.fromhex(sha)).decode()
        },
    }  # fmt: skip
    found = checks.live_alias(
        scene(build, answers, OrdersFunctionName="shop-t1-orders", OrdersVersion="1")
    )
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_a_function_without_its_alias_is_told(build: Path) -> None:
    answers: dict[str, Answer] = {"lambda.get_alias": refusal("ResourceNotFoundException")}
    found = checks.live_alias(scene(build, answers, OrdersFunctionName="f", OrdersVersion="1"))
    assert found == ["f has no alias live"]


def test_what_a_check_cannot_ask_fails_it_and_no_other(build: Path) -> None:
    answers: dict[str, Answer] = {
        "cloudwatch.describe_alarms": refusal("AccessDenied", "no"),
        "lambda.get_function": {},
    }
    asked = {name: wrong for name, wrong, _ in checks.ask(scene(build, answers, Name="x"))}
    assert asked["outputs"] == []
    (problem,) = asked["alarms"]
    assert problem.message.startswith("service in us-east-1: AccessDenied")


# ---- What did not come up

NOBODY = refusal("ValidationError", "Stack does not exist")


def event(stack: str, logical_id: str, type_: str, status: str, reason: str = "") -> dict[str, Any]:
    physical_id = stack if type_ == "AWS::CloudFormation::Stack" else ""
    return {
        "EventId": f"{logical_id}{status}", "StackId": stack, "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id, "ResourceType": type_, "ResourceStatus": status,
        "ResourceStatusReason": reason, "Timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip


def begun(stack: str) -> dict[str, Any]:
    return event(stack, "shop", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS")


def failed(
    build: Path, subject: Subject, answers: dict[str, Answer], *, refused: str = ""
) -> list[Result]:
    trial = Trial("dev", "t1", "shop", TOOLS, HOME, "shop-t1", (subject,), {})
    cloud: Any = FakeCloud({f"cloudformation.{name}": one for name, one in answers.items()})
    why = {("service" if subject.nested else subject.unit, HOME): refused} if refused else {}
    results = Look(trial, manifest_of(build), build, cloud, why).at(subject)
    assert results[0].check == "deployed"
    assert not any(one.asked for one in results[1:])
    return results


def test_a_stack_that_failed_is_told_by_the_line_of_its_template(build: Path) -> None:
    stack = {"StackId": "arn:s", "StackStatus": "CREATE_FAILED", "StackStatusReason": "…"}
    table = event("arn:s", "Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "it is taken")
    (first, *_) = failed(
        build,
        Subject("artifacts", HOME, "shop-t1-artifacts"),
        {
            "describe_stacks": {"Stacks": [stack]},
            "describe_stack_events": {"StackEvents": [table, begun("arn:s")]},
        },
    )
    assert [str(problem) for problem in first.problems] == [
        "templates/artifacts.yaml.j2:2: artifacts in us-east-1: Table (AWS::DynamoDB::Table)"
        " CREATE_FAILED: it is taken"
    ]


def test_a_stack_that_was_not_even_begun_is_told_by_cloudformations_own_words(build: Path) -> None:
    (first, *_) = failed(
        build,
        Subject("artifacts", HOME, "shop-t1-artifacts"),
        {"describe_stacks": NOBODY},
        refused="Parameters: [Size] must have values",
    )
    assert [str(problem) for problem in first.problems] == [
        "artifacts in us-east-1: Parameters: [Size] must have values"
    ]


def test_a_service_that_was_not_begun_because_its_core_failed_says_so(build: Path) -> None:
    stack = {"StackId": "arn:r", "StackStatus": "CREATE_FAILED", "StackStatusReason": "…"}
    core = event("arn:r", "Core", "AWS::CloudFormation::Stack", "CREATE_FAILED", "no")
    (first, *_) = failed(
        build,
        Subject("service", HOME, "shop-t1-service", "Service"),
        {
            "describe_stacks": {"Stacks": [stack]},
            "list_stack_resources": {"StackResourceSummaries": []},
            "describe_stack_events": {
                "StackEvents": [core | {"PhysicalResourceId": "core"}, begun("arn:r")]
            },
        },
    )
    assert [str(problem) for problem in first.problems] == [
        "service in us-east-1: it was not begun, for core failed"
    ]


# ---- A whole run


class _Quiet:
    """A progress that nobody sees."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def whole(
    build: Path, monkeypatch: pytest.MonkeyPatch, *, keep: bool, error: Exception | None = None
) -> tuple[Outcome, list[str]]:
    """Run without taskcat and AWS; give the outcome, and what was done."""
    done: list[str] = []

    def deploy(*_: Any, **__: Any) -> None:
        done.append("deploy")
        if error:
            raise error

    monkeypatch.setattr(runner, "deploy", deploy)
    monkeypatch.setattr(Look, "at", lambda *_: [Result("roles", HOME, "deployed")])
    monkeypatch.setattr(trial_module, "clean", lambda *_, **__: done.append("clean") or [])
    subject = Subject("roles", HOME, "shop-t1-roles")
    trial = Trial("dev", "t1", "shop", TOOLS, HOME, "shop-t1", (subject,), {})
    cloud: Any = None
    run = Run(trial, manifest_of(build), build, build, cloud, _Quiet())
    return run.deploy_and_look(profile=None, keep=keep), done


@pytest.mark.parametrize(("keep", "did"), [(False, ["deploy", "clean"]), (True, ["deploy"])])
def test_a_run_deletes_what_it_has_made_unless_it_is_kept(
    keep: bool, did: list[str], build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, done = whole(build, monkeypatch, keep=keep)
    assert found.passed
    assert found.kept is keep
    assert done == did


def test_when_taskcat_fails_everything_is_deleted_and_the_report_says_so(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, done = whole(build, monkeypatch, keep=False, error=GenError("taskcat ended badly"))
    assert done == ["deploy", "clean"]
    assert not found.passed
    assert [str(problem) for problem in found.problems] == ["taskcat ended badly"]
    assert 'classname="taskcat.-"' in junit(found)


# ---- What a test needs, and what it leaves


def test_rest_apis_are_not_tried_where_they_cannot_log(config: Config, build: Path) -> None:
    manifest = manifest_of(build)
    trial = design(config, manifest)
    cloud: Any = FakeCloud({
        "apigateway.get_account": {"cloudwatchRoleArn": "arn:role"},
        "apigateway.get_account@us-west-2": {},
    })  # fmt: skip
    check_log_roles(trial, manifest, cloud)  # an HTTP API: nothing is asked
    assert cloud.calls == []
    account = unit("account", Kind.STACK_SET, ((TOOLS, HOME),))
    rest = replace(manifest, units=(*manifest.units, account))
    with pytest.raises(GenError, match="can't be tested in us-west-2: API Gateway has no role"):
        check_log_roles(trial, rest, cloud)


def test_what_cannot_be_deleted_is_told_and_the_rest_is_deleted() -> None:
    subjects = tuple(Subject("artifacts", region, "shop-t1-artifacts") for region in REGIONS[:2])
    trial = Trial("dev", "t1", "shop", TOOLS, HOME, "shop-t1-artifacts-1", subjects, {})
    stack = {"StackId": "arn:stack", "StackStatus": "CREATE_COMPLETE", "CreationTime": None}
    there = {"Stacks": [stack]}
    gone = refusal("ValidationError", "Stack does not exist")

    def deleted(**_: Any) -> dict[str, Any]:
        there["Stacks"][0]["StackStatus"] = "DELETE_FAILED"
        return {}

    cloud: Any = FakeCloud({
        "cloudformation.describe_stacks@us-west-2": lambda **_: there,
        "cloudformation.describe_stacks@us-east-1": gone,
        "cloudformation.list_stack_resources@us-west-2": {
            "StackResourceSummaries": [
                {"LogicalResourceId": "Bucket", "PhysicalResourceId": "full",
                 "ResourceType": "AWS::S3::Bucket", "ResourceStatus": "DELETE_FAILED"},
            ]
        },
        "cloudformation.delete_stack@us-west-2": deleted,
        "s3.list_object_versions": {"Versions": [{"Key": "a", "VersionId": "1"}]},
        "s3.delete_objects": {},
        "s3.delete_bucket": {},
    })  # fmt: skip
    left = clean(trial, cloud, say=lambda text: None)
    assert left == [
        Left("us-west-2", "AWS::S3::Bucket", "full", "CloudFormation could not delete it")
    ]
    calls = [name for name, _ in cloud.calls]
    assert calls.count("delete_stack") == 3  # each time emptied before
    assert calls.count("delete_bucket") == 2  # the staged code of both regions


# ---- Reports


def outcome() -> Outcome:
    trial = Trial("dev", "t1", "shop", TOOLS, HOME, "shop-t1", (), {})
    why = Problem("core in us-east-1: Queue failed: \x1b no", file="templates/core.yaml.j2", line=7)
    return Outcome(
        trial,
        [
            Result("core", "us-east-1", "deployed", (why,), seconds=1.5),
            Result("core", "us-east-1", "tags", asked=False),
            Result("roles", "us-east-1", "deployed", seconds=0.25),
        ],
        [Left("us-east-1", "AWS::S3::Bucket", "b", "not empty")],
    )


def test_junit_has_a_case_for_each_question_with_the_line_of_its_failure() -> None:
    root = ET.fromstring(junit(outcome()))
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "2", "1")
    failed, skipped, passed, left = root.iter("testcase")
    assert (failed.get("classname"), failed.get("name")) == ("core.us-east-1", "deployed")
    assert (failed.get("file"), failed.get("line")) == ("templates/core.yaml.j2", "7")
    said = failed.find("failure")
    assert said is not None
    assert said.text == "templates/core.yaml.j2:7: core in us-east-1: Queue failed: \\x1b no"
    assert skipped.find("skipped") is not None
    assert list(passed) == []
    assert left.find("failure") is not None


def test_the_outcome_is_data_for_programs_and_its_problems_are_all_told() -> None:
    data = as_data(outcome(), files={})
    assert data["passed"] is False
    assert [one["outcome"] for one in data["results"]] == ["failed", "skipped", "passed"]
    assert data["results"][0]["problems"][0]["line"] == 7
    assert len(outcome().problems) == 2
