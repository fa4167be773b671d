"""CodeBuild in the local cloud: buildspecs' commands really run."""

import io
import json
import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import as_role, control, log_lines, stack

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[2]
ROLE = "arn:aws:iam::111111111111:role/builder"
ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}
ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def make_role(cloud: Any, statements: Any = ALL, service: str = "codebuild.amazonaws.com") -> str:
    """Make the builder's role, trusted by a service for this account only."""
    iam = cloud.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}},
            }
        ],
    }
    iam.create_role(RoleName="builder", AssumeRolePolicyDocument=json.dumps(trust))
    policy = {"Version": "2012-10-17", "Statement": statements}
    iam.put_role_policy(RoleName="builder", PolicyName="p", PolicyDocument=json.dumps(policy))
    return ROLE


def zipped(**files: str) -> bytes:
    """Return a zip; underscores in names stand for dots."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return packed.getvalue()


def make_project(cloud: Any, spec: str, name: str = "shop", **more: Any) -> None:
    """Make a project whose builds have no source but this buildspec, unless more is said."""
    if not cloud.client("iam").list_roles()["Roles"]:
        make_role(cloud)
    cloud.client("codebuild").create_project(
        name=name,
        **{
            "source": {"type": "NO_SOURCE", "buildspec": spec},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": ENVIRONMENT,
            "serviceRole": ROLE,
            **more,
        },
    )


def run(cloud: Any, name: str = "shop", **more: Any) -> dict[str, Any]:
    """Start a build and wait for its end."""
    codebuild = cloud.client("codebuild")
    started = codebuild.start_build(projectName=name, **more)["build"]
    assert started["buildStatus"] == "IN_PROGRESS"
    return finished(cloud, started["id"])


def finished(cloud: Any, build_id: str) -> dict[str, Any]:
    codebuild = cloud.client("codebuild")
    return dict(
        cloud.until(
            lambda: codebuild.batch_get_builds(ids=[build_id])["builds"][0],
            lambda one: one["buildComplete"],
        )
    )


def build(cloud: Any, spec: str, **more: Any) -> dict[str, Any]:
    """Build once by a buildspec."""
    make_project(cloud, spec, **more)
    return run(cloud)


def said(cloud: Any, group: str = "/aws/codebuild/shop") -> list[str]:
    """Return what the commands of a group's builds printed."""
    lines = [line.rstrip("\n") for line in log_lines(cloud, group)]
    return [line for line in lines if not line.startswith("[Container]")]


def phases(one: dict[str, Any]) -> dict[str, str]:
    """Return how the phases ended."""
    return {phase["phaseType"]: phase.get("phaseStatus", "-") for phase in one["phases"]}


def failure(one: dict[str, Any], phase: str) -> tuple[str, str]:
    """Return code and message of a phase's context."""
    context = next(p for p in one["phases"] if p["phaseType"] == phase)["contexts"][0]
    return context["statusCode"], context["message"]


def contexts(one: dict[str, Any]) -> list[str]:
    """Return what went wrong in any phase."""
    return [c["message"] for p in one["phases"] for c in p.get("contexts", []) if c["message"]]


def test_a_trivial_build_succeeds_in_well_under_a_second(local_cloud: Any) -> None:
    make_project(local_cloud, "version: 0.2\nphases: {build: {commands: [echo made]}}")
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        done = run(local_cloud)
        seconds.append(time.monotonic() - began)
    # The best of them, for other tests share the machine.
    assert min(seconds) < 1
    assert done["buildStatus"] == "SUCCEEDED"
    assert phases(done) == {
        **dict.fromkeys(
            [
                "SUBMITTED",
                "QUEUED",
                "PROVISIONING",
                "DOWNLOAD_SOURCE",
                "INSTALL",
                "PRE_BUILD",
                "BUILD",
                "POST_BUILD",
                "UPLOAD_ARTIFACTS",
                "FINALIZING",
            ],
            "SUCCEEDED",
        ),
        "COMPLETED": "-",
    }
    assert done["buildNumber"] == 3
    assert done["logs"]["groupName"] == "/aws/codebuild/shop"
    assert done["logs"]["streamName"] == done["id"].partition(":")[2]
    assert done["logs"]["deepLink"].startswith("https://console.aws.amazon.com/cloudwatch")
    assert said(local_cloud) == ["made"] * 3


