"""What happened, as a timeline: what was when, what was first, what took the time."""

from __future__ import annotations

import itertools

import pytest
from events import ACTION, ALARM, EAST, SHIFT, STAGE, START, WEST, at, delivery, line
from hypothesis import given, settings, strategies

from generator.deploy.inspection.span import Kind, Outcome, Span
from generator.deploy.inspection.timeline import Timeline, longest_chain, timeline
from generator.deploy.pipeline.delivery_events import LogLine
from generator.plan.state import Operation

pytestmark = pytest.mark.unit


def drawn(*lines: LogLine, now: float = 1000) -> Timeline:
    return timeline(lines, [], now=at(now))


def only(found: Timeline) -> Span:
    (span,) = found.spans
    return span


def length(span: Span) -> tuple[float, float | None]:
    """Give the seconds at which a span began and ended."""
    ended = span.ended and (span.ended - START).total_seconds()
    return (span.began - START).total_seconds(), ended


def test_a_stack_lasts_from_its_beginning_to_its_end_and_holds_its_resources() -> None:
    stack = only(
        drawn(
            line(0, "stack", "UPDATE_IN_PROGRESS", "User Initiated"),
            line(1, "Queue", "CREATE_IN_PROGRESS"),
            line(2, "Queue", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
            line(2, "Function", "UPDATE_IN_PROGRESS"),
            line(4, "Queue", "CREATE_COMPLETE"),
            line(9, "Function", "UPDATE_COMPLETE"),
            line(10, "stack", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            line(11, "Old", "DELETE_SKIPPED"),
            line(12, "stack", "UPDATE_COMPLETE"),
        )
    )
    assert (stack.kind, stack.source, stack.region) == (Kind.STACK, "service", WEST)
    assert (length(stack), stack.outcome) == ((0, 12), Outcome.SUCCEEDED)
    assert [(part.what, *length(part), part.status) for part in stack.parts] == [
        ("Queue", 1, 4, "CREATE_COMPLETE"),
        ("Function", 2, 9, "UPDATE_COMPLETE"),
        ("Old", 11, 11, "DELETE_SKIPPED"),
    ]
    assert stack.troubles == ()


def test_regions_overlap_and_come_in_the_order_of_their_beginnings() -> None:
    found = drawn(
        line(5, "stack", "CREATE_IN_PROGRESS", region=EAST),
        line(0, "stack", "CREATE_IN_PROGRESS", region=WEST),
        line(8, "stack", "CREATE_COMPLETE", region=WEST),
        line(20, "stack", "CREATE_COMPLETE", region=EAST),
    )
    assert [(span.region, *length(span)) for span in found.spans] == [(WEST, 0, 8), (EAST, 5, 20)]
    assert (found.began, found.ended, found.under_way) == (at(0), at(20), False)


def test_what_goes_on_lasts_until_now() -> None:
    found = drawn(
        line(0, "stack", "UPDATE_IN_PROGRESS"), line(1, "A", "UPDATE_IN_PROGRESS"), now=60
    )
    stack = only(found)
    assert (length(stack), stack.outcome) == ((0, None), Outcome.UNDER_WAY)
    assert (stack.parts[0].outcome, stack.seconds(found.now)) == (Outcome.UNDER_WAY, 60)
    assert (found.ended, found.under_way) == (at(60), True)


def test_a_clock_of_ours_that_is_behind_makes_nothing_end_before_it_began() -> None:
    found = drawn(line(100, "stack", "UPDATE_IN_PROGRESS"), now=30)
    assert found.now == at(100)
    assert only(found).seconds(found.now) == 0


def test_a_stack_that_goes_back_says_since_when_and_what_was_first() -> None:
    stack = only(
        found := drawn(
            line(0, "stack", "UPDATE_IN_PROGRESS"),
            line(1, "Alias", "UPDATE_IN_PROGRESS"),
            line(1, "Other", "UPDATE_IN_PROGRESS"),
            line(5, "Alias", "UPDATE_FAILED", "Deployment d-1 failed: alarms"),
            line(5, "Other", "UPDATE_FAILED", "Resource update cancelled"),
            line(6, "stack", "UPDATE_ROLLBACK_IN_PROGRESS", "The following failed: [Alias]"),
            line(7, "Alias", "UPDATE_IN_PROGRESS"),
            line(9, "Alias", "UPDATE_COMPLETE"),
            line(10, "stack", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
            line(12, "stack", "UPDATE_ROLLBACK_COMPLETE"),
        )
    )
    assert (length(stack), stack.rollback) == ((0, 12), at(6))
    assert (stack.outcome, stack.status) == (Outcome.ROLLED_BACK, "UPDATE_ROLLBACK_COMPLETE")
    assert [(part.what, *length(part), part.outcome) for part in stack.parts] == [
        ("Alias", 1, 5, Outcome.FAILED),
        ("Other", 1, 5, Outcome.STOPPED),
        ("Alias", 7, 9, Outcome.SUCCEEDED),
    ]
    assert [trouble.text for trouble in found.troubles] == ["Deployment d-1 failed: alarms"]


def test_where_no_resource_failed_the_stack_itself_says_why() -> None:
    found = drawn(
        line(0, "stack", "CREATE_IN_PROGRESS"),
        line(1, "stack", "ROLLBACK_IN_PROGRESS", "Properties validation failed"),
        line(2, "stack", "ROLLBACK_COMPLETE"),
    )
    assert [trouble.status for trouble in found.troubles] == ["ROLLBACK_IN_PROGRESS"]
    assert only(found).reason == "Properties validation failed"


def test_a_rollback_that_is_begun_anew_is_a_run_of_its_own() -> None:
    first, second = drawn(
        line(0, "stack", "UPDATE_IN_PROGRESS"),
        line(3, "stack", "UPDATE_ROLLBACK_IN_PROGRESS", "it failed"),
        line(9, "stack", "UPDATE_ROLLBACK_FAILED", "a queue is gone"),
        line(30, "stack", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        line(33, "stack", "UPDATE_ROLLBACK_COMPLETE"),
    ).spans
    assert (length(first), first.outcome) == ((0, 9), Outcome.FAILED)
    assert (length(second), second.rollback) == ((30, 33), at(30))


def test_two_deployments_of_a_stack_are_two_spans() -> None:
    found = drawn(
        line(0, "stack", "UPDATE_IN_PROGRESS"),
        line(4, "stack", "UPDATE_COMPLETE"),
        line(9, "stack", "UPDATE_IN_PROGRESS"),
        line(12, "stack", "UPDATE_COMPLETE"),
    )
    assert [length(span) for span in found.spans] == [(0, 4), (9, 12)]


def test_what_is_only_seen_to_end_began_before_the_record() -> None:
    found = drawn(
        line(3, "Alias", "UPDATE_IN_PROGRESS", region=EAST),
        line(0, "Queue", "UPDATE_COMPLETE"),
        line(5, "stack", "UPDATE_COMPLETE"),
        now=10,
    )
    west, east = found.spans
    assert (length(west), west.began_before, west.parts[0].began_before) == ((0, 5), True, True)
    assert (length(east), east.what, east.outcome) == ((0, None), "stack", Outcome.UNDER_WAY)


def test_what_a_stack_leaves_without_an_end_ends_with_it() -> None:
    stack = only(
        drawn(
            line(0, "stack", "DELETE_IN_PROGRESS"),
            line(1, "Bucket", "DELETE_IN_PROGRESS"),
            line(9, "stack", "DELETE_FAILED", "not empty"),
        )
    )
    assert (length(stack.parts[0]), stack.parts[0].outcome) == ((1, 9), Outcome.STOPPED)
    assert stack.outcome is Outcome.FAILED


def test_a_change_set_that_is_looked_at_is_no_beginning() -> None:
    stack = only(
        drawn(
            line(0, "stack", "REVIEW_IN_PROGRESS"),
            line(60, "stack", "CREATE_IN_PROGRESS"),
            line(63, "stack", "CREATE_COMPLETE"),
        )
    )
    assert length(stack) == (60, 63)


def test_shifts_of_traffic_alarms_and_the_pipeline_have_their_times() -> None:
    found = drawn(
        delivery(0, "deployment d-1 of orders", "START", type_=SHIFT),
        delivery(1, "p/Deploy", "STARTED", type_=STAGE),
        delivery(2, "p/Deploy/wave-1", "STARTED", type_=ACTION),
        delivery(20, "alarm errors", "ALARM", "3 of 3", type_=ALARM),
        delivery(22, "deployment d-1 of orders", "STOP", type_=SHIFT),
        delivery(30, "p/Deploy/wave-1", "FAILED", "wave 1 failed", type_=ACTION),
        delivery(31, "p/Deploy", "FAILED", type_=STAGE),
        delivery(50, "alarm errors", "OK", type_=ALARM),
        delivery(55, "alarm other", "OK", type_=ALARM),
    )
    assert [(span.what, *length(span), span.outcome) for span in found.spans] == [
        ("deployment d-1 of orders", 0, 22, Outcome.STOPPED),
        ("p/Deploy/wave-1", 2, 30, Outcome.FAILED),
        ("alarm errors", 20, 50, Outcome.ALARM),
    ]
    assert [(one.what, one.text) for one in found.troubles] == [
        ("alarm errors", "3 of 3"), ("deployment d-1 of orders", ""),
        ("p/Deploy/wave-1", "wave 1 failed"),
    ]  # fmt: skip


def test_an_alarm_that_is_still_on_lasts_until_now_but_is_no_work_under_way() -> None:
    found = drawn(delivery(0, "alarm errors", "ALARM", "3 of 3", type_=ALARM), now=60)
    assert (only(found).ended, found.under_way) == (None, False)


def test_operations_say_by_whom_and_that_instances_failed() -> None:
    tolerant = Operation("gen-1", "UPDATE", "SUCCEEDED", "", at(1), 2, at(30))
    running = Operation("x", "UPDATE", "RUNNING", "", at(40), 0)
    found = timeline([], [("service", running, "b"), ("service", tolerant, "gen")], now=at(50))
    assert [(s.kind, s.by, s.outcome, length(s)) for s in found.spans] == [
        (Kind.OPERATION, "gen", Outcome.FAILED, (1, 30)),
        (Kind.OPERATION, "b", Outcome.UNDER_WAY, (40, None)),
    ]


def test_the_longest_chain_goes_back_from_what_ended_last() -> None:
    found = drawn(
        line(0, "stack", "CREATE_IN_PROGRESS", source="core"),
        line(10, "stack", "CREATE_COMPLETE", source="core"),
        line(12, "stack", "CREATE_IN_PROGRESS"),
        line(12, "stack", "CREATE_IN_PROGRESS", region=EAST),
        line(20, "stack", "CREATE_COMPLETE"),
        line(40, "stack", "CREATE_COMPLETE", region=EAST),
        line(41, "stack", "CREATE_IN_PROGRESS", source="pipeline"),
        line(45, "stack", "CREATE_COMPLETE", source="pipeline"),
        line(2, "stack", "CREATE_IN_PROGRESS", source="other"),
    )
    chain = longest_chain(found.spans)
    assert [(s.source, s.region) for s in chain] == [
        ("core", WEST), ("service", EAST), ("pipeline", WEST),
    ]  # fmt: skip
    assert longest_chain([]) == []


def test_the_pipelines_actions_are_links_of_the_chain_but_not_what_they_are_parts_of() -> None:
    found = drawn(
        delivery(0, "p", "STARTED", type_="CodePipeline Pipeline Execution State Change"),
        delivery(0, "p/Build/Build", "STARTED", type_=ACTION),
        delivery(60, "p/Build/Build", "SUCCEEDED", type_=ACTION),
        line(62, "stack", "UPDATE_IN_PROGRESS"),
        delivery(63, "deployment d-1 of orders", "START", type_=SHIFT),
        delivery(70, "deployment d-1 of orders", "SUCCESS", type_=SHIFT),
        line(71, "stack", "UPDATE_COMPLETE"),
        delivery(75, "p", "SUCCEEDED", type_="CodePipeline Pipeline Execution State Change"),
    )
    assert [span.what for span in longest_chain(found.steps)] == ["p/Build/Build", "stack"]


def test_nothing_is_a_timeline_without_length() -> None:
    found = drawn(now=0)
    assert (found.spans, found.began, found.ended, found.under_way) == ((), START, START, False)


STATUSES = [
    f"{verb}_{end}"
    for verb in ("CREATE", "UPDATE", "DELETE", "ROLLBACK", "UPDATE_ROLLBACK", "IMPORT")
    for end in ("IN_PROGRESS", "COMPLETE", "FAILED", "COMPLETE_CLEANUP_IN_PROGRESS")
] + ["REVIEW_IN_PROGRESS", "DELETE_SKIPPED", "START", "SUCCESS", "STOP", "ALARM", "OK", "NEW_ONE"]
HAPPENED = strategies.lists(
    strategies.builds(
        line,
        strategies.integers(0, 9),
        strategies.sampled_from(["stack", "Queue", "Alias"]),
        strategies.sampled_from(STATUSES),
        strategies.sampled_from(["", "no room", "Resource update cancelled"]),
        source=strategies.sampled_from(["service", "core", "delivery"]),
        region=strategies.sampled_from([WEST, EAST]),
        type_=strategies.sampled_from([SHIFT, ALARM, ACTION, STAGE]),
    ),
    max_size=25,
)


@settings(max_examples=200)
@given(HAPPENED)
def test_whatever_happened_in_whatever_order_it_can_be_drawn(lines: list[LogLine]) -> None:
    found = drawn(*lines, now=5)
    for span in found.spans:
        assert span.ended is None or span.began <= span.ended <= found.now
        assert found.began <= span.began
        for part in span.parts:
            assert span.began <= part.began
            assert span.ended is None or (part.ended and part.ended <= span.ended)
    told = {each.id for each in lines}
    assert {trouble.id for trouble in found.troubles} <= told
    chain = longest_chain(found.steps)
    pairs = itertools.pairwise(chain)
    assert all(one.ended and one.ended <= other.began for one, other in pairs)
    assert bool(chain) == any(span.ended for span in found.steps)
    resources = {(x.region, x.source, x.what) for x in lines if x.source != "delivery"}
    drawn_ones = {
        (part.region, part.source, part.what) for span in found.spans for part in span.parts
    }
    assert drawn_ones == {each for each in resources if each[2] != "stack"}
