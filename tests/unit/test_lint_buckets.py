"""Rules know what a bucket is for from what refers to it, and when a policy is in force."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.lint.template import Template
from generator.lint.template.bucket_policies import covered, stated_of
from generator.lint.template.bucket_uses import acl_targets, artifact_buckets, log_targets, replicas
from generator.lint.template.buckets import bucket_of, words_of
from generator.lint.template.conditions import Conditions

pytestmark = pytest.mark.unit


def template(conditions: dict[str, Any] | None = None, **resources: Any) -> Template:
    return Template({"Conditions": conditions or {}, "Resources": resources})


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def bucket(**properties: Any) -> dict[str, Any]:
    return resource("S3::Bucket", **properties)


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Data"},
        {"Fn::GetAtt": ["Data", "Arn"]},
        {"Fn::Sub": "${Data.DomainName}"},
        {"Fn::Sub": "${Data}.s3.amazonaws.com"},
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Data}"},
        {"Ref": "Name"},
        {"Fn::Join": ["", ["arn:aws-cn:s3:::", {"Ref": "Name"}]]},
    ],
)
def test_a_bucket_is_found_by_reference_arn_domain_or_parameter(value: Any) -> None:
    read = template(
        Data=bucket(BucketName={"Ref": "Name"}), Log=resource("SNS::Topic", TopicName=value)
    )
    found = bucket_of(read, next(read.resources["Log"].get("TopicName")))
    assert found is read.resources["Data"]


@pytest.mark.parametrize("value", ["data", {"Ref": "Other"}, {"Fn::ImportValue": "Data"}, ["Data"]])
def test_what_may_be_another_bucket_is_not_found(value: Any) -> None:
    read = template(Data=bucket(), Topic=resource("SNS::Topic", TopicName=value))
    assert bucket_of(read, next(read.resources["Topic"].get("TopicName"))) is None


def test_words_are_those_of_the_logical_id_and_of_the_literal_parts_of_the_name() -> None:
    read = template(CILogBucket=bucket(BucketName={"Fn::Sub": "my-releases-${Artifacts}"}))
    assert words_of(read.resources["CILogBucket"]) == {"ci", "log", "bucket", "my", "releases"}


def test_a_bucket_is_what_others_use_it_for() -> None:
    read = template(
        Data=bucket(
            LoggingConfiguration={"DestinationBucketName": {"Ref": "A"}},
            ReplicationConfiguration={
                "Rules": [{"Destination": {"Bucket": {"Fn::GetAtt": ["B", "Arn"]}}}]
            },
        ),
        A=bucket(),
        B=bucket(),
        C=bucket(),
        D=bucket(),
        Site=resource(
            "CloudFront::Distribution",
            DistributionConfig={"Logging": {"Bucket": {"Fn::GetAtt": "C.DomainName"}}},
        ),
        Pipeline=resource("CodePipeline::Pipeline", ArtifactStore={"Location": {"Ref": "D"}}),
    )
    assert log_targets(read) == {"A"}
    assert replicas(read) == {"B"}
    assert acl_targets(read) == {"C"}
    assert [each.id for each in artifact_buckets(read)] == ["D"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("*", {"bucket", "objects"}),
        ("${Data.Arn}", {"bucket"}),
        ("${Data.Arn}/*", {"objects"}),
        ("${Data.Arn}*", {"bucket", "objects"}),
        ("arn:aws:s3:::*/*", {"objects"}),
        ("arn:${AWS::Partition}:s3:::the-data/*", {"objects"}),
        ("${Data.Arn}/folder/*", set()),
        ("${DataLogs.Arn}/*", set()),
        ("arn:aws:s3:::the-data-logs/*", set()),
        ("arn:aws:s3:::${Project}-data", {"bucket"}),
        ("${DataArn}/*", {"objects"}),
        ("${DataArn}/folder/*", set()),
    ],
)
def test_a_statement_covers_a_bucket_its_objects_or_neither(text: str, parts: set[str]) -> None:
    read = template(
        Data=bucket(BucketName="the-data"),
        DataLogs=bucket(),
        Topic=resource("SNS::Topic", TopicName={"Fn::Sub": text}),
    )
    node = next(read.resources["Topic"].get("TopicName"))
    assert covered(read, read.resources["Data"], node) == parts


def test_a_policy_that_cannot_be_read_is_not_taken_for_none() -> None:
    policy = {"Statement": [{"Fn::Transform": {"Name": "Macro"}}]}
    read = template(
        Data=bucket(),
        Other=bucket(),
        Policy=resource("S3::BucketPolicy", Bucket={"Ref": "Data"}, PolicyDocument=policy),
    )
    assert stated_of(read, read.resources["Data"]) is None
    assert stated_of(read, read.resources["Other"]) == []


@pytest.mark.parametrize(
    ("these", "given", "held"),
    [
        ([], {}, False),
        ([{}], {}, True),
        ([{"A": True}], {}, False),
        ([{"A": True}], {"A": True}, True),
        ([{"A": True}], {"A": False}, False),
        ([{"A": True}, {"A": False}], {}, True),
        ([{"A": True}, {"A": False, "B": True}], {}, False),
        ([{"A": True}, {"A": False, "B": True}, {"B": False}], {}, True),
        ([{"A": True}, {"NotA": True}], {}, True),
        ([{"A": True, 'x" is 1': True}], {"A": True}, True),
    ],
)
def test_assumptions_cover_when_one_holds_however_conditions_turn_out(
    these: list[dict[str, bool]], given: dict[str, bool], held: bool
) -> None:
    conditions = Conditions(
        {
            "A": {"Fn::Equals": [{"Ref": "P"}, "a"]},
            "B": {"Fn::Equals": [{"Ref": "Q"}, "b"]},
            "NotA": {"Fn::Not": [{"Condition": "A"}]},
        }
    )
    assert conditions.cover(these, given) is held


@pytest.mark.parametrize("condition", [None, [], {"Ref": "A"}, 1])
def test_a_branch_of_no_condition_is_unknown(condition: Any) -> None:
    read = template(Data=bucket(Tags={"Fn::If": [condition, "a", "b"]}))
    (node,) = read.resources["Data"].get("Tags")
    assert node.is_unknown


def test_strings_are_found_where_they_stand() -> None:
    read = template(Data=bucket(Tags=[{"Key": "a", "Value": {"Fn::Sub": "x-1"}}], Name="y-2"))
    found = [(node.value, node.path[3:]) for node in read.root.search(re.compile(r"-\d"))]
    assert found == [("x-1", ("Tags", 0, "Value", "Fn::Sub")), ("y-2", ("Name",))]
