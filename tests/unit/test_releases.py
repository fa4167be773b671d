"""Records, history and what a release would change: pure data."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from generator.plan import TypeSchema
from generator.releases import Code, Entry, History, Record, What, changes
from generator.releases.history import Event

pytestmark = pytest.mark.unit

A, B, C = "a" * 12, "b" * 12, "c" * 12
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECORD = Record(
    release=A,
    project="shop",
    environment="dev",
    template=Code("templates/service/11.yaml", "11"),
    parameters={"Memory": "512", "Token": "hush", "OrdersCodeKey": "releases/orders/22.zip"},
    capabilities=("CAPABILITY_NAMED_IAM",),
    tags={"Owner": "team"},
    functions={
        "orders": Code("releases/orders/22.zip", "22"),
        "traffic-check": Code("releases/traffic-check/33.zip", "33"),
    },
    health_function="orders",
    commit="0123456789abcdef",
    built="2026-11-21T12:00:00Z",
    built_by="arn:aws:iam::111111111111:user/ann",
)
SCHEMAS = {"AWS::SQS::Queue": TypeSchema(("QueueName",))}
TEMPLATE = """\
Parameters:
  Memory: {Type: Number}
  Token: {Type: String, NoEcho: true}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref Memory, Tags: []}
  Topic:
    Type: AWS::SNS::Topic
