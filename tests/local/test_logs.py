"""`gen logs` against the local cloud: what the regions did, as one story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_environment import REGIONS, Environment

from generator.deploy.inspection.course import course
from generator.deploy.inspection.logs import Logs
from generator.deploy.inspection.span import Kind, Outcome
from generator.deploy.inspection.timeline import longest_chain

if TYPE_CHECKING:
    from conftest import LocalCloud

pytestmark = pytest.mark.local


def test_stacks_and_instances_of_all_regions_are_told_in_time(
    local_cloud: LocalCloud, tmp_path: Path
) -> None:
    environment = Environment(local_cloud, tmp_path)
    environment.deploy()
    lines = Logs(environment.config, environment.cloud()).deployments(None)
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    for unit in ("artifacts", "service"):
        made = [line for line in lines if (line.source, line.what) == (unit, "stack")]
        assert {line.region for line in made} == set(REGIONS)
    first, last = lines[0], lines[-1]
    assert (first.source, first.what, first.status) == ("roles", "stack", "CREATE_IN_PROGRESS")
    assert (last.source, last.what, last.status) == ("pipeline", "stack", "CREATE_COMPLETE")

    told = course(environment.config, environment.cloud(), since=None, regions=(), lines={})
    spans = told.timeline.spans
    assert {span.outcome for span in spans} == {Outcome.SUCCEEDED}
    assert [s.source for s in told.timeline.stacks if s.region == "us-east-1"] == [
        "roles", "core", "artifacts", "service", "pipeline",
    ]  # fmt: skip
    operations = [span for span in spans if span.kind is Kind.OPERATION]
    assert [(one.source, one.by) for one in operations] == [
        ("artifacts", "the pipeline or the console"), ("service", "the pipeline or the console"),
    ]  # fmt: skip
    chain = longest_chain(told.timeline.stacks)
    assert (chain[0].source, chain[-1].source) == ("roles", "pipeline")


def test_functions_are_read_where_they_run(local_cloud: LocalCloud, tmp_path: Path) -> None:
    environment = Environment(local_cloud, tmp_path)
    began = datetime.now(UTC)
    group = "/aws/lambda/shop-dev-orders"
    for number, region in enumerate(REGIONS):
        logs = local_cloud.client("logs", region=region)
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        event = {
            "timestamp": int(began.timestamp() * 1000) + number,
            "message": f"{'ERROR' if number else 'INFO'} {region}",
        }
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])
    read = Logs(environment.config, environment.cloud())
    since = began - timedelta(minutes=1)
    assert [line.region for line in read.functions([], since, "")] == list(REGIONS)
    assert [line.text for line in read.functions(["orders"], since, "ERROR")] == [
        f"ERROR {region}" for region in REGIONS[1:]
    ]
