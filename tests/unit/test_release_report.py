"""How releases are listed for people."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from generator.deploy.release.overview import ReleaseRow
from generator.releases import What
from generator.report.releases import releases_table

pytestmark = pytest.mark.unit
ROW = ReleaseRow(
    release="0123456789ab", built="2026-11-21T23:13:12Z", commit="ff99de37404087747f6f",
    built_by="arn:aws:iam::111111111111:user/ann", verdict=What.GOOD, state=What.GOOD, live_in=3,
    accounts=1, current=True, last_good=True,
)  # fmt: skip
SESSION = "arn:aws:sts::111111111111:assumed-role"


def test_where_a_line_is_too_long_a_release_is_a_few() -> None:
    assert releases_table([ROW], width=120) == releases_table([ROW])
    assert releases_table([ROW], width=60).splitlines() == [
        "0123456789ab  current, last good",
        "  built    2026-11-21 23:13:12 UTC",
        "  commit   ff99de374040",
        "  by       ann",
        "  verdict  good",
        "  live in  3 regions",
    ]


def test_a_release_is_one_line() -> None:
    assert re.split(r"  +", releases_table([ROW]).splitlines()[1]) == [
        "0123456789ab", "2026-11-21 23:13:12 UTC", "ff99de374040", "ann", "good", "3 regions",
        "current, last good",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::111111111111:root", "root"),
        ("arn:aws:iam::111111111111:user/team/ann", "ann"),
        (f"{SESSION}/AWSReservedSSO_Admin_0123/ann@example.com", "ann@example.com"),
        (f"{SESSION}/orders-prod-build-us-east-1/AWSCodeBuild-57033339", "orders-prod-build-us-"),
    ],
)
def test_who_built_it_is_named_as_people_know_them(arn: str, name: str) -> None:
    line = releases_table([replace(ROW, built_by=arn)]).splitlines()[1]
    assert f"ff99de374040  {name}" in line
    assert "AWSCodeBuild" not in line


@pytest.mark.parametrize(
    ("state", "says"), [(None, "new"), (What.DEPLOYING, "deploying"), (What.RESTORED, "restored")]
)
def test_what_nobody_has_judged_says_how_far_it_has_come(state: What | None, says: str) -> None:
    row = replace(ROW, verdict=None, state=state, live_in=0)
    assert f"  {says}" in releases_table([row]).splitlines()[1]


def test_instances_in_two_accounts_are_not_called_regions() -> None:
    assert "6 instances" in releases_table([replace(ROW, live_in=6, accounts=2)])
