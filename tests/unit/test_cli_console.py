"""gen console: the pages of a unit, and what another value of each parameter does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from builds import HOME, TOOLS, unit, write_build
from fakeaws import Answer, FakeCloud, refusal
from rich.console import Console

from generator.aws.console import stack_pages, stack_set_pages
from generator.build.manifest import InstanceParameters
from generator.deploy.inspection.console import ConsoleUnit, console_unit
from generator.plan.effects import effects
from generator.plan.schemas import TypeSchema, to_json
from generator.report.console import effect, lines
from generator.units import Kind

pytestmark = pytest.mark.unit
Invoke = Callable[..., Any]
TEMPLATE = """\
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - {Label: {default: Function}, Parameters: [Memory, Concurrency]}
      - {Label: {default: Identity}, Parameters: [Project]}
    ParameterLabels: {Memory: {default: Memory (MiB)}}
Parameters:
  Project: {Type: String}
  Memory: {Type: Number, Default: 512, Description: Of the function}
  Concurrency: {Type: Number, Default: -1}
  Level: {Type: String, Default: INFO, AllowedValues: [INFO, DEBUG]}
  Token: {Type: String, NoEcho: true, Default: s3cret}
  Unused: {Type: String, Default: ""}
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {MemorySize: !Ref Memory, ReservedConcurrentExecutions: !Ref Concurrency}
  OrdersVersion:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Function, Description: !Sub "${Memory} ${Level}"}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionVersion: !GetAtt OrdersVersion.Version}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "${Project}-queue"}
"""
SCHEMAS = {
    "AWS::Lambda::Version": TypeSchema(create_only=("Description",)),
    "AWS::SQS::Queue": TypeSchema(create_only=("QueueName",)),
    "AWS::Lambda::Function": TypeSchema(),
    "AWS::Lambda::Alias": TypeSchema(),
}
VALUES = {"Project": "shop", "Memory": "512", "Concurrency": "-1", "Level": "INFO"}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return {n: effect(e) for n, e in effects(TEMPLATE, VALUES, schemas=SCHEMAS).items()}


def test_what_a_version_freezes_makes_a_new_one(found: dict[str, str]) -> None:
    assert found["Memory"] == "a new version of Orders, to which traffic shifts"
    assert found["Level"] == found["Memory"]


def test_what_it_does_not_freeze_makes_none(found: dict[str, str]) -> None:
    assert found["Concurrency"] == "changes Lambda::Function; no new version"


def test_what_is_made_anew_and_loses_its_data_is_said(found: dict[str, str]) -> None:
    assert found["Project"] == "makes Queue anew, LOSES DATA of Queue"


def test_what_nothing_refers_to_changes_nothing(found: dict[str, str]) -> None:
    assert found["Unused"] == found["Token"] == "changes outputs only"


STACK_SET = {
    "StackSetId": "shop-dev-service:1-2",
    "TemplateBody": TEMPLATE,
    "Parameters": [
        {"ParameterKey": "Memory", "ParameterValue": "1024"},
        {"ParameterKey": "Project", "ParameterValue": "shop"},
    ],
}


@pytest.fixture
def gather(tmp_path: Path) -> Callable[..., ConsoleUnit]:
    """Gather the unit `service` of a build, offline or with a cloud."""
    own = InstanceParameters(TOOLS, "eu-west-1", {"Memory": "2048"})
    described = replace(
        unit("service", Kind.STACK_SET, ((TOOLS, HOME), (TOOLS, "eu-west-1"))),
        parameters=VALUES, overrides=(own,),
    )  # fmt: skip
    manifest = write_build(tmp_path, [(described, TEMPLATE)])
    (tmp_path / "schemas.json").write_text(to_json(SCHEMAS))

    def run(answer: Answer | None = None) -> ConsoleUnit:
        cloud: Any = FakeCloud({"cloudformation.describe_stack_set": answer}) if answer else None
        return console_unit(manifest, tmp_path, described, cloud, values=True)

    return run


def test_values_stand_in_the_consoles_groups_and_the_rest_by_name(
    gather: Callable[..., ConsoleUnit],
) -> None:
    offline = gather()
    assert {g.label: [p.name for p in g.parameters] for g in offline.groups} == {
        "Function": ["Memory", "Concurrency"],
        "Identity": ["Project"],
        "Other parameters": ["Level", "Token", "Unused"],
    }
    memory = offline.groups[0].parameters[0]
    assert (memory.label, memory.description) == ("Memory (MiB)", "Of the function")
    assert (memory.value, memory.deployed) == ("512", None)
    assert memory.own == ((TOOLS, "eu-west-1", "2048"),)


def test_without_a_cloud_the_set_is_found_by_its_name(gather: Callable[..., ConsoleUnit]) -> None:
    assert "#/stacksets/shop-dev-service/info" in gather().pages["overview"]


def test_what_is_deployed_is_compared_and_found_by_its_id(
    gather: Callable[..., ConsoleUnit],
) -> None:
    found = gather({"StackSet": STACK_SET})
    assert "#/stacksets/shop-dev-service:1-2/info" in found.pages["overview"]
    assert found.groups[0].parameters[0].deployed == "1024"
    assert "Memory  512  (deployed: 1024)" in shown(found)
    assert "Project  shop\n" in shown(found)


def test_a_set_that_is_not_there_is_not_compared(gather: Callable[..., ConsoleUnit]) -> None:
    found = gather(refusal("StackSetNotFoundException"))
    assert "not deployed yet" in shown(found)
    assert "(deployed:" not in shown(found)


def test_a_secret_is_never_shown(gather: Callable[..., ConsoleUnit]) -> None:
    found = gather({"StackSet": STACK_SET})
    assert "s3cret" not in shown(found) + json.dumps(asdict(found))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_is_to_be_copied_stays_in_one_line(
    gather: Callable[..., ConsoleUnit], width: int
) -> None:
    found = gather()
    text = shown(found, width=width)
    assert all(f" {address}\n" in text for address in found.pages.values())
    assert f"accounts  {TOOLS}\n" in text
    assert f"regions   {HOME},eu-west-1  in this order\n" in text


def shown(found: ConsoleUnit, *, width: int = 100) -> str:
    out = StringIO()
    console = Console(file=out, width=width)
    for what, whole in lines(found):
        console.print(what, soft_wrap=whole, highlight=False, crop=not whole)
    return out.getvalue()


@pytest.mark.usefixtures("project")
def test_without_a_build_it_says_what_to_run(invoke: Invoke) -> None:
    done = invoke("console", "--offline")
    assert (done.code, done.out) == (1, "")
    assert "run `gen render -e dev`" in done.err


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_pages_are_those_of_the_partition(region: str, host: str) -> None:
    pages = stack_set_pages(region, "shop-service", "shop-service:1-2")
    start = f"https://{host}/cloudformation/home?region={region}#/stacksets"
    assert pages["overview"] == f"{start}/shop-service:1-2/info?permissions=self"
    assert pages["instances"] == f"{start}/shop-service:1-2/stacks"
    assert pages["all sets"] == start


def test_a_stack_that_is_not_known_is_found_by_its_name() -> None:
    assert stack_pages("eu-west-1", "shop-core")["stack"].endswith(
        "#/stacks?filteringText=shop-core"
    )
    arn = "arn:aws:cloudformation:eu-west-1:1:stack/shop-core/9"
    assert stack_pages("eu-west-1", "shop-core", arn)["stack"].endswith(
        "stackinfo?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fshop-core%2F9"
    )