def test_commands_share_one_shell(local_cloud: Any) -> None:
    done = build(
        local_cloud,
        """
version: 0.2
env:
  shell: bash
  variables: {GREETING: hello, QUIET: true}
  exported-variables: [VERSION, MISSING]
phases:
  install:
    runtime-versions: {python: "3.13"}
    commands:
      - PLAIN=kept
      - mkdir inner && cd inner
  build:
    commands:
      - export VERSION=$(echo 7)
      - echo "$GREETING $QUIET $PLAIN $(basename "$PWD")"
      - |
        for word in a b; do
          echo "$word"
        done
  post_build:
    commands:
      - echo "$CODEBUILD_BUILD_SUCCEEDING $VERSION $AWS_REGION"
""",
    )
    assert done["buildStatus"] == "SUCCEEDED"
    assert said(local_cloud) == ["hello true kept inner", "a", "b", "1 7 us-east-1"]
    assert done["exportedEnvironmentVariables"] == [{"name": "VERSION", "value": "7"}]
    log = "".join(log_lines(local_cloud, "/aws/codebuild/shop"))
    assert "Selected runtime python 3.13: not installed here" in log
    assert "Phase complete: BUILD State: SUCCEEDED" in log


FAILING = """
version: 0.2
phases:
  {phase}:
    {more}
    commands: [echo before, sh -c 'exit 3', echo never]
    finally: [echo finally]
  post_build:
    commands: [echo "after $CODEBUILD_BUILD_SUCCEEDING"]
"""


@pytest.mark.parametrize(
    ("phase", "more", "printed", "there"),
    [
        ("build", "", ["before", "finally", "after 0"], True),
        ("build", "on-failure: ABORT", ["before", "finally"], False),
        ("pre_build", "", ["before", "finally"], False),
        ("pre_build", "on-failure: CONTINUE", ["before", "finally", "after 0"], True),
    ],
)
def test_a_failure_takes_the_way_of_aws(
    local_cloud: Any, phase: str, more: str, printed: list[str], there: bool
) -> None:
    done = build(local_cloud, FAILING.format(phase=phase, more=more))
    assert done["buildStatus"] == "FAILED"
    assert failure(done, phase.upper()) == (
        "COMMAND_EXECUTION_ERROR",
        "Error while executing command: sh -c 'exit 3'. Reason: exit status 3",
    )
    assert said(local_cloud) == printed
    assert ("POST_BUILD" in phases(done)) is there
    assert ("UPLOAD_ARTIFACTS" in phases(done)) is there
    assert phases(done)["FINALIZING"] == "SUCCEEDED"


def test_a_command_that_ends_the_shell_fails_and_the_next_goes_on(local_cloud: Any) -> None:
    done = build(
        local_cloud,
        "version: 0.2\nphases:\n"
        "  build: {commands: [export KEPT=yes, 'set -e\n\n      false\n\n      echo never']}\n"
        "  post_build: {commands: ['echo $KEPT']}",
    )
    assert failure(done, "BUILD")[1].endswith("Reason: exit status 1")
    assert said(local_cloud) == ["yes"]


def test_sources_and_artifacts_are_objects(local_cloud: Any) -> None:
    s3 = local_cloud.client("s3")
    s3.create_bucket(Bucket="store")
    spec = """
version: 0.2
env: {variables: {WHERE: made}}
phases:
  build:
    commands:
      - test "$PWD" = "$CODEBUILD_SRC_DIR"
      - mkdir -p made/deep && cat a.txt "$CODEBUILD_SRC_DIR_Other/b.txt" > made/deep/both.txt
      - touch made/left.out made/taken.json
artifacts:
  base-directory: $WHERE
  files: ['**/*.txt', '*.json', missing.txt]
"""
    s3.put_object(Bucket="store", Key="in/source.zip", Body=zipped(a_txt="A", spec_yml=spec))
    s3.put_object(Bucket="store", Key="in/other.zip", Body=zipped(b_txt="B"))
    make_project(
        local_cloud,
        "",
        source={"type": "CODEPIPELINE", "buildspec": "spec.yml"},
        artifacts={"type": "CODEPIPELINE"},
    )
    done = run(
        local_cloud,
        sourceTypeOverride="S3",
        sourceLocationOverride="store/in/source.zip",
        secondarySourcesOverride=[
            {"type": "S3", "location": "store/in/other.zip", "sourceIdentifier": "Other"}
        ],
        artifactsOverride={
            "type": "S3",
            "location": "store",
            "path": "out",
            "name": "artifact",
            "packaging": "ZIP",
        },
    )
    assert done["buildStatus"] == "SUCCEEDED", contexts(done)
    assert done["artifacts"]["location"] == "arn:aws:s3:::store/out/artifact"
    packed = s3.get_object(Bucket="store", Key="out/artifact")["Body"].read()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted(archive.namelist()) == ["deep/both.txt", "taken.json"]
        assert archive.read("deep/both.txt") == b"AB"


