"""The page about an environment as it is, opened: in a phone's width and in the dark, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browser import DESK, PHONE, Browser

from generator.aws import Alarm
from generator.aws.drift import InstanceDrift
from generator.aws.pipelines import Execution, Revision
from generator.deploy.inspection.set_status import OperationStatus, SetStatus
from generator.deploy.inspection.status import InstanceStatus, Status, TakenBack
from generator.errors import Problem
from generator.plan.state import Instance, Operation
from generator.report.html.status import status_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ONE, OTHER = "111111111111", "222222222222"
GOOD, BAD = "0123456789ab", "ba9876543210"


def instance(account: str, region: str, **changed: object) -> InstanceStatus:
    """Make an instance with which all is well."""
    well: dict[str, object] = {
        "status": "CURRENT", "has_stack": True, "stack_status": "UPDATE_COMPLETE", "reason": "",
        "detailed_status": "SUCCEEDED", "to_do": None, "release": GOOD, "alarms": (),
        "configured": True,
    }  # fmt: skip
    return InstanceStatus(account, region, **(well | changed))  # type: ignore[arg-type]


INSTANCES = (
    instance(ONE, "us-west-2"),
    instance(ONE, "eu-central-1", release=BAD),
    instance(ONE, "ap-southeast-1", stack_status="UPDATE_IN_PROGRESS", configured=False),
    instance(OTHER, "us-west-2", alarms=(Alarm("shop-prod-orders-errors", "3 <of> 3"),)),
    instance(OTHER, "eu-central-1", status="OUTDATED", detailed_status="FAILED", reason="x" * 300),
    instance(OTHER, "ap-southeast-1", status=None, stack_status=None, release=None),
)  # fmt: skip
OPERATION = Operation("gen-1", "UPDATE", "RUNNING", "", NOW - timedelta(minutes=3), 0)
STATUS = Status(
    project="shop",
    environment="prod",
    current=GOOD,
    last_good=GOOD,
    taken_back=TakenBack(BAD, NOW - timedelta(days=1), "alarms turned\nmore"),
    instances=INSTANCES,
    operation=OPERATION,
    sets=(
        SetStatus(
            "service", "shop-prod-service",
            (Instance(OTHER, "eu-central-1", "s", "OUTDATED", "FAILED", "no room"),),
            OPERATION, (OperationStatus(OPERATION, "gen", 6, 3, 1),),
        ),
    ),
    pipeline="shop-prod-pipeline",
    execution=Execution(
        "1a2b3c4d-0000-4000-8000-000000000001", "Failed", "", "STANDARD", None, "", NOW, NOW,
        (Revision("3f2a91c0de5a", "Answer with the region", ""),),
    ),
    to_do=(Problem("oncall@example.com gets no alerts", hint="follow the link in the mail"),),
)  # fmt: skip
DRIFTS = {
    (ONE, "us-west-2"): InstanceDrift(ONE, "us-west-2", "s", "SUCCEEDED", "DRIFTED", NOW),
}


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_it_stands_for_itself_and_says_how_it_is_with_each_instance(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    file = tmp_path / "status.html"
    file.write_text(status_page(STATUS, DRIFTS, now=NOW), encoding="utf-8")
    with browser.open(file, width=width, scheme=scheme) as page:
        page.screenshot(f"status-{width}-{scheme}")
        assert page.problems() == []
        matrix = page.texts("#what-is-live-where .scroll:first-of-type tbody tr")
        states = page.texts("#what-is-live-where .scroll:last-of-type td:nth-child(2) .badge")
        lead = page.texts(".lead")
    assert [row.split("\t") for row in matrix] == [
        [ONE, "current", "another release", "under way"],
        [OTHER, "in alarm", "failed", "not there"],
    ]
    assert states == [
        "current", "another release", "under way", "in alarm", "failed", "not there",
    ]  # fmt: skip
    assert lead == [
        f"4 of 6 instances run release {GOOD}; 1 alarm on; the pipeline's newest execution failed;"
        " something is under way; 1 thing to do for you."
    ]
