"""The pure parts of the local cloud's releases: steps of traffic, fair shares, AppSpec files."""

import json
from typing import Any

import pytest

from localcloud.clock import Clock
from localcloud.codedeploy import configs, revision
from localcloud.codedeploy.configs import Step
from localcloud.errors import AwsError, LocalCloudError
from localcloud.traffic import Splitter

pytestmark = pytest.mark.unit


def test_a_canary_has_two_steps() -> None:
    assert configs.steps(configs.canary(10, 5)) == [Step(10, 5), Step(100, 0)]


def test_a_linear_shift_ends_with_everything_even_where_the_share_does_not_divide_it() -> None:
    steps = configs.steps(configs.linear(30, 2))
    assert steps == [Step(30, 2), Step(60, 2), Step(90, 2), Step(100, 0)]
    assert len(configs.steps(configs.linear(10, 1))) == 10


def test_all_at_once_is_one_step() -> None:
    assert configs.steps(configs.all_at_once()) == [Step(100, 0)]


@pytest.mark.parametrize(
    ("routing", "wrong"),
    [
        ({}, "type"),
        ({"type": "Sideways"}, "type"),
        (configs.canary(0, 5), "canaryPercentage"),
        (configs.canary(100, 5), "canaryPercentage"),
        (configs.linear(10, 0), "linearInterval"),
        (configs.linear(10, 2881), "linearInterval"),
    ],
)
def test_a_routing_that_aws_refuses_is_refused(routing: dict[str, Any], wrong: str) -> None:
    assert wrong in (configs.problem(routing) or "")


def test_every_predefined_routing_is_right() -> None:
    assert [configs.problem(one) for one in configs.PREDEFINED.values()] == [None] * 9


@pytest.mark.parametrize(("weight", "calls", "share"), [(0.1, 10, 1), (0.25, 8, 2), (0.9, 30, 27)])
def test_each_version_gets_exactly_its_share(weight: float, calls: int, share: int) -> None:
    splitter = Splitter()
    chosen = [splitter.choose("arn", "1", {"2": weight}) for _ in range(calls)]
    assert chosen.count("2") == share


def test_shares_are_spread_out_and_aliases_are_counted_apart() -> None:
    splitter = Splitter()
    chosen = [
        (splitter.choose("a", "1", {"2": 0.5}), splitter.choose("b", "1", {"2": 0.5}))
        for _ in range(4)
    ]
    assert chosen == [("1", "1"), ("2", "2")] * 2


def test_without_weights_there_is_nothing_to_split() -> None:
    assert Splitter().choose("arn", "7", {}) == "7"


def test_calls_of_an_alias_are_counted_with_weights_and_without() -> None:
    splitter = Splitter()
    splitter.choose("a", "1", {})
    splitter.choose("a", "1", {"2": 0.5})
    splitter.choose("b", "1", {"2": 0.5})
    assert (splitter.calls("a"), splitter.calls("b"), splitter.calls("c")) == (2, 1, 0)


def app_spec(**change: Any) -> dict[str, Any]:
    properties = {"Name": "orders", "Alias": "live", "CurrentVersion": 1, "TargetVersion": "2"}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    content = {"version": 0.0, "Resources": [{"any": resource}], **change}
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}


def test_an_app_spec_names_the_way_and_its_reverse() -> None:
    spec = revision.read(app_spec(Hooks=[{"BeforeAllowTraffic": "check"}]))
    assert (spec.current, spec.target, spec.before, spec.after) == ("1", "2", "check", None)
    back = spec.reversed()
    assert (back.current, back.target, back.before) == ("2", "1", None)
    assert revision.read(spec.revision()) == spec


@pytest.mark.parametrize(
    "given",
    [
        {"revisionType": "S3", "s3Location": {"bucket": "b"}},
        {"revisionType": "AppSpecContent", "appSpecContent": {"content": "a: [b"}},
        {"revisionType": "AppSpecContent", "appSpecContent": {"content": "only words"}},
        app_spec(Resources=[]),
        app_spec(Resources=[{"any": {"Type": "AWS::ECS::Service"}}]),
        app_spec(Resources=[{"any": {"Type": "AWS::Lambda::Function", "Properties": {}}}]),
        app_spec(Hooks=[{"BeforeInstall": "check"}]),
    ],
)
def test_an_app_spec_of_another_kind_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as caught:
        revision.read(given)
    assert caught.value.code == "InvalidRevisionException"


def test_the_clock_scales_minutes_and_refuses_to_stand_still() -> None:
    clock = Clock(0.1)
    assert clock.seconds(minutes=5) == pytest.approx(0.5)
    for wrong in (0, -1, 61):
        with pytest.raises(LocalCloudError, match="a minute lasts"):
            clock.set(minute_seconds=wrong, calls_a_minute=5)
    for wrong in (-1, 10_001):
        with pytest.raises(LocalCloudError, match="a minute waits for"):
            clock.set(minute_seconds=5, calls_a_minute=wrong)
    assert clock == Clock(0.1), "all or nothing"
    clock.set(calls_a_minute=3)
    clock.set(minute_seconds=2)
    assert clock == Clock(2, 3)