"""


def history(*story: tuple[str, str]) -> History:
    """Tell a story, an event a second."""
    return History.of_keys(
        Event(START + timedelta(seconds=n), release, What(what)).key
        for n, (release, what) in enumerate(story)
    )


def test_a_record_reads_back_as_it_was() -> None:
    assert Record.from_json(RECORD.to_json()) == RECORD
    assert json.loads(RECORD.to_json())["format"] == 1
    assert RECORD.key == f"records/{A}.json"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1}'])
def test_what_is_no_record_is_told_from_one(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Record.from_json(text)


def test_who_built_a_release_from_what_commit_is_not_part_of_its_content() -> None:
    again = dataclasses.replace(RECORD, commit=None, built="later", built_by="bob")
    assert RECORD.same_content(again)
    assert not RECORD.same_content(dataclasses.replace(RECORD, tags={}))


def test_functions_that_gen_adds_have_no_alias() -> None:
    assert RECORD.aliased == ("orders",)


def test_an_instance_may_have_another_package_than_the_set() -> None:
    assert RECORD.code_in("orders", {}).sha256 == "22"
    assert RECORD.code_in("orders", {"OrdersCodeKey": "releases/orders/44.zip"}).sha256 == "44"


def test_an_event_and_its_key_say_the_same() -> None:
    event = Event(START + timedelta(milliseconds=7), A, What.GOOD)
    assert event.key == f"history/20261121T120000.007Z-{A}-good.json"
    assert Event.of_key(event.key) == event


@pytest.mark.parametrize(
    "key",
    [
        "history/",
        f"history/20261121T120000.007Z-{A}-splendid.json",
        f"history/20261121T120000Z-{A}-good.json",
        f"records/20261121T120000.007Z-{A}-good.json",
    ],
)
def test_keys_that_are_not_of_the_log_are_passed_over(key: str) -> None:
    assert Event.of_key(key) is None


def test_an_entry_tells_only_what_is_known() -> None:
    entry = Entry(Event(START, A, What.RESTORED), by="ann", instead_of=B, regions=(("1", "r"),))
    assert json.loads(entry.to_json()) == {
        "release": A,
        "what": "restored",
        "time": "2026-11-21T12:00:00.000Z",
        "by": "ann",
        "instead_of": B,
        "regions": [["1", "r"]],
    }


@pytest.mark.parametrize(
    ("story", "good", "bad"),
    [
        ([], [], []),
        ([(A, "deploying")], [], []),
        ([(A, "deploying"), (A, "good")], [A], []),
        ([(A, "good"), (B, "deploying"), (B, "bad")], [A], [B]),
        ([(A, "good"), (B, "good")], [B, A], []),
        ([(A, "good"), (B, "good"), (B, "bad"), (A, "restored")], [A], [B]),
        ([(A, "good"), (A, "bad"), (A, "good")], [A], []),
        ([(A, "good"), (B, "good"), (A, "good")], [A, B], []),
    ],
)
def test_a_release_is_what_its_newest_verdict_says(
    story: list[tuple[str, str]], good: list[str], bad: list[str]
) -> None:
    told = history(*story)
    assert told.good() == good
    assert told.last_good() == (good[0] if good else None)
    assert [r for r in (A, B) if told.verdict(r) is What.BAD] == bad


def test_the_order_in_which_keys_are_listed_does_not_matter() -> None:
    keys = [event.key for event in history((A, "good"), (A, "bad"), (B, "good")).events]
    assert History.of_keys(reversed(keys)) == History.of_keys(keys)


@pytest.mark.parametrize(
    ("story", "running", "target"),
    [
        ([(A, "deploying"), (A, "good")], A, None),
        ([(A, "deploying"), (A, "good"), (B, "deploying"), (B, "good")], B, A),
        ([(A, "deploying"), (A, "good"), (B, "deploying")], B, A),
        ([(A, "deploying"), (A, "good"), (B, "deploying"), (B, "bad"), (A, "restored")], B, A),
        (
            [(C, "good"), (A, "good"), (B, "deploying"), (B, "bad"), (A, "restored"), (A, "good")],
            A,
            A,
        ),
        ([(A, "good"), (B, "restored"), (B, "good"), (C, "deploying")], C, B),
    ],
    ids=[
        "nothing to go back to",
        "the former good one",
        "the last good one",
        "a rollback that was begun",
        "a rollback that was finished is not followed by another",
        "a deployment after a rollback",
    ],
)
def test_a_rollback_goes_back_to(
    story: list[tuple[str, str]], running: str, target: str | None
) -> None:
    assert history(*story).to_restore(running) == target


@pytest.mark.parametrize(
    ("story", "returns"),
    [
        ([], False),
        ([(A, "deploying")], False),
        ([(A, "good")], False),
        ([(A, "good"), (B, "deploying")], True),
        ([(A, "good"), (B, "deploying"), (B, "bad")], True),
        ([(A, "good"), (B, "deploying"), (C, "deploying")], True),
        ([(A, "restored"), (B, "deploying")], True),
        ([(B, "deploying"), (B, "bad"), (A, "restored")], False),
        # Deployed once more, it is on trial like a new one, whoever waits behind it.
        ([(A, "good"), (B, "good"), (A, "deploying")], False),
        ([(A, "good"), (B, "good"), (A, "deploying"), (C, "deploying")], False),
        ([(A, "good"), (A, "bad"), (B, "deploying")], False),
    ],
)
def test_a_stage_returns_to_a_release_that_was_good_until_the_next_one_came(
    story: list[tuple[str, str]], returns: bool
) -> None:
    assert history(*story).returns_to(A) is returns


def test_an_event_never_comes_before_one_that_is_noted_already() -> None:
    told = history((A, "good"))
    assert told.after(START - timedelta(hours=1)) == START + timedelta(milliseconds=1)
    assert told.after(START + timedelta(hours=1)) == START + timedelta(hours=1)


def test_changes_name_functions_parameters_and_resources() -> None:
    new = dataclasses.replace(
        RECORD,
        release=B,
        parameters={"Memory": "1024", "Token": "new", "OrdersCodeKey": "releases/orders/55.zip"},
        functions={**RECORD.functions, "orders": Code("releases/orders/55.zip", "55")},
    )
    template = TEMPLATE.replace(
        "QueueName: !Ref Memory, Tags: []", "QueueName: !Sub '${Memory}'"
    ).replace("  Topic:\n    Type: AWS::SNS::Topic\n", "  Table:\n    Type: AWS::DynamoDB::Table\n")
    text = changes(new, template, RECORD, TEMPLATE, schemas=SCHEMAS)
    assert text.splitlines() == [
        f"Release {B} of shop-dev",
        "  commit 0123456789abcdef, built 2026-11-21T12:00:00Z by"
        " arn:aws:iam::111111111111:user/ann",
        f"Compared with {A}, the last good one",
        "  commit 0123456789abcdef, built 2026-11-21T12:00:00Z by"
        " arn:aws:iam::111111111111:user/ann",
        "",
        "Functions",
        "  ~ orders: code 22 -> 55",
        "",
        "Parameters",
        "  ~ Memory: 512 -> 1024",
        "  ~ Token: **** -> ****",
        "",
        "Resources",
        "  ± Queue (AWS::SQS::Queue) is replaced",
        "    ! DATA LOSS: the old one is deleted with its messages; the new one is empty",
        "    ~ QueueName: 512 -> 1024 (takes a new resource)",
        "    - Tags: []",
        "  + Table (AWS::DynamoDB::Table)",
        "  - Topic (AWS::SNS::Topic)",
        "    ! DATA LOSS: it is deleted with its subscriptions: those by email have to be confirmed"
        " again",
        "",
        "Tags",
        "  nothing changes",
    ]


def test_what_was_secret_before_is_not_shown_either() -> None:
    open_now = TEMPLATE.replace(", NoEcho: true", "")
    new = dataclasses.replace(RECORD, parameters={**RECORD.parameters, "Token": "murmur"})
    text = changes(new, open_now, RECORD, TEMPLATE, schemas=SCHEMAS)
    assert "hush" not in text
    assert "murmur" not in text


def test_the_order_of_keys_is_no_change() -> None:
    turned = TEMPLATE.replace(
        "{QueueName: !Ref Memory, Tags: []}", "{Tags: [], QueueName: !Ref Memory}"
    )
    assert turned != TEMPLATE
    assert "Queue" not in changes(RECORD, turned, RECORD, TEMPLATE, schemas=SCHEMAS)


def test_a_first_release_is_all_new() -> None:
    text = changes(RECORD, TEMPLATE, schemas=SCHEMAS)
    assert "Compared with nothing" in text
    assert "+ Queue (AWS::SQS::Queue)" in text
    assert "+ orders: code 22" in text
    assert "+ Token: ****" in text
