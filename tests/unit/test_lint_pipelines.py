"""Pipelines are read as CodePipeline runs them: stages in order, actions by RunOrder."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.template import Template
from generator.lint.template.pipelines import key_of, own_accounts, pipeline_of, pipelines

pytestmark = pytest.mark.unit

REFERENCE = {"Fn::Sub": "arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:${Release}"}
JOINED = {"Fn::Join": [":", ["arn:aws:codepipeline:eu-west-1:111111111111", {"Ref": "Release"}]]}
DEPLOY = {"Category": "Deploy", "Owner": "AWS", "Provider": "CloudFormation", "Version": "1"}


def template(stages: Any = (), **resources: Any) -> Template:
    release = {
        "Type": "AWS::CodePipeline::Pipeline",
        "Properties": {"Name": "release", "Stages": list(stages)},
    }
    return Template({"Resources": {"Release": release, **resources}})


def rule(arn: Any) -> Any:
    return {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Id": "x", "Arn": arn}]}}


@pytest.mark.parametrize(
    "arn",
    [REFERENCE, JOINED, "arn:aws:codepipeline:eu-west-1:111111111111:release", {"Ref": "Release"}],
)
def test_a_pipeline_is_found_however_its_arn_is_written(arn: Any) -> None:
    read = template(Rule=rule(arn))
    (target,) = read.resources["Rule"].get("Targets")
    (node,) = next(target.items()).get("Arn")
    assert pipeline_of(read, node) == (True, read.resources["Release"])


def test_another_pipeline_and_another_service_are_told_apart() -> None:
    read = template(Rule=rule("arn:aws:codepipeline:eu-west-1:111111111111:other"))
    other = read.root.get("Resources", "Rule", "Properties", "Targets")
    assert pipeline_of(read, next(next(next(other).items()).get("Arn"))) == (True, None)
    queue = template(Rule=rule("arn:aws:sqs:eu-west-1:111111111111:release"))
    target = next(queue.resources["Rule"].get("Targets"))
    assert pipeline_of(queue, next(next(target.items()).get("Arn"))) == (False, None)


def test_actions_come_in_order_of_stages_below_a_condition_too() -> None:
    stages = [
        {"Name": "One", "Actions": [{"Name": "a", "RunOrder": 2}, {"Name": "b"}]},
        {
            "Fn::If": [
                "Missing",
                {"Name": "Two", "Actions": [{"Name": "c"}]},
                {"Ref": "AWS::NoValue"},
            ]
        },
        {"Name": "Three", "Actions": [{"Name": "d"}]},
    ]
    (pipeline,) = pipelines(template(stages))
    first, second, third, fourth = pipeline.actions
    assert first.comes_after(second)
    assert third.comes_after(first)
    assert fourth.comes_after(third)


def test_a_change_set_alone_deploys_nothing() -> None:
    prepares = {"ActionTypeId": DEPLOY, "Configuration": {"ActionMode": "CHANGE_SET_REPLACE"}}
    executes = {"ActionTypeId": DEPLOY, "Configuration": {"ActionMode": "CHANGE_SET_EXECUTE"}}
    (pipeline,) = pipelines(template([{"Name": "D", "Actions": [prepares, executes]}]))
    assert [action.node.value for action in pipeline.deployments] == [executes]


def test_values_that_look_alike_but_for_what_is_unknown_are_not_the_same() -> None:
    def mapped(region: str) -> Any:
        return {"Fn::Sub": ["b-${R}", {"R": {"Fn::FindInMap": ["Regions", region, "Name"]}}]}

    one, two = (next(template(X=mapped(r)).root.get("Resources", "X")) for r in ("a", "b"))
    assert key_of(one) != key_of(two)


def test_the_rule_that_starts_a_pipeline_names_its_account() -> None:
    read = template(Rule=rule(JOINED))
    assert own_accounts(read, pipelines(read)[0]) == {"111111111111"}
