"""No rule raises on any template, however spoilt: asked itself, where nothing catches for it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.decode import decode_str
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rules.judged import rules

from generator.lint.guardrail import File, FileGuardrail, Flaw
from generator.lint.template import Template

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
FEW = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
)  # fmt: skip

SCALARS: list[Any] = [
    None, True, False, 0, -1, 1.5, float("inf"), "", " ", "*", "true", "${", "${}", "${A", "${!A}",
    "${AWS::Region}", "arn:aws:", ":::::::", "{{resolve:ssm:x}}", "{{resolve:", "{", "[]", "\n",
    "version: 0.2", "é\u2028", "2012-10-17", "a" * 300, 10**30,
]  # fmt: skip
FUNCTIONS: list[Any] = [
    {"Ref": "AWS::NoValue"}, {"Ref": None}, {"Ref": []}, {"Ref": "Nothing"}, {"Fn::GetAtt": None},
    {"Fn::GetAtt": "A"}, {"Fn::GetAtt": ["A"]}, {"Fn::GetAtt": ["A", {"Ref": "B"}]},
    {"Fn::GetAtt": "A.B.C"}, {"Fn::Sub": None}, {"Fn::Sub": []}, {"Fn::Sub": ["${A}", None]},
    {"Fn::Sub": ["${A}", {"A": {"Fn::Join": None}}]}, {"Fn::Sub": ["${A}", {"A": "${A}"}, 3]},
    {"Fn::Sub": 1}, {"Fn::Join": []}, {"Fn::Join": ["", {"Ref": "A"}]}, {"Fn::Join": [1, [2]]},
    {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, None, [], {}]]}, {"Fn::If": []},
    {"Fn::If": ["No", {"a": 1}, {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["No", [], {}]},
    {"Fn::If": [None, 1, 2]}, {"Fn::If": "A"}, {"Fn::If": [["A"], "B", "C"]},
    {"Fn::If": ["Self", {"Fn::If": ["Self", 1, 2]}, [3]]}, {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
    {"Fn::FindInMap": ["A", {"Ref": "AWS::Region"}, "B"]}, {"Fn::Split": [",", "a,b"]},
    {"Fn::ImportValue": {"Fn::Sub": "${A}"}}, {"Fn::Transform": {"Name": "AWS::Include"}},
    {"Fn::ForEach::Loop": ["X", ["A", "B"], {"${X}": {"Type": "AWS::S3::Bucket"}}]},
    {"Fn::ForEach::Loop": None}, {"Fn::Cidr": []}, {"Condition": "Self"}, {"Condition": []},
    {"Fn::Base64": {"Ref": "A"}}, {"Fn::ToJsonString": {"a": [1]}}, {"Fn::Length": []},
]  # fmt: skip
SHAPES: list[Any] = [
    {}, [], [[]], [None], [{}], [[[]], {}], {"": ""}, {"a": None}, {1: 2, None: 3}, {True: []},
    {"Type": "AWS::S3::Bucket"}, {"Fn::If": ["A", 1, 2], "b": 3}, [1, "a", None, {"Ref": "A"}],
]  # fmt: skip
CONDITIONS: Any = {
    "Self": {"Condition": "Self"},
    "No": {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, "x"]}]},
    "Odd": {"Fn::And": [{"Fn::Or": [{"Condition": "No"}, {"Condition": "Odd"}]}, None]},
    "Empty": None,
    "List": [],
}
PIECES = ["", "\n", "- ", ": ", "{", "!Ref ", "|\n", "&a ", "*a", "\t", "0"]
PLACES = 3
"""Spoilt at most in one template."""


def deep(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = [value] if level % 3 == 0 else {"Fn::If": ["No", value, level]}
    return value


@cache
def sources() -> list[Any]:
    """Give the examples and fixtures of all rules, and wild templates: what rules look at."""
    texts = [text for rule in rules().values() for text in (rule.bad, rule.good)]
    fixtures = ROOT / "tests" / "fixtures"
    files = sorted((fixtures / "rules").rglob("*.yaml")) + sorted(
        (fixtures / "wild").rglob("*.y*ml")
    )
    texts += [
        file.read_bytes().decode(errors="replace") for file in files if file.stat().st_size < 40_000
    ]
    decoded = (decode_str(text)[0] for text in texts)
    return [plain(each) for each in decoded if isinstance(each, dict) and each.get("Resources")]


def plain(value: Any) -> Any:
    """Take the marks off, which are slow to copy."""
    if isinstance(value, dict):
        return {str(key) if isinstance(key, str) else key: plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, str) else value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (holder, key) of everything in a template."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def spoilt(template: Any, chance: random.Random) -> Any:
    """Change a copy of a template in a few places."""
    template = copy.deepcopy(template)
    if chance.random() < 0.5:
        template["Conditions"] = CONDITIONS
    for _ in range(chance.randint(1, PLACES)):
        there = list(places(template))
        if not there:
            break
        holder, key = chance.choice(there)
        now = holder[key]
        match chance.randrange(8):
            case 0:
                del holder[key]
            case 1 | 2:
                holder[key] = chance.choice(SCALARS)
            case 3 | 4:
                holder[key] = copy.deepcopy(chance.choice(FUNCTIONS))
            case 5:
                holder[key] = copy.deepcopy(chance.choice(SHAPES))
            case 6:
                holder[key] = chance.choice(
                    [[now], {"Fn::If": ["No", now, {"Ref": "AWS::NoValue"}]}, [now, now],
                     {"Fn::If": ["Odd", copy.deepcopy(now), now]}, deep(now, 30)]
                )  # fmt: skip
            case _:
                other, name = chance.choice(there)
                if isinstance(other, dict):
                    holder[key] = copy.deepcopy(other.get(name, now))
    return template


def ask_all(template: Any) -> None:
    """Run every rule, and name the one that raises."""
    read = Template(template)
    for rule in rules().values():
        try:
            for flaw in rule.check(read):
                assert isinstance(flaw, Flaw)
        except Exception as error:
            error.add_note(f"rule {rule.id} on {template!r:.3000}")
            raise


@FEW
@given(st.integers(0, 2**32))
def test_no_rule_raises_on_a_spoilt_template(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        ask_all(spoilt(chance.choice(sources()), chance))


@FEW
@given(
    st.recursive(
        st.sampled_from([*SCALARS, *FUNCTIONS]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Resources", "Properties", "Type", "Statement", "Action", "Metadata", "Conditions",
                 "Parameters", "Fn::If", "Fn::Sub", "Ref", "Fn::ForEach::A", "A", "Policies"]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=25,
    )
)  # fmt: skip
def test_no_rule_raises_on_a_random_template(root: Any) -> None:
    ask_all(root)
    ask_all({"Resources": root, "Conditions": root, "Parameters": root})
    types = sorted({str(type_) for each in sources() for type_ in _types(each)})
    named = {f"R{n}": {"Type": types[n % len(types)], "Properties": root} for n in range(8)}
    ask_all({"Resources": named, "Conditions": CONDITIONS, "Mappings": root, "Outputs": root})


def _types(template: Any) -> Iterator[str]:
    resources = template["Resources"]
    for each in resources.values() if isinstance(resources, dict) else ():
        if isinstance(each, dict) and isinstance(each.get("Type"), str):
            yield each["Type"]


@pytest.mark.parametrize("value", [None, [], {}, "text", *FUNCTIONS[:4]], ids=repr)
def test_no_rule_raises_where_every_resource_is_the_same_nothing(value: Any) -> None:
    types = sorted({type_ for each in sources() for type_ in _types(each)})
    for body in (value, {"Type": None, "Properties": value}):
        ask_all({"Resources": {f"R{n}": body for n in range(3)}})
    ask_all({"Resources": {f"R{n}": {"Type": t, "Properties": value} for n, t in enumerate(types)}})


def test_no_rule_raises_on_a_template_that_is_nested_deeply() -> None:
    types = sorted({type_ for each in sources() for type_ in _types(each)})
    for levels in (50, 90):
        nested = deep("end", levels)
        ask_all(
            {
                "Conditions": CONDITIONS,
                "Resources": {f"R{n}": {"Type": t, "Properties": {"Policy": nested, "Name": nested}}
                              for n, t in enumerate(types)},
            }
        )  # fmt: skip


@FEW
@given(st.integers(0, 2**32))
def test_no_rule_raises_on_a_spoilt_file_beside_a_template(seed: int) -> None:
    chance = random.Random(seed)
    for rule in rules().values():
        if isinstance(rule, FileGuardrail):
            text = chance.choice([rule.bad, rule.good])
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(text) + 1)
                cut = chance.choice([0, 1, 5, 40])
                piece = chance.choice(
                    ["", "\n", "- ", ": ", "{", "!Ref ", "|\n", "&a ", "*a", "\t", "0"]
                )
                text = text[:at] + piece + text[at + cut :]
            templates = tuple(Template(spoilt(chance.choice(sources()), chance)) for _ in range(2))
            try:
                list(rule.read(File(text, ROOT / "tests" / "none.yaml", templates)))
            except Exception as error:
                error.add_note(f"rule {rule.id} on {text!r}")
                raise
