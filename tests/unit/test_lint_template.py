"""What rules read of a template: branches, texts, targets, statements."""

from __future__ import annotations

import pytest
import yaml
from cfnlint.decode.decode import decode_str

from generator.lint.template import Kind, Node, Template, statements
from generator.lint.template.text import literal, placeholders, text_of

pytestmark = pytest.mark.unit


def template(text: str) -> Template:
    decoded, wrong = decode_str(text)
    assert not wrong
    return Template(decoded)


def values(nodes: object) -> list[object]:
    return [node.value for node in nodes]  # type: ignore[attr-defined]


BRANCHES = """
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [!Ref Stage, dev]
  IsNotProd: !Not [!Condition IsProd]
  Big: !And [!Condition IsProd, !Equals [!Ref Size, big]]
  Any: !Or [!Condition IsProd, !Condition IsDev]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsProd
    Properties:
      Here: !If [IsProd, prod, never]
      There: !If [IsDev, never, !If [Big, big, small]]
      Not: !If [IsNotProd, never, prod]
      Any: !If [Any, always, never]
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      One: !If [IsProd, a, !Ref AWS::NoValue]
      Two: !If [IsNotProd, b, c]
      Deep: !If [IsProd, {Inner: {Name: 1}}, {Inner: !Ref Hidden}]
      List: [x, !If [IsProd, y, !Ref AWS::NoValue], !If [IsProd, [p, q], z], null]
      Text: word
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Here", ["prod"]), ("There", ["big", "small"]), ("Not", ["prod"]), ("Any", ["always"])],
)
def test_a_resource_s_own_condition_decides_its_branches(name: str, expected: list[str]) -> None:
    queue = template(BRANCHES).resources["Queue"]
    assert values(queue.get(name)) == expected


def test_two_properties_are_seen_in_the_same_branch() -> None:
    topic = template(BRANCHES).resources["Topic"]
    together = [
        (None if one.is_absent else one.value, two.value)
        for one in topic.get("One")
        for two in topic.get("Two", given=one.given)
    ]
    assert together == [("a", "c"), (None, "b")]


def test_what_is_missing_or_hidden_is_still_a_place() -> None:
    topic = template(BRANCHES).resources["Topic"]
    known, hidden = topic.get("Deep", "Inner", "Name")
    assert known.value == 1
    assert hidden.is_unknown
    (missing,) = topic.get("Nothing", "Below")
    assert missing.is_absent
    assert missing.path == ("Resources", "Topic", "Properties")
    (scalar,) = topic.get("Text", "Below")
    assert scalar.is_absent


def test_elements_come_from_every_branch_without_what_is_not_there() -> None:
    topic = template(BRANCHES).resources["Topic"]
    assert values(item for node in topic.get("List") for item in node.items()) == [
        *("x", "y", "p", "q", "z", None)
    ]
    assert values(item for node in topic.get("Text") for item in node.items()) == ["word"]


def test_a_condition_defined_by_itself_ends() -> None:
    around = template(
        "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n"
        "Resources: {X: {Type: 'A::B::C', Condition: A, Properties: {P: !If [B, 1, 2]}}}\n"
    )
    assert 2 in values(around.resources["X"].get("P"))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("plain", "plain"),
        ("'${x}'", "${!x}"),
        ("true", "true"),
        ("!Ref Key", "${Key}"),
        ("!GetAtt Key.Arn", "${Key.Arn}"),
        ("{'Fn::GetAtt': [Key, Arn]}", "${Key.Arn}"),
        ("!Sub 'arn:${AWS::Partition}:x:${Key}'", "arn:${AWS::Partition}:x:${Key}"),
        ("!Sub ['${A}-${B}-${C}', {A: !Ref P, B: !ImportValue x}]", "${P}-${?}-${C}"),
        ("!Join [':', [arn, !Ref AWS::Region, !Select [0, !Ref L]]]", "arn:${AWS::Region}:${?}"),
        ("!ImportValue x", None),
        ("!Sub [1, 2]", None),
        ("[a]", None),
    ],
)
def test_a_string_is_one_text_however_it_is_put_together(written: str, text: str | None) -> None:
    decoded, _ = decode_str(f"X: {written}")
    assert text_of(decoded["X"]) == text


def test_a_text_tells_what_it_refers_to() -> None:
    assert placeholders("a-${Key.Arn}-${!no}-${?}") == ["Key.Arn", "?"]
    assert literal("a-${!no}") == "a-${no}"
    assert literal("a-${Key}") is None


TARGETS = """
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub "${Project}-worker"}}
  Key: {Type: AWS::KMS::Key, Properties: {}}
"""


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("!GetAtt Role.Arn", "Role"),
        ("!Sub '${Role.Arn}'", "Role"),
        ("!Ref Key", "Key"),
        ("!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Project}-worker'", "Role"),
        ("!Sub '${Project}-worker'", "Role"),
        ("!Sub '${Project}-worker-2'", None),
        ("!Ref Parameter", None),
    ],
)
def test_a_value_means_a_resource_by_reference_or_by_name(written: str, found: str | None) -> None:
    read = template(f"{TARGETS}  X: {{Type: 'A::B::C', Properties: {{P: {written}}}}}\n")
    (node,) = read.resources["X"].get("P")
    target = read.target(node)
    assert (target and target.id) == found
    assert read.target(node, "AWS::SQS::Queue") is None


POLICIES = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: [a.amazonaws.com, b.amazonaws.com]}}
      Policies:
        - PolicyDocument: {Statement: [{Effect: Deny, Action: "s3:*"}, nonsense]}
        - !If [C, {PolicyDocument: {Statement: {Effect: Allow, Action: [a:b]}}}, 1]
  Bus:
    Type: AWS::Events::EventBusPolicy
    Properties:
      Statement: {Effect: Allow, Principal: "*", Condition: {StringEquals: {"aws:SourceArn": [x]}}}
"""


def test_every_statement_is_found_wherever_policies_stand() -> None:
    trust, deny, allow, bus = statements(template(POLICIES))
    assert [s.kind for s in (trust, deny, allow)] == [Kind.TRUST, Kind.IDENTITY, Kind.IDENTITY]
    assert [(who, node.value) for who, node in trust.principals()] == [
        ("Service", "a.amazonaws.com"),
        ("Service", "b.amazonaws.com"),
    ]
    assert deny.denies
    assert not deny.allows
    assert values(allow.each("Action")) == ["a:b"]
    assert [who for who, _ in bus.principals()] == ["*"]
    assert [(o, k, n.value) for o, k, n in bus.conditions()] == [
        ("StringEquals", "aws:sourcearn", ["x"])
    ]


def test_no_shape_of_a_template_is_an_error() -> None:
    for text in ("null", "[]", "Resources: []", "Resources: {A: null, B: [], C: {Type: 1}}"):
        read = Template(yaml.safe_load(text))
        assert read.resources == {}
        assert statements(read) == []
    odd = Template({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": None}}})
    assert statements(odd) == []
    (node,) = odd.resources["R"].get("A")
    assert isinstance(node, Node)
