"""gen doctor: what is not as it should be is a line with what to do, whatever else is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import metadata
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fakeaws import Answer, FakeCloud, refusal
from rich.console import Console

from generator.codes import explained
from generator.config import Config, load
from generator.doctor import (
    Finding,
    Level,
    examine_account,
    examine_machine,
    examine_project,
)
from generator.report.doctor import picture

pytestmark = pytest.mark.unit
Invoke = Callable[..., Any]
Edit = Callable[[str, str], None]
TOOLS = "111111111111"
REGIONS = ("us-east-1", "us-west-2", "eu-central-1")


def caller(account: str = TOOLS, *, ahead: float = 0.0) -> Answer:
    """What STS says; our clock is so many seconds ahead of its."""

    def answer() -> dict[str, Any]:
        theirs = datetime.now(UTC) - timedelta(seconds=ahead)
        headers = {"date": format_datetime(theirs, usegmt=True)}
        arn = f"arn:aws:iam::{account}:user/ada"
        return {"Account": account, "Arn": arn, "ResponseMetadata": {"HTTPHeaders": headers}}

    return answer


def quota(**asked: str) -> dict[str, Any]:
    return {"Quota": {"Value": 10.0}}


def roles(used: int, of: int = 1000) -> Answer:
    return {"SummaryMap": {"Roles": used, "RolesQuota": of}}


def unreserved(executions: int) -> Answer:
    return {"AccountLimit": {"UnreservedConcurrentExecutions": executions}}


def regions(*off: str) -> Answer:
    return {
        "Regions": [
            {"RegionName": r, "OptInStatus": "not-opted-in" if r in off else "opt-in-not-required"}
            for r in REGIONS
        ]
    }


def stacks(count: int) -> Answer:
    return {"StackSummaries": [{"StackStatus": "CREATE_COMPLETE"}] * count}


GOOD: dict[str, Answer] = {
    "sts.get_caller_identity": caller(),
    "ec2.describe_regions": regions(),
    "service-quotas.get_service_quota": quota,
    "cloudformation.list_stacks": stacks(3),
    "cloudformation.list_stack_sets": {"Summaries": [{"StackSetName": "shop-dev-service"}]},
    "iam.get_account_summary": roles(40),
    "lambda.get_account_settings": unreserved(1000),
}


class Credentials(FakeCloud):
    """An account with credentials that may end."""

    def __init__(self, answers: dict[str, Answer], *, left: timedelta | None = None):
        super().__init__(GOOD | answers)
        self._left = left

    def expires(self, _: str) -> datetime | None:
        return None if self._left is None else datetime.now(UTC) + self._left


@pytest.fixture
def config(project: Path) -> Config:
    return load(project, "dev").config


def found(config: Config | None, cloud: Any) -> dict[str, Finding]:
    return {f.subject: f for f in examine_account(cloud, config, region="us-east-1")}


def test_an_account_in_which_all_is_well(config: Config) -> None:
    all_found = found(config, Credentials({}, left=timedelta(hours=8)))
    assert {finding.level for finding in all_found.values()} == {Level.OK}
    assert f"account {TOOLS}, arn:aws:iam::{TOOLS}:user/ada" in all_found["credentials"].said
    assert all_found["stacks"].said == f"3 of 10 in {TOOLS} us-west-2"
    assert all_found["StackSets"].said == f"1 of 10 in {TOOLS} us-east-1"


@pytest.mark.parametrize(
    ("answers", "subject", "level", "says"),
    [
        ({"sts.get_caller_identity": caller(ahead=90)}, "clock", Level.WARN, "seconds ahead of"),
        ({"sts.get_caller_identity": caller(ahead=-900)}, "clock", Level.FAIL, "seconds behind"),
        ({"ec2.describe_regions": regions("us-west-2")}, "regions", Level.FAIL, "us-west-2"),
        ({"cloudformation.list_stacks": stacks(9)}, "stacks", Level.WARN, "nearly full"),
        ({"cloudformation.list_stacks": stacks(10)}, "stacks", Level.FAIL, "10 of 10"),
        ({"iam.get_account_summary": roles(1000)}, "roles", Level.FAIL, "1,000 of 1,000"),
        (
            {"lambda.get_account_settings": unreserved(10)},
            "concurrent executions", Level.WARN, "only 10 not reserved",
        ),
        ({"iam.get_account_summary": refusal("AccessDenied")}, "roles", Level.WARN, "AccessDenied"),
    ],
)  # fmt: skip
def test_what_is_amiss_is_one_line_and_hides_nothing_else(
    config: Config, answers: dict[str, Answer], subject: str, level: Level, says: str
) -> None:
    all_found = found(config, Credentials(answers))
    assert all_found[subject].level is level
    assert says in all_found[subject].said
    assert {f.level for s, f in all_found.items() if s != subject} == {Level.OK}


def test_what_may_be_explained_has_a_code_that_can_be(config: Config) -> None:
    full = Credentials({"cloudformation.list_stacks": stacks(10)})
    assert explained(found(config, full)["stacks"].code or "")


def test_credentials_that_end_soon_are_noted(config: Config) -> None:
    soon = found(config, Credentials({}, left=timedelta(minutes=5)))["valid"]
    assert (soon.level, "soon" in soon.said) == (Level.WARN, True)


def test_of_another_account_nothing_more_is_asked(config: Config) -> None:
    all_found = found(config, Credentials({"sts.get_caller_identity": caller("999999999999")}))
    assert list(all_found) == ["credentials", "clock", "pinned account"]
    assert all_found["pinned account"].level is Level.FAIL
    assert all_found["pinned account"].code == "P101"


def test_without_a_project_it_is_still_said_who_we_are() -> None:
    assert list(found(None, Credentials({}))) == ["credentials", "clock"]


@pytest.mark.parametrize(
    ("installed", "level"),
    [("1.42.99", Level.FAIL), ("1.43", Level.OK), ("2.0", Level.OK)],
)
def test_a_version_is_compared_with_what_gen_itself_needs(installed: str, level: Level) -> None:
    def version(name: str) -> str:
        return installed if name == "boto3" else metadata.version(name)

    assert {f.subject: f for f in examine_machine(version=version)}["boto3"].level is level


def test_what_is_optional_may_be_missing_and_what_is_not_may_not() -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    levels = {f.subject: f.level for f in examine_machine(version=version)}
    assert levels["taskcat"] is levels["ministack"] is Level.OK
    assert levels["boto3"] is Level.FAIL


@pytest.mark.parametrize(
    ("python", "level"),
    [((3, 10, 9), Level.FAIL), ((3, 11, 0), Level.OK), ((3, 99, 0), Level.WARN)],
)
def test_a_python_may_be_too_old_or_too_new(python: tuple[int, ...], level: Level) -> None:
    assert {f.subject: f for f in examine_machine(python=python)}["python"].level is level


def test_a_password_of_the_proxy_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:secret@proxy:8080")  # pragma: allowlist secret
    said = {f.subject: f for f in examine_machine()}["proxy"].said
    assert "proxy:8080" in said
    assert "secret" not in said


def test_mistakes_of_every_environment_are_found(project: Path, edit: Edit) -> None:
    edit("tags:", "tgs:")
    (project / "params" / "prod.yaml").write_text("environment: prod\n")
    levels = {f.subject: f.level for f in examine_project(project, "dev").findings}
    assert levels == {"project": Level.OK, "dev": Level.FAIL, "prod": Level.FAIL}


def test_a_missing_build_is_no_failure(project: Path) -> None:
    findings = {f.subject: f for f in examine_project(project, "dev").findings}
    assert findings["build of dev"].level is Level.WARN
    assert findings["build of dev"].to_do == "run `gen render -e dev`"


def test_without_project_and_credentials_it_says_so_and_nothing_breaks(invoke: Invoke) -> None:
    done = invoke("doctor")
    assert done.code == 1
    assert "neither this folder nor one above it has a params/*.yaml" in done.out
    assert "no usable AWS credentials" in done.out
    assert done.err == ""


@pytest.mark.usefixtures("project")
def test_its_findings_can_be_had_as_json(invoke: Invoke) -> None:
    rows = json.loads(invoke("doctor", "--output", "json").out)
    assert {row["group"] for row in rows} == {"machine", "project", "account"}
    assert {row["level"] for row in rows} <= {"ok", "warn", "fail"}


@pytest.mark.usefixtures("project")
def test_the_local_cloud_is_looked_for_and_not_started(invoke: Invoke) -> None:
    done = invoke("doctor", "--local")
    assert done.code == 1
    assert "does not run" in done.out
    assert "gen local start" in done.out
    assert "credentials" not in done.out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_cut_however_narrow_it_is(width: int) -> None:
    out = StringIO()
    said = "account 111111111111, arn:aws:sts::111111111111:assumed-role/" + "x" * 64
    finding = Finding("account", "credentials", Level.FAIL, said, "sign in " * 12, "P101")
    Console(file=out, width=width).print(picture([finding]), highlight=False)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "".join(said.split()) in "".join(out.getvalue().split())
