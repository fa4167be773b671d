"""What the service authorization reference says of actions."""

import json

import pytest

from generator.lint.actions import DATA, Takes, covered

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("action", "takes"),
    [
        ("dynamodb:PutItem", Takes.RESOURCE),
        ("s3:GetObject", Takes.RESOURCE),  # an object, or one by access point
        ("s3:ListBucket", Takes.RESOURCE),
        ("cloudformation:DescribeStacks", Takes.EITHER),
        ("rds:DescribeDBSnapshots", Takes.EITHER),
        ("xray:PutTraceSegments", Takes.NONE),
        ("cloudformation:CreateStackSet", Takes.NONE),
    ],
)
def test_an_action_takes_what_the_reference_says(action: str, takes: Takes) -> None:
    assert covered(action) == {action: takes}


def test_case_means_nothing_and_wildcards_cover_what_they_match() -> None:
    assert covered("S3:getobject") == {"s3:GetObject": Takes.RESOURCE}
    assert set(covered("xray:Put*Segment?")) == {"xray:PutTraceSegments"}
    assert len(covered("*")) > 20_000


@pytest.mark.parametrize("pattern", ["", "s3", "s3:", "nothing:Known", "s3:Gone", "[:(", "${A}:*"])
def test_what_is_no_action_covers_nothing(pattern: str) -> None:
    assert covered(pattern) == {}


def test_the_data_says_where_it_is_from_and_of_what_day() -> None:
    data = json.loads(DATA.read_text())
    assert data["source"].startswith("https://docs.aws.amazon.com/service-authorization/")
    assert data["date"] >= "2026-10-27"
