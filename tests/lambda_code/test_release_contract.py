"""gen and the coordinator, which share no code, read one another's records and history alike."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.deploy.release.rollback import FORCED
from generator.releases import Code, History, Record, What
from generator.releases.history import Event

if TYPE_CHECKING:
    from conftest import LoadFunction

RELEASES = ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
stories = st.lists(
    st.builds(Event, moments, st.sampled_from(RELEASES), st.sampled_from(What)),
    max_size=12,
    unique_by=lambda event: event.time,
)
fixture_once = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@fixture_once
@given(story=stories)
def test_both_read_the_same_story_out_of_the_same_keys(
    load_function: LoadFunction, story: list[Event]
) -> None:
    theirs = load_function("rollback_coordinator").history
    keys = [event.key for event in story]
    ours, read = History.of_keys(keys), [theirs.Entry.of(key) for key in keys]
    assert [entry.key for entry in read] == keys
    history = theirs.History.of(read)
    for release in (None, *RELEASES):
        assert history.last_good(other_than=release) == ours.last_good(other_than=release)
    for release in RELEASES:
        assert history.is_good(release) == (ours.verdict(release) is What.GOOD)


def test_the_coordinator_reads_the_record_that_gen_writes(load_function: LoadFunction) -> None:
    template = b"Resources: {}\n"
    digest = hashlib.sha256(template).hexdigest()
    ours = Record(
        release=RELEASES[0],
        project="orders",
        environment="dev",
        template=Code(f"templates/service/{digest}.yaml", digest),
        parameters={"OrdersMemory": "512"},
        capabilities=("CAPABILITY_NAMED_IAM",),
        tags={"Project": "orders"},
        functions={},
        health_function=None,
        commit=None,
        built="2026-01-01T00:00:00.000Z",
        built_by="somebody",
    )
    stored = {ours.key: ours.to_json().encode(), ours.template.key: template}

    class Bucket:
        def get_object(self, **asked: Any) -> dict[str, Any]:
            return {"Body": io.BytesIO(stored[asked["Key"]])}

    coordinator = load_function("rollback_coordinator")
    given_ = {field.name: "x" for field in dataclasses.fields(coordinator.settings.Settings)}
    theirs = coordinator.release_record.read_record(
        SimpleNamespace(s3=Bucket()), SimpleNamespace(**given_), ours.release
    )
    assert theirs.template_key == ours.template.key
    assert theirs.parameters == ours.parameters
    assert (tuple(theirs.capabilities), theirs.tags) == (ours.capabilities, ours.tags)


def test_both_take_a_release_back_at_once_in_the_same_way(load_function: LoadFunction) -> None:
    assert load_function("rollback_coordinator").release_record.AT_ONCE == FORCED