@pytest.mark.parametrize(
    ("artifacts", "message"),
    [
        ("{files: [nothing.json]}", "no matching artifact paths found"),
        (
            "{base-directory: nowhere, files: ['**/*']}",
            "no matching base directory path found for nowhere",
        ),
    ],
)
def test_artifacts_that_nothing_made_fail_the_build(
    local_cloud: Any, artifacts: str, message: str
) -> None:
    local_cloud.client("s3").create_bucket(Bucket="store")
    done = build(
        local_cloud,
        f"version: 0.2\nphases: {{build: {{commands: [true]}}}}\nartifacts: {artifacts}",
        artifacts={"type": "S3", "location": "store", "packaging": "ZIP"},
    )
    assert done["buildStatus"] == "FAILED"
    assert failure(done, "UPLOAD_ARTIFACTS") == ("CLIENT_ERROR", message)


@pytest.mark.parametrize(
    ("buildspec", "words"),
    [
        ("missing.yml", "missing.yml: no such file or directory"),
        ("version: 0.2\nphases: {deploy: {commands: [true]}}\n", "phases: unknown deploy"),
    ],
)
def test_a_buildspec_that_is_none_fails_the_download(
    local_cloud: Any, buildspec: str, words: str
) -> None:
    done = build(local_cloud, buildspec)
    code, message = failure(done, "DOWNLOAD_SOURCE")
    assert (code, done["buildStatus"]) == ("YAML_FILE_ERROR", "FAILED")
    assert words in message


def test_a_build_has_nothing_of_the_user_and_the_role_of_its_project(local_cloud: Any) -> None:
    done = build(
        local_cloud,
        """
version: 0.2
phases:
  build:
    commands:
      - env | grep -c ^GEN_ || true
      - echo "$AWS_ENDPOINT_URL"
      - python -c "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
      - case "$(command -v python)" in "$VIRTUAL_ENV"/bin/python) echo own;; esac
      - case "$HOME" in "$(dirname "$CODEBUILD_SRC_DIR")"/*) echo own;; esac
""",
    )
    assert done["buildStatus"] == "SUCCEEDED", contexts(done)
    number = done["id"].partition(":")[2]
    assert said(local_cloud) == [
        "0",
        local_cloud.endpoint,
        f"arn:aws:sts::111111111111:assumed-role/builder/AWSCodeBuild-{number}",
        "own",
        "own",
    ]
    assert not list((local_cloud.home / "tmp" / "builds").iterdir())
    # Only what this test itself asked for is the client's.
    assert "codebuild:StartBuild" in local_cloud.writes()
    assert "logs:PutLogEvents" not in local_cloud.writes()


