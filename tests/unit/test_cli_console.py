"""gen console: the pages of a unit, and what another value of each parameter does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builds import HOME, TOOLS, unit, write_build

from generator.aws.console import stack_pages, stack_set_pages
from generator.deploy.inspection.console import ConsoleUnit, console_unit
from generator.plan.effects import effects
from generator.plan.schemas import TypeSchema
from generator.report.console import effect
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
    "AWS::Lambda::Version": TypeSchema(create_only=(("Description",),)),
    "AWS::SQS::Queue": TypeSchema(create_only=(("QueueName",),)),
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


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., ConsoleUnit]:
    """Gather the unit `service` of a build, offline or with a cloud."""
    one = unit("service", Kind.STACK_SET, ((TOOLS, HOME), (TOOLS, "eu-west-1")))

    def gather(cloud: Any = None) -> ConsoleUnit:
        manifest, folder = write_build(tmp_path, one, TEMPLATE)
        return console_unit(manifest, folder, manifest.units[0], cloud, values=True)

    return gather


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
