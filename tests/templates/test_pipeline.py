"""The pipeline: what each stage gets, who may do what in it, and which files it runs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from templates.rendered import ROOT, VARIANTS, Template, config_of, listed, resolve, units_of

from generator.config import Config
from generator.render.view import View
from generator.units import UNITS

pytestmark = pytest.mark.unit

BUILDSPECS = ("build", "scan", "verify")
WITH_PIPELINE = [name for name in VARIANTS if config_of(name).pipeline]


def stages(variant: str) -> dict[str, dict[str, Any]]:
    pipeline = units_of(variant)["pipeline"].of_type("AWS::CodePipeline::Pipeline")["Pipeline"]
    return {stage["Name"]: stage for stage in pipeline["Stages"]}


def actions(variant: str) -> dict[str, dict[str, Any]]:
    return {a["Name"]: a for stage in stages(variant).values() for a in stage["Actions"]}


def variables(action: dict[str, Any]) -> dict[str, str]:
    rows = json.loads(action["Configuration"]["EnvironmentVariables"])
    return {row["name"]: row["value"] for row in rows}


def buildspec(name: str) -> dict[str, Any]:
    text = (ROOT / "templates" / "buildspecs" / f"{name}.yml").read_text()
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def commands_of(name: str) -> list[str]:
    return [c for phase in buildspec(name)["phases"].values() for c in phase["commands"]]


def role(variant: str, id_: str) -> list[dict[str, Any]]:
    return [s for owner, s in units_of(variant)["pipeline"].statements() if owner == id_]


@pytest.mark.parametrize(
    ("variant", "order"),
    [
        ("dev", ["Wave1", "Verify1", "Wave2", "Verify2", "Record"]),
        ("ragged", ["Wave1", "Verify1", "Wave2-1", "Wave2-2", "Verify2", "Record"]),
    ],
)
def test_each_wave_is_verified_before_the_next(variant: str, order: list[str]) -> None:
    deploy = stages(variant)["Deploy"]["Actions"]
    assert [a["Name"] for a in deploy] == order
    assert [a["RunOrder"] for a in deploy] == list(range(1, len(order) + 1))


def test_waves_have_the_manifests_numbers_where_one_has_no_account() -> None:
    data = config_of("dev").model_dump(mode="json")
    data["targets"]["exclude"] = [{"account": "111111111111", "region": "us-west-2"}]
    config = Config.model_validate_json(json.dumps(data))
    (service,) = (unit for unit in UNITS if unit.name == "service")
    assert len(service.waves(config)) == 1
    assert [a.name for a in View(config).deploy_stage] == ["Wave1", "Verify1", "Record"]


@pytest.mark.parametrize("variant", WITH_PIPELINE)
def test_what_verifies_knows_the_release_by_what_the_build_said(variant: str) -> None:
    exported = buildspec("build")["env"]["exported-variables"]
    verifying = {
        name: action
        for name, action in actions(variant).items()
        if action["Configuration"].get("ProjectName") == {"Ref": "VerifyProject"}
    }
    for name, action in verifying.items():
        given = variables(action)
        assert given["GEN_STEP"] == name.removeprefix("Verify").lower()
        assert given["GEN_MANIFEST"] == "#{Build.GEN_MANIFEST}"
        assert given["GEN_EXECUTION"] == "#{codepipeline.PipelineExecutionId}"
        assert action["Configuration"]["PrimarySource"] == "SourceOutput"
        assert [a["Name"] for a in action["InputArtifacts"]] == ["SourceOutput", "BuildOutput"]
    assert {"Promote", "Verify1", "Record"} <= verifying.keys()
    used = set(re.findall(r"#\{Build\.(\w+)\}", json.dumps(list(stages(variant).values()))))
    assert used <= set(exported)


@pytest.mark.parametrize("variant", WITH_PIPELINE)
def test_every_variable_comes_from_an_action_of_that_namespace(variant: str) -> None:
    known = {a["Namespace"] for a in actions(variant).values() if "Namespace" in a}
    used = set(re.findall(r"#\{(\w+)\.", json.dumps(list(stages(variant).values()))))
    assert used - {"codepipeline"} <= known == {"Source", "Build"}


@pytest.mark.parametrize(
    ("variant", "commit"),
    [
        ("dev", "#{Source.CommitId}"),
        ("prod", "#{Source.CommitId}"),
        ("s3", "#{Source.VersionId}"),
    ],
)
def test_the_commit_is_what_the_source_calls_it(variant: str, commit: str) -> None:
    assert variables(actions(variant)["Build"])["GEN_COMMIT"] == commit
    assert variables(actions(variant)["Record"])["GEN_COMMIT"] == commit


def test_who_approves_is_told_what_and_shown_what_changes() -> None:
    asked = actions("prod")["Approve"]["Configuration"]
    assert "#{Build.GEN_RELEASE}" in asked["CustomData"]
    assert "#{Source.CommitId}" in asked["CustomData"]
    link = resolve(asked["ExternalEntityLink"], {"AWS::Region": "us-east-1"})
    assert link.startswith("https://us-east-1.console.aws.amazon.com/s3/object/")
    assert link.endswith("prefix=#{Build.GEN_CHANGES}")


def test_no_scan_where_none_is_wanted() -> None:
    assert "Scan" not in stages("no-scan")
    pipeline = units_of("no-scan")["pipeline"].body["Resources"]
    assert not [id_ for id_ in pipeline if id_.startswith("Scan")]


def test_the_scan_is_told_what_to_search_for() -> None:
    def told(variant: str) -> dict[str, str]:
        project = units_of(variant)["pipeline"].of_type("AWS::CodeBuild::Project")["ScanProject"]
        rows = project["Environment"]["EnvironmentVariables"]
        return {row["Name"]: row["Value"] for row in rows if row["Name"] != "GEN_ENV"}

    assert set(told("prod").values()) == {"true"}
    assert told("dev") == {
        "SCAN_SECRETS": "true", "SCAN_DEPENDENCIES": "false", "SCAN_POLICIES": "false",
    }  # fmt: skip
    for name in told("dev"):
        assert any(f'"${name}"' in command for command in commands_of("scan"))


@pytest.mark.parametrize("variant", WITH_PIPELINE)
def test_every_project_is_built_alike(variant: str) -> None:
    template = units_of(variant)["pipeline"]
    logs = template.of_type("AWS::Logs::LogGroup")
    for id_, project in template.of_type("AWS::CodeBuild::Project").items():
        name = id_.removesuffix("Project")
        assert project["Environment"]["PrivilegedMode"] is False
        assert project["EncryptionKey"]["Fn::ImportValue"]
        assert project["TimeoutInMinutes"]
        assert project["QueuedTimeoutInMinutes"]
        assert project["Source"]["BuildSpec"] == f"templates/buildspecs/{name.lower()}.yml"
        assert project["LogsConfig"]["CloudWatchLogs"]["GroupName"] == {"Ref": f"{name}Log"}
        assert logs[f"{name}Log"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert project["ServiceRole"] == {"Fn::GetAtt": [f"{name}Access", "Arn"]}


def test_a_verification_has_time_for_the_bake() -> None:
    for variant in ("dev", "prod"):
        projects = units_of(variant)["pipeline"].of_type("AWS::CodeBuild::Project")
        bake = config_of(variant).delivery.bake_minutes
        assert projects["VerifyProject"]["TimeoutInMinutes"] > bake


@pytest.mark.parametrize(
    ("id_", "prefix", "may_write"),
    [
        ("BuildAccess", "records", True),
        ("BuildAccess", "changes", True),
        ("BuildAccess", "templates/service", True),
        ("BuildAccess", "history", False),
        ("ScanAccess", "records", False),
        ("ScanAccess", "releases", False),
        ("VerifyAccess", "history", True),
        ("VerifyAccess", "records", False),
        ("VerifyAccess", "releases", False),
        ("VerifyAccess", "templates/service", False),
        ("PipelineAccess", "releases", False),
        ("PipelineAccess", "history", False),
        ("RollbackCoordinatorAccess", "history", True),
        ("RollbackCoordinatorAccess", "records", False),
        ("RollbackCoordinatorAccess", "releases", False),
    ],
)
def test_who_writes_what_into_the_bucket(id_: str, prefix: str, may_write: bool) -> None:
    written = [
        resource["Fn::Sub"].partition("/")[2]
        for statement in role("prod", id_)
        if "s3:PutObject" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    key = f"{prefix}/something"
    assert any(re.fullmatch(p.replace("*", ".*"), key) for p in written) is may_write


def test_what_belongs_to_a_release_is_written_once() -> None:
    written = {
        resource["Fn::Sub"].partition("/")[2]
        for _, statement in units_of("prod")["pipeline"].statements()
        if "s3:PutObject" in listed(statement["Action"])
        and statement.get("Condition") != {"Null": {"s3:if-none-match": False}}
        for resource in listed(statement["Resource"])
    }
    assert written == {"orders-prod-pipeline*", "history/alerts/*"}


def test_no_role_is_passed_on_but_the_one_that_stack_sets_act_by() -> None:
    passing = {
        (owner, statement["Resource"]["Fn::Sub"].rpartition("/")[2])
        for owner, statement in units_of("prod")["pipeline"].statements()
        if "iam:PassRole" in listed(statement["Action"])
    }
    administration = "${Project}-${Environment}-StackSetAdministration"
    assert passing == {
        ("PipelineAccess", administration),
        ("RollbackCoordinatorAccess", administration),
    }


def test_only_the_coordinator_and_the_pipeline_change_the_stack_set() -> None:
    changing = {
        owner
        for owner, statement in units_of("prod")["pipeline"].statements()
        if "cloudformation:UpdateStackSet" in listed(statement["Action"])
    }
    assert changing == {"PipelineAccess", "RollbackCoordinatorAccess"}


def test_the_pipeline_starts_its_own_projects_only() -> None:
    for variant in ("prod", "no-scan"):
        template = units_of(variant)["pipeline"]
        (statement,) = (
            s for s in role(variant, "PipelineAccess") if "codebuild:StartBuild" in s["Action"]
        )
        assert statement["Resource"] == [
            {"Fn::GetAtt": [id_, "Arn"]} for id_ in template.of_type("AWS::CodeBuild::Project")
        ]


def test_other_accounts_are_looked_at_by_a_role_that_only_looks() -> None:
    (assume,) = (s for s in role("prod", "VerifyAccess") if s["Action"] == "sts:AssumeRole")
    assert assume["Resource"]["Fn::Sub"].endswith(":role/${Project}-${Environment}-Verification")
    assert assume["Condition"]["StringEquals"] == {"aws:ResourceAccount": {"Ref": "OtherAccounts"}}
    assert not [s for s in role("dev", "VerifyAccess") if s["Action"] == "sts:AssumeRole"]

    template = units_of("prod")["execution-role"]
    there = template.of_type("AWS::IAM::Role")["VerificationRole"]
    (trust,) = there["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnLike"]["aws:PrincipalArn"]["Fn::Sub"].endswith(
        ":role/${Project}-${Environment}-verify-*"
    )
    allowed = {
        action
        for owner, statement in template.statements()
        if owner == "VerificationRole"
        for action in listed(statement["Action"])
    }
    assert allowed == {
        "cloudformation:DescribeStacks", "cloudwatch:DescribeAlarms", "lambda:GetAlias",
        "lambda:GetFunctionConfiguration",
    }  # fmt: skip


def test_the_execution_role_cannot_widen_the_one_that_looks() -> None:
    for unit in ("roles", "execution-role"):
        (limit,) = (
            s for _, s in units_of("prod")[unit].statements() if s["Sid"] == "NeverItsOwnRoles"
        )
        assert any(r["Fn::Sub"].endswith("-Verification") for r in limit["Resource"])


def test_a_pending_connection_says_where_its_handshake_is() -> None:
    outputs = units_of("prod")["pipeline"].body["Outputs"]
    assert outputs["ConnectionArn"]["Value"] == {"Ref": "SourceConnection"}
    link = resolve(outputs["ConnectionHandshake"]["Value"], {"AWS::Region": "us-east-1"})
    assert link == (
        "https://us-east-1.console.aws.amazon.com/codesuite/settings/connections?region=us-east-1"
    )
    assert "ConnectionHandshake" not in units_of("connection")["pipeline"].body["Outputs"]


def test_no_action_carries_a_token(template: Template) -> None:
    assert not re.search("oauth", template.text, re.IGNORECASE)


def test_every_failure_is_told() -> None:
    rules = units_of("prod")["pipeline"].of_type("AWS::Events::Rule")
    told = {
        id_: rule["Targets"][0]["InputTransformer"]["InputTemplate"]
        for id_, rule in rules.items()
        if rule["Targets"][0]["Id"] == "alerts"
    }
    assert told.keys() == {
        "ActionFailed", "ApprovalNeeded", "PipelineCancelled", "PipelineFailed", "StageRolledBack"
    }  # fmt: skip
    assert {"<stage>", "<action>", "<summary>"} <= set(re.findall("<.*?>", told["ActionFailed"]))
    for id_ in told:
        transformer = rules[id_]["Targets"][0]["InputTransformer"]
        named = set(re.findall(r"<([\w-]+)>", transformer["InputTemplate"]))
        assert named == transformer["InputPathsMap"].keys(), id_


def test_the_deploy_stage_reads_files_that_the_build_hands_on() -> None:
    handed_on = buildspec("build")["artifacts"]["files"]
    first = actions("dev")["Wave1"]["Configuration"]
    for key in ("TemplatePath", "Parameters"):
        artifact, file = first[key].split("::")
        assert artifact == "BuildOutput"
        assert any(re.fullmatch(p.replace("*", "[^/]*"), file) for p in handed_on)
        assert f'test -s "build/$GEN_ENV/{file}"' in commands_of("build")
    assert "manifest.json" in handed_on


@pytest.mark.parametrize("name", BUILDSPECS)
def test_a_failed_command_ends_the_run(name: str) -> None:
    phases = buildspec(name)["phases"]
    assert "post_build" not in phases
    goes_on = [key for key, phase in phases.items() if phase.get("on-failure") != "ABORT"]
    assert goes_on == (["build"] if "reports" in buildspec(name) else []), "to the reports"
    for command in commands_of(name):
        assert "||" not in command
        assert r"\;" not in command, "find forgets how these ended"
        if "\n" in command:
            assert re.match(r"set -e  # \w+.*\n", command), "its first line says what it is for"


@pytest.mark.parametrize("name", BUILDSPECS)
def test_only_locked_packages_are_installed(name: str) -> None:
    installs = [
        line.strip()
        for command in commands_of(name)
        for line in command.splitlines()
        if "pip install" in line
    ]
    assert installs
    for line in installs:
        assert "--require-hashes" in line
        assert "--no-deps" in line
        files = re.findall(r"(?:-r|--requirement) (\S+)", line)
        assert files
        for file in files:
            text = (ROOT / file).read_text()
            # Here gen runs from its source; a project that carries its wheel locks that.
            assert ("--hash=sha256:" in text) == (file != ".ci/requirements/self.txt")


@pytest.mark.parametrize("name", BUILDSPECS)
def test_a_build_runs_a_python_that_functions_may_have(name: str) -> None:
    version = buildspec(name)["phases"]["install"]["runtime-versions"]["python"]
    assert version in {"3.12", "3.13", "3.14"}


def test_what_a_build_on_this_machine_installs_is_what_the_tests_have() -> None:
    """Then it needs no network: the locks for the pipeline are parts of the developers' lock."""

    def pins(name: str) -> set[str]:
        text = (ROOT / ".ci" / "requirements" / f"{name}.txt").read_text()
        return {line.split()[0] for line in text.splitlines() if "==" in line}

    assert pins("gen") <= pins("project") <= pins("dev")
    assert pins("scan-secrets") <= pins("dev")