def test_stopping_ends_every_process_of_a_build(local_cloud: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    make_project(
        local_cloud,
        "version: 0.2\nphases: {build: {commands: ['(sleep 333; true) & echo $! > "
        + f"{mark}; sleep 334']}}}}",
    )
    codebuild = local_cloud.client("codebuild")
    number = codebuild.start_build(projectName="shop")["build"]["id"]
    child = local_cloud.until(lambda: mark.exists() and mark.read_text().strip())
    codebuild.stop_build(id=number)
    done = finished(local_cloud, number)
    assert done["buildStatus"] == "STOPPED"
    assert phases(done)["BUILD"] == "STOPPED"
    local_cloud.until(lambda: is_gone(child))


def is_gone(pid: str) -> bool:
    """Tell whether a process has ended; one that nobody waited for has, too."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()[:1] in ("", "Z")


def test_a_reset_ends_builds(local_cloud: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    make_project(
        local_cloud,
        f"version: 0.2\nphases: {{build: {{commands: ['echo $$ > {mark}; sleep 335']}}}}",
    )
    local_cloud.client("codebuild").start_build(projectName="shop")
    shell = local_cloud.until(lambda: mark.exists() and mark.read_text().strip())
    local_cloud.reset()
    assert is_gone(shell)
    assert local_cloud.client("codebuild").list_builds()["ids"] == []


def test_builds_die_with_the_server(own_cloud: Any, tmp_path: Path) -> None:
    cloud = own_cloud
    mark = tmp_path / "mark"
    make_project(
        cloud, f"version: 0.2\nphases: {{build: {{commands: ['echo $$ > {mark}; sleep 336']}}}}"
    )
    cloud.client("codebuild").start_build(projectName="shop")
    shell = cloud.until(lambda: mark.exists() and mark.read_text().strip())
    # Not asked to stop, so that it can end nothing itself.
    os.kill(json.loads((cloud.home / "server.json").read_text())["pid"], signal.SIGKILL)
    cloud.until(lambda: is_gone(shell))


def test_a_role_must_trust_codebuild(local_cloud: Any) -> None:
    make_role(local_cloud, service="lambda.amazonaws.com")
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole on"):
        make_project(local_cloud, "version: 0.2\nphases: {build: {commands: [true]}}")


def test_with_iam_enforced_a_build_may_do_what_its_role_may(local_cloud: Any) -> None:
    place = "us-east-1:111111111111"
    s3 = local_cloud.client("s3")
    s3.create_bucket(Bucket="store")
    s3.put_object(Bucket="store", Key="allowed/source.zip", Body=zipped(a_txt="A"))
    s3.put_object(Bucket="store", Key="secret/source.zip", Body=zipped(a_txt="A"))
    local_cloud.client("logs").create_log_group(logGroupName="/aws/codebuild/shop")
    make_role(
        local_cloud,
        [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"arn:aws:logs:{place}:log-group:/aws/codebuild/shop:*",
            },
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::store/all*"},
            {
                "Effect": "Allow",
                "Action": ["codebuild:StartBuild", "codebuild:BatchGetBuilds"],
                "Resource": f"arn:aws:codebuild:{place}:project/shop",
            },
        ],
    )
    spec = "version: 0.2\nphases: {build: {commands: [cat a.txt; echo]}}\n"
    for name in ("shop", "other"):
        make_project(local_cloud, spec, name)
    control(local_cloud, "iam", {"enforce": True})
    try:
        builder = as_role(local_cloud, ROLE, "codebuild")
        source = {"sourceTypeOverride": "S3"}
        number = builder.start_build(
            projectName="shop", sourceLocationOverride="store/allowed/source.zip", **source
        )["build"]["id"]
        assert builder.batch_get_builds(ids=[number])["builds"]
        done = finished(local_cloud, number)
        assert done["buildStatus"] == "SUCCEEDED", contexts(done)
        assert said(local_cloud) == ["A"]
        done = run(local_cloud, sourceLocationOverride="store/secret/source.zip", **source)
        assert "AccessDenied" in failure(done, "DOWNLOAD_SOURCE")[1]
        with pytest.raises(ClientError, match="not authorized to perform: codebuild:StartBuild"):
            builder.start_build(projectName="other")
        # Its group is not there, and the role may not make it.
        done = run(local_cloud, "other")
        code, message = failure(done, "PROVISIONING")
        assert code == "ACCESS_DENIED"
        assert (
            "does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams" in message
        )
    finally:
        control(local_cloud, "iam", {"enforce": False})


def test_secrets_and_parameters_are_read_by_the_role_and_not_logged(local_cloud: Any) -> None:
    local_cloud.client("secretsmanager").create_secret(
        Name="shop/token", SecretString='{"user": "me", "password": "hush"}'
    )
    local_cloud.client("ssm").put_parameter(Name="/shop/word", Value="psst", Type="String")
    build(
        local_cloud,
        """
version: 0.2
env:
  parameter-store: {WORD: /shop/word}
  secrets-manager: {PASSWORD: "shop/token:password"}
phases: {build: {commands: ['echo "<$PASSWORD> <$WORD> ${#PASSWORD}"', 'echo "$MODE"']}}
""",
        environment={
            **ENVIRONMENT,
            "environmentVariables": [{"name": "MODE", "value": "fast", "type": "PLAINTEXT"}],
        },
    )
    assert said(local_cloud) == ["<***> <***> 4", "fast"]


def test_junit_reports_are_counted(local_cloud: Any) -> None:
    done = build(
        local_cloud,
        """
version: 0.2
phases:
  build:
    commands:
      - |
        cat > result.xml <<END
        <testsuite>
          <testcase name="a" time="0.5"/><testcase name="b"><failure/></testcase>
        </testsuite>
        END
reports:
  tests: {files: [result.xml], file-format: JUNITXML}
""",
    )
    found = local_cloud.client("codebuild").batch_get_reports(reportArns=done["reportArns"])
    (report,) = found["reports"]
    assert report["status"] == "FAILED"
    assert report["testSummary"]["total"] == 2
    assert report["testSummary"]["statusCounts"] == {"SUCCEEDED": 1, "FAILED": 1}


def test_a_build_that_fails_has_its_reports_although_it_has_no_artifacts(local_cloud: Any) -> None:
    make_role(local_cloud)
    local_cloud.client("s3").create_bucket(Bucket="artifacts")
    make_project(
        local_cloud,
        """
version: 0.2
phases:
  build:
    commands:
      - echo '<testsuite><testcase name="a"><failure/></testcase></testsuite>' > result.xml
      - exit 1
reports:
  tests: {files: [result.xml], file-format: JUNITXML}
artifacts: {files: [never-made]}
""",
        artifacts={"type": "S3", "location": "artifacts"},
    )
    done = run(local_cloud)
    assert done["buildStatus"] == "FAILED"
    found = local_cloud.client("codebuild").batch_get_reports(reportArns=done["reportArns"])
    assert [one["status"] for one in found["reports"]] == ["FAILED"]


REPORTING = """
version: 0.2
phases: {build: {commands: ["echo '<testsuite><testcase/></testsuite>' > r.xml"]}}
reports: {tests: {files: [r.xml]}}
"""


@pytest.mark.parametrize(("group", "status"), [("shop-*", "SUCCEEDED"), ("other-*", "FAILED")])
def test_with_iam_enforced_reports_need_permission(
    local_cloud: Any, group: str, status: str
) -> None:
    report_group = f"arn:aws:codebuild:us-east-1:111111111111:report-group/{group}"
    reporting = ["CreateReportGroup", "CreateReport", "UpdateReport", "BatchPutTestCases"]
    make_role(
        local_cloud,
        [
            {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": [f"codebuild:{one}" for one in reporting],
                "Resource": report_group,
            },
        ],
    )
    make_project(local_cloud, REPORTING)
    control(local_cloud, "iam", {"enforce": True})
    try:
        done = run(local_cloud)
    finally:
        control(local_cloud, "iam", {"enforce": False})
    assert done["buildStatus"] == status, contexts(done)
    assert [
        "not authorized to perform: codebuild:CreateReportGroup" in one for one in contexts(done)
    ] == [True] * (status == "FAILED")


def test_events_tell_of_phases_and_ends(local_cloud: Any) -> None:
    logs, events = local_cloud.client("logs"), local_cloud.client("events")
    logs.create_log_group(logGroupName="seen")
    events.put_rule(Name="seen", EventPattern=json.dumps({"source": ["aws.codebuild"]}))
    events.put_targets(
        Rule="seen",
        Targets=[{"Id": "1", "Arn": "arn:aws:logs:us-east-1:111111111111:log-group:seen"}],
    )
    done = build(local_cloud, "version: 0.2\nphases: {build: {commands: ['false']}}")
    local_cloud.until(lambda: len(log_lines(local_cloud, "seen")) >= 12)
    seen = [json.loads(line) for line in log_lines(local_cloud, "seen")]
    states = [one["detail"] for one in seen if "State" in one["detail-type"]]
    assert [one["build-status"] for one in states] == ["IN_PROGRESS", "FAILED"]
    assert states[-1]["project-name"] == "shop"
    assert states[-1]["build-id"] == done["arn"]
    assert states[-1]["additional-information"]["build-complete"] is True
    ended = {
        one["detail"]["completed-phase"]: one["detail"]["completed-phase-status"]
        for one in seen
        if "Phase" in one["detail-type"]
    }
    assert ended["BUILD"] == "FAILED"
    assert ended["POST_BUILD"] == "SUCCEEDED"


def test_a_local_cache_lasts_from_build_to_build(local_cloud: Any, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "one.whl").write_text("wheel")
    control(local_cloud, "build-cache", {"folder": "build/cache", "from": str(tmp_path)})
    spec = """
version: 0.2
phases:
  build:
    commands:
      - cat build/cache/wheels/one.whl && echo
      - cat build/cache/kept || true
      - echo yes > build/cache/kept
cache: {paths: ['build/cache/**/*']}
"""
    local = {"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]}
    make_project(local_cloud, spec, cache=local)
    make_project(local_cloud, spec, "uncached")
    assert run(local_cloud)["buildStatus"] == "SUCCEEDED"
    run(local_cloud)
    lines = said(local_cloud)
    assert lines[0] == "wheel"
    assert lines[-2:] == ["wheel", "yes"]
    assert not (tmp_path / "kept").exists()
    assert run(local_cloud, "uncached")["buildStatus"] == "FAILED"


STACK = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: builder
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: codebuild.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: "logs:*", Resource: "*"}]
  Project:
    Type: AWS::CodeBuild::Project
    Properties:
      Name: shop
      ServiceRole: !GetAtt Role.Arn
      TimeoutInMinutes: MINUTES
      Artifacts: {Type: NO_ARTIFACTS}
      Source:
        Type: NO_SOURCE
        BuildSpec: |
          version: 0.2
          phases: {build: {commands: [echo $A]}}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
        PrivilegedMode: "false"
        EnvironmentVariables: [{Name: A, Value: from the template}]
      LogsConfig: {CloudWatchLogs: {Status: ENABLED, GroupName: builds}}
Outputs:
  Arn: {Value: !GetAtt Project.Arn}
"""


def test_cloudformation_makes_projects_that_build(local_cloud: Any) -> None:
    outputs = stack(local_cloud, STACK.replace("MINUTES", "30"))
    assert outputs["Arn"] == "arn:aws:codebuild:us-east-1:111111111111:project/shop"
    assert run(local_cloud)["buildStatus"] == "SUCCEEDED"
    assert said(local_cloud, "builds") == ["from the template"]
    stack(local_cloud, STACK.replace("MINUTES", "40"), action="update")
    codebuild = local_cloud.client("codebuild")
    (project,) = codebuild.batch_get_projects(names=["shop"])["projects"]
    assert (project["timeoutInMinutes"], project["environment"]["privilegedMode"]) == (40, False)
    local_cloud.client("cloudformation").delete_stack(StackName="shop")
    local_cloud.until(lambda: codebuild.list_projects()["projects"] == [])


def test_a_build_of_codepipelines_project_needs_its_source(local_cloud: Any) -> None:
    make_project(
        local_cloud, "", source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"}
    )
    with pytest.raises(ClientError, match="needs sourceTypeOverride"):
        local_cloud.client("codebuild").start_build(projectName="shop")


INSTALL = """
version: 0.2
env:
  shell: bash
  # Nothing may be fetched: what is locked is there already.
  variables: {PIP_NO_INDEX: "1"}
phases:
  build:
    commands:
      - pip install --quiet --require-hashes --no-deps -r .ci/requirements/dev.txt
      - pip install --quiet --no-deps --no-build-isolation --editable .
      - gen --version
      - python -c "import generator; print(generator.__file__)"
      - pytest --version && ruff --version
"""


def test_builds_install_this_project_side_by_side_and_without_network(local_cloud: Any) -> None:
    # What setuptools needs of the source, and nothing that tells this folder's git.
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        for part in ("pyproject.toml", "setup.cfg", "README.md", ".ci/requirements/dev.txt"):
            archive.write(ROOT / part, part)
        for package in ("generator", "localcloud"):
            for file in (ROOT / package).rglob("*.py"):
                archive.write(file, file.relative_to(ROOT))
        archive.writestr("buildspec.yml", INSTALL)
    s3 = local_cloud.client("s3")
    s3.create_bucket(Bucket="store")
    s3.put_object(Bucket="store", Key="source.zip", Body=source.getvalue())
    make_project(local_cloud, "", source={"type": "S3", "location": "store/source.zip"})
    codebuild = local_cloud.client("codebuild")
    numbers = [codebuild.start_build(projectName="shop")["build"]["id"] for _ in range(2)]
    for number in numbers:
        done = finished(local_cloud, number)
        assert done["buildStatus"] == "SUCCEEDED", contexts(done)
    places = [line for line in said(local_cloud) if line.endswith("generator/__init__.py")]
    assert len(set(places)) == 2
    assert all(place.startswith(str(local_cloud.home)) for place in places)
    # The environment that these tests run in is as it was.
    import generator

    assert Path(generator.__file__).is_relative_to(ROOT)
