"""Projects bring templates of their own: whatever they hold can be told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from templates.rendered import ROOT

from generator.lint import Subject
from generator.picture.alarms import alarms_of
from generator.picture.costs import costs_of
from generator.picture.flows import Flows
from generator.picture.parameters import parameters_of
from generator.picture.permissions import roles_of
from generator.picture.unit import RenderedUnit
from generator.units import UNITS

pytestmark = pytest.mark.unit

WILD = sorted(
    file
    for file in (ROOT / "tests" / "fixtures" / "wild").rglob("*")
    if file.suffix in (".yaml", ".yml", ".json", ".template") and file.stat().st_size < 100_000
)


@pytest.mark.parametrize("file", WILD, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_template_from_anywhere_is_told_of(file: Path) -> None:
    service = next(unit for unit in UNITS if unit.name == "service")
    subject = Subject(file.name, file.read_text("utf-8", "replace"))
    unit = RenderedUnit(service, ((("111111111111", "us-east-1"),),), subject, {})

    flows = Flows(unit)
    known = {node.id for node in flows.nodes}

    assert {end for edge in flows.edges for end in (edge.source, edge.target)} <= known
    assert costs_of([unit]).free >= 0
    assert all(alarm.condition for alarm in alarms_of([unit]))
    assert parameters_of(unit).count == len(unit.template.section("Parameters"))
    assert {role.unit for role in roles_of([unit])} <= {"service"}


def test_names_that_refer_to_each_other_come_to_an_end() -> None:
    service = next(unit for unit in UNITS if unit.name == "service")
    text = """
    Resources:
      One: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Two.QueueName}-x"}}
      Two: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${One.QueueName}-y"}}
    """
    unit = RenderedUnit(service, (), Subject("x", text), {})

    assert unit.name_of(unit.template.resources["One"]) == "One-y-x"
