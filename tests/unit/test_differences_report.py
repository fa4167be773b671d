"""How differences are told."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from generator.plan import ResourceChange, TypeSchema, differences
from generator.plan.wording import lines_of, summary
from generator.report.differences import as_json, picture

pytestmark = pytest.mark.unit

BEFORE = """\
Parameters:
  Memory: {Type: Number, Default: 256}
  Token: {Type: String, NoEcho: true}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: orders, MemorySize: !Ref Memory, Token: !Ref Token}
  Release:
    Type: AWS::Lambda::Version
    Properties:
      FunctionName: !Ref Orders
      Description: !Sub "code=6d7fce9fee471194aa8b5b6e47267f03 memory=${Memory} timeout=10 log=INFO"
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionVersion: !GetAtt Release.Version, Name: live}
  Items: {Type: AWS::DynamoDB::Table}
Outputs:
  Running: {Value: !GetAtt Release.Version}
"""
AFTER = BEFORE.replace("Items: {Type: AWS::DynamoDB::Table}", "Notes: {Type: AWS::SNS::Topic}")
SCHEMAS = {
    "AWS::Lambda::Function": TypeSchema(("FunctionName",)),
    "AWS::Lambda::Version": TypeSchema(("Description", "FunctionName")),
    "AWS::Lambda::Alias": TypeSchema(("Name",)),
}
CHANGES = differences(
    BEFORE,
    AFTER,
    parameters_before={"Token": "hush"},
    parameters_after={"Token": "murmur", "Memory": "512"},
    schemas=SCHEMAS,
)


def told(changes: list[ResourceChange]) -> list[str]:
    return [str(line) for change in changes for line in lines_of(change)]


def test_each_change_is_told_with_its_reasons() -> None:
    assert told(CHANGES) == [
        "~ Orders (AWS::Lambda::Function)",
        "  ~ MemorySize: 256 -> 512",
        "  ~ Token: **** -> ****",
        "± Release (AWS::Lambda::Version) is replaced",
        "  ~ Description: ...7f03 memory=256 timeout=10 ... -> ...7f03 memory=512 timeout=10 ..."
        " (takes a new resource)",
        "~ Live (AWS::Lambda::Alias)",
        "  ~ FunctionVersion: with Release",
        "+ Notes (AWS::SNS::Topic)",
        "- Items (AWS::DynamoDB::Table)",
        "  ! DATA LOSS: it is deleted with its items",
        "~ Memory: 256 -> 512",
        "~ Token: **** -> ****",
        "~ Running",
        "  ~ Value: with Release",
    ]


def test_the_summary_counts_what_happens_to_resources() -> None:
    assert summary(CHANGES) == "1 added, 2 changed, 1 replaced, 1 removed, data lost with 1"
    assert summary([]) == "no resource changes"


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_picture_fits_a_terminal_and_keeps_every_word(width: int) -> None:
    console = Console(file=io.StringIO(), width=width)
    console.print(picture(CHANGES), highlight=False)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    for word in " ".join(told(CHANGES)).split():
        assert word in text


def test_data_loss_is_red() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    console.print(picture(CHANGES), highlight=False)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    (line,) = (line for line in text.splitlines() if "DATA LOSS" in line)
    assert "\x1b[1;31m" in line


def test_a_machine_is_told_everything_but_secrets() -> None:
    rows = json.loads(json.dumps(as_json(CHANGES)))
    release = next(row for row in rows if row["logical_id"] == "Release")
    assert release["replacement"] == "True"
    assert release["reasons"][0]["recreation"] == "Always"
    assert not any(secret in json.dumps(rows) for secret in ("hush", "murmur"))


def test_what_is_added_outside_the_resources_is_told_by_its_value() -> None:
    empty = "Resources: {}\n"
    more = empty + "Parameters: {Zone: {Type: String, Default: a}}\nOutputs: {Out: {Value: b}}"
    changes = differences(empty, more, parameters_before={}, parameters_after={}, schemas={})
    assert told(changes) == ["+ Zone: a", "+ Out: b"]
