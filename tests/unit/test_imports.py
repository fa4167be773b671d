"""Which stacks may become instances of a set, and what they keep of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.plan.imports import (
    Arn,
    Candidate,
    Host,
    ImportPlan,
    Override,
    StackImport,
    examine,
)
from generator.plan.state import Instance, StackState

pytestmark = pytest.mark.unit
TOOLS = "111111111111"
TEMPLATE = """
Parameters:
  Size: {Type: String, Default: small}
  Color: {Type: String}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref Color, DelaySeconds: 1}
"""
HOST = Host(
    name="shop-dev-service",
    template=TEMPLATE,
    parameters={"Color": "red"},
    instances={},
    targets=frozenset({(TOOLS, "us-east-1")}),
)


def arn(name: str = "shop", region: str = "us-east-1") -> Arn:
    found = Arn.parse(f"arn:aws:cloudformation:{region}:{TOOLS}:stack/{name}/1")
    assert found is not None
    return found


def candidate(
    template: str = TEMPLATE, status: str = "UPDATE_COMPLETE", where: Arn | None = None,
    **values: str,
) -> Candidate:  # fmt: skip
    where = where or arn()
    parameters = {"Size": "small", "Color": "red", **values}
    return Candidate(where, StackState(where.text, status, "", parameters, {}, {}), template)


def examined(one: Candidate, host: Host = HOST) -> StackImport:
    (found,) = examine(host, [one])
    return found


def instance(stack_id: str, detailed: str = "SUCCEEDED") -> dict[tuple[str, str], Instance]:
    return {(TOOLS, "us-east-1"): Instance(TOOLS, "us-east-1", stack_id, "CURRENT", detailed, "")}


def test_a_stack_of_the_sets_template_and_values_is_imported_as_it_is() -> None:
    found = examined(candidate())
    assert (found.refusals, found.differences, found.overrides) == ((), (), ())
    assert found.configured
    assert not found.done


def test_comments_and_the_way_it_is_written_are_no_difference() -> None:
    written = TEMPLATE.replace("{QueueName: !Ref Color, DelaySeconds: 1}", (
        "\n      # seconds\n      DelaySeconds: '1'\n      QueueName: {Ref: Color}"
    ))  # fmt: skip
    assert examined(candidate(written)).refusals == ()


def test_values_that_differ_stay_as_overrides() -> None:
    found = examined(candidate(Size="big", Color="blue"))
    assert found.overrides == (Override("Size", "small", "big"), Override("Color", "red", "blue"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "DelaySeconds: 1",
            "DelaySeconds: 5",
            "Jobs (AWS::SQS::Queue) Properties.DelaySeconds: 5 in the stack, 1 in the set",
        ),
        ("  Jobs:", "  Work:", "Jobs (AWS::SQS::Queue) is in the set's template only"),
        ("  Jobs:", "  Work:", "Work (AWS::SQS::Queue) is in the stack's template only"),
        (
            "Default: small",
            "Default: big",
            "Size (Parameter) Default: big in the stack, small in the set",
        ),
    ],
)
def test_another_template_is_refused_with_what_differs(old: str, new: str, told: str) -> None:
    found = examined(candidate(TEMPLATE.replace(old, new)))
    assert found.refusals == ("its template is not that of shop-dev-service",)
    assert told in found.differences


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]
)
def test_a_stack_that_is_not_in_order_is_refused(status: str) -> None:
    assert f"it is {status}" in examined(candidate(status=status)).refusals[0]


def test_hidden_values_keep_a_stack_out() -> None:
    template = TEMPLATE.replace("Default: small", "Default: small, NoEcho: true")
    found = examined(candidate(template), replace(HOST, template=template))
    assert found.refusals == ("it has NoEcho parameters (Size), which no import supports",)


def test_what_is_not_there_or_out_of_reach_is_refused() -> None:
    assert examined(Candidate(arn(), None, "")).refusals == ("there is no such stack",)
    assert examined(Candidate(arn(), None, "", "too far")).refusals == ("too far",)


def test_a_pair_that_has_another_instance_is_refused() -> None:
    found = examined(candidate(), replace(HOST, instances=instance("another")))
    assert found.refusals == ("shop-dev-service has an instance there already: another",)


def test_what_is_an_instance_already_is_done_and_asked_nothing_more() -> None:
    host = replace(HOST, instances=instance(arn().text), template="Resources: {}")
    found = examined(candidate(status="UPDATE_IN_PROGRESS"), host)
    assert (found.done, found.refusals) == (True, ())


def test_an_import_that_failed_is_tried_again() -> None:
    host = replace(HOST, instances=instance(arn().text, "FAILED_IMPORT"))
    found = examined(candidate(), host)
    assert (found.done, found.refusals) == (False, ())


def test_two_stacks_of_one_pair_are_both_refused() -> None:
    both = examine(HOST, [candidate(where=arn("a")), candidate(where=arn("b"))])
    told = "another stack of the same account and region is named, too"
    assert [one.refusals for one in both] == [(told,), (told,)]


def test_what_the_configuration_does_not_name_is_marked() -> None:
    assert not examined(candidate(where=arn(region="eu-west-1"))).configured


def test_ten_stacks_go_into_a_call_and_what_is_done_into_none() -> None:
    stacks = [examined(candidate(where=arn(f"s{number}"))) for number in range(23)]
    stacks[0] = replace(stacks[0], done=True)
    plan = ImportPlan("service", "shop-dev-service", creates=False, stacks=tuple(stacks))
    assert [len(batch) for batch in plan.batches] == [10, 10, 2]
    assert stacks[0].stack_id not in plan.batches[0]


@pytest.mark.parametrize(
    "text",
    [
        "shop",
        "arn:aws:cloudformation:us-east-1:111111111111:stackset/shop:1",
        "arn:aws:cloudformation:us-east-1:111111111111:stack/shop",
        "arn:aws:sqs:us-east-1:111111111111:stack/shop/1",
    ],
)
def test_only_a_stacks_arn_is_one(text: str) -> None:
    assert Arn.parse(text) is None
