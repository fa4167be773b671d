"""A template's names are worked out as CloudFormation will, as far as they can be known."""

from __future__ import annotations

import pytest

from generator.preflight.template import UNKNOWN, Resource, Template

pytestmark = pytest.mark.unit

TEMPLATE = """\
Parameters:
  Project: {Type: String}
  Size: {Type: Number, Default: 3}
  Zones: {Type: CommaDelimitedList, Default: "a,b"}
Mappings:
  Names: {us-east-1: {Long: virginia}}
Conditions:
  IsHome: !Equals [!Ref AWS::Region, us-east-1]
  IsAway: !Not [!Condition IsHome]
  IsLarge: !And [!Condition IsHome, !Equals [!Ref Size, 3]]
  IsLucky: !Or [!Condition IsAway, !Equals [!GetAtt Topic.Name, x]]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Sub "${Project}-${AWS::AccountId}-${!Literal}"}
  Home:
    Type: AWS::SQS::Queue
    Condition: IsHome
    Properties: {QueueName: !Join ["-", [!Ref Project, !If [IsLarge, large, small]]]}
  Away:
    Type: AWS::SQS::Queue
    Condition: IsAway
    Properties: {QueueName: away}
  Lucky: {Type: AWS::SQS::Queue, Condition: IsLucky, Properties: {QueueName: lucky}}
  Fn::ForEach::Loop: [Name, [a], {}]
  Odd:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Select [1, !Ref Zones]
      Long: !FindInMap [Names, !Ref AWS::Region, Long]
      Part: !Select [0, !Split ["-", us-east]]
      Missing: !Ref AWS::NoValue
      Attribute: !GetAtt Topic.TopicArn
      Of: !Sub "${Topic}-x"
      Beyond: !Select [7, !Ref Zones]
      With: !Sub ["${A}-${Project}", {A: !Ref Size}]
"""


def resources(region: str = "us-east-1") -> dict[str, Resource]:
    found = Template(TEMPLATE).resources({"Project": "shop"}, account="1", region=region)
    return {resource.logical_id: resource for resource in found}


def test_names_are_put_together_from_parameters_and_the_place() -> None:
    assert resources()["Topic"].text("TopicName") == "shop-1-${Literal}"
    assert resources()["Home"].text("QueueName") == "shop-large"


def test_what_a_condition_leaves_out_is_not_there() -> None:
    assert sorted(resources()) == ["Home", "Odd", "Topic"]
    assert sorted(resources("eu-west-1")) == ["Away", "Lucky", "Odd", "Topic"]


def test_what_only_cloudformation_will_know_is_unknown() -> None:
    odd = resources()["Odd"]
    assert odd.value("Attribute") is UNKNOWN
    assert odd.value("Of") is UNKNOWN
    assert odd.value("Beyond") is UNKNOWN
    assert odd.text("Of") is None


def test_lists_maps_and_parts_are_worked_out() -> None:
    odd = resources()["Odd"]
    assert (odd.value("QueueName"), odd.value("Long"), odd.value("Part")) == ("b", "virginia", "us")
    assert odd.value("With") == "3-shop"
    assert odd.value("Missing") is None
    assert resources("eu-west-1")["Odd"].value("Long") is UNKNOWN


def test_each_resource_knows_its_line() -> None:
    assert TEMPLATE.splitlines()[resources()["Odd"].line - 1] == "  Odd:"
