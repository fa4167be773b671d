"""What holds for the differences of any two templates."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.plan import ResourceChange, TypeSchema, differences
from generator.plan.wording import lines_of
from generator.report.differences import as_json

pytestmark = pytest.mark.unit

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SCHEMAS = {"AWS::SQS::Queue": TypeSchema(("a", "b/*/c"), ("c",))}
NAMES = st.sampled_from(["a", "b", "c", "d"])
FUNCTIONS = st.sampled_from([
    {"Ref": "P"}, {"Ref": "L"}, {"Ref": "R1"}, {"Ref": "AWS::NoValue"}, {"Ref": "AWS::Region"},
    {"Fn::GetAtt": ["R2", "Arn"]}, {"Fn::Sub": "x-${P}-${R1.Arn}-${!y}"},
    {"Fn::Sub": ["${z}", {"z": {"Fn::ImportValue": "other"}}]},
    {"Fn::If": ["IsOn", "yes", {"Ref": "R2"}]}, {"Fn::If": ["Here", {"Ref": "AWS::NoValue"}, "b"]},
    {"Fn::Join": ["-", ["a", {"Ref": "P"}, {"Ref": "R1"}]]}, {"Fn::Join": [",", {"Ref": "L"}]},
    {"Fn::Select": ["0", {"Ref": "L"}]}, {"Fn::Split": ["-", {"Ref": "P"}]},
    {"Fn::FindInMap": ["M", "k", "v"]}, {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "v"]},
    {"Fn::Base64": {"Fn::Sub": "${P}"}}, {"Fn::GetAZs": ""},
])  # fmt: skip
VALUES = st.recursive(
    st.text("xyz$ {}", max_size=4) | st.integers() | st.booleans() | FUNCTIONS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
RESOURCES = st.fixed_dictionaries(
    {"Type": st.sampled_from(["AWS::SQS::Queue", "AWS::S3::Bucket", "Custom::X"])},
    optional={
        "Properties": st.dictionaries(NAMES, VALUES, max_size=4),
        "Condition": st.sampled_from(["IsOn", "Here", "Nowhere"]),
        "DeletionPolicy": st.sampled_from(["Retain", "Delete", "Snapshot"]),
        "UpdateReplacePolicy": st.sampled_from(["Retain", "Delete", "Snapshot"]),
        "DependsOn": st.sampled_from(["R1", ["R2", "R1"]]),
        "Metadata": VALUES,
    },
)
TEMPLATES = st.builds(
    lambda resources, output: {
        "Parameters": {
            "P": {"Type": "String", "Default": "p"},
            "L": {"Type": "CommaDelimitedList", "Default": "a,b"},
        },
        "Mappings": {"M": {"k": {"v": "mapped"}}},
        "Conditions": {
            "IsOn": {"Fn::Equals": [{"Ref": "P"}, "on"]},
            "Here": {
                "Fn::Or": [{"Condition": "IsOn"}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}]
            },
        },
        "Resources": resources,
        "Outputs": {"O": {"Value": output}},
    },
    st.dictionaries(st.sampled_from(["R1", "R2", "R3"]), RESOURCES),
    VALUES,
)  # fmt: skip
PARAMETERS = st.dictionaries(
    st.sampled_from(["P", "L", "AWS::Region"]), st.sampled_from(["on", "a,c", "x", ""])
)


def diff(
    before: Any, after: Any, was: dict[str, str] | None = None, now: dict[str, str] | None = None
) -> list[ResourceChange]:
    return differences(
        json.dumps(before),
        json.dumps(after),
        parameters_before=was or {},
        parameters_after=now or {},
        schemas=SCHEMAS,
    )


@RELAXED
@given(TEMPLATES, PARAMETERS)
def test_a_template_does_not_differ_from_itself(
    template: dict[str, Any], values: dict[str, str]
) -> None:
    assert diff(template, template, values, values) == []


@RELAXED
@given(TEMPLATES, TEMPLATES, PARAMETERS, PARAMETERS)
def test_what_is_added_one_way_is_removed_the_other(
    one: dict[str, Any], other: dict[str, Any], was: dict[str, str], now: dict[str, str]
) -> None:
    there, back = diff(one, other, was, now), diff(other, one, now, was)
    opposite = {"Add": "Remove", "Remove": "Add", "Modify": "Modify"}
    # Who uses a replaced resource depends on which template is the new one.
    direct = [[c for c in changes if any(not r.cause for r in c.reasons) or not c.reasons]
              for changes in (there, back)]  # fmt: skip
    assert {(c.section, c.logical_id, opposite[c.action]) for c in direct[0]} == {
        (c.section, c.logical_id, c.action.value) for c in direct[1]
    }


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))


JUNK = st.none() | VALUES | st.just([]) | st.just({})


@RELAXED
@given(TEMPLATES, st.data())
def test_no_mutation_breaks_it(template: dict[str, Any], data: st.DataObject) -> None:
    mutated = copy.deepcopy(template)
    path = data.draw(st.sampled_from(list(places(mutated))[1:]))
    inner: Any = mutated
    for key in path[:-1]:
        inner = inner[key]
    if data.draw(st.booleans()):
        del inner[path[-1]]
    else:
        inner[path[-1]] = data.draw(JUNK)
    diff(template, mutated)
    diff(mutated, template)


LEAVES = st.recursive(
    st.text("xyz", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@RELAXED
@given(st.dictionaries(NAMES, LEAVES, min_size=1), st.data())
def test_every_changed_leaf_is_in_a_record(properties: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(properties)
    path = data.draw(st.sampled_from(list(places(changed))[1:]))
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = "changed"
    templates = [
        {"Resources": {"It": {"Type": "AWS::SQS::Queue", "Properties": each}}}
        for each in (properties, changed)
    ]
    (change,) = diff(*templates)
    # Where a list's items move, another item than the one that was written may be the changed one.
    fixed = path[: next((i for i, key in enumerate(path) if isinstance(key, int)), len(path))]
    place = ".".join(["Properties", *map(str, fixed)])
    assert any(reason.path.startswith(place) for reason in change.reasons)
    assert any("changed" in (reason.after or "") for reason in change.reasons)


@RELAXED
@given(TEMPLATES, TEMPLATES)
def test_every_change_is_told_and_no_secret_is(one: dict[str, Any], other: dict[str, Any]) -> None:
    for template in (one, other):
        template["Parameters"]["P"]["NoEcho"] = True
        template["Parameters"]["L"]["NoEcho"] = True
    was, now = ({name: f"{name}hush-{n},murmur" for name in "PL"} for n in (1, 2))
    changes = diff(one, other, was, now)
    told = [[str(line) for line in lines_of(change)] for change in changes]
    assert all(lines and lines[0].strip() for lines in told)
    text = json.dumps(as_json(changes)) + repr(changes) + str(told)
    assert "hush" not in text
    assert "murmur" not in text
