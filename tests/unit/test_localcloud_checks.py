"""What the local cloud refuses in a template, and what it must not refuse."""

from typing import Any

import pytest

from localcloud import schemas
from localcloud.resources import buckets, shapes
from localcloud.strict import attributes, parameters, properties, references

pytestmark = pytest.mark.unit


def problems(type_name: str, given: dict[str, Any]) -> list[str]:
    schema = schemas.find(type_name, "us-east-1")
    assert schema is not None
    return properties.problems(schema, given)


# Properties that CloudFormation takes although they look wrong.
TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("AWS::SQS::Queue", {"DelaySeconds": "5", "FifoQueue": "true", "QueueName": 7}),
    ("AWS::Logs::LogGroup", {"RetentionInDays": "30"}),
    ("AWS::SQS::Queue", {"RedrivePolicy": {"maxReceiveCount": 3}}),
    ("AWS::SQS::Queue", {"Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "x"}]}),
    ("AWS::SSM::Parameter", {"Type": "String", "Value": "x", "Tags": {"aws:x": "y", "Owner": "z"}}),
    ("AWS::CodeCommit::Repository", {"RepositoryName": "shop"}),
    ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {}, "MaxSessionDuration": "3600"}),
    ("AWS::Budgets::Budget", {"Budget": {"BudgetType": "COST", "TimeUnit": "MONTHLY",
                                         "BudgetLimit": {"Amount": "10", "Unit": "USD"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "given"), TAKEN, ids=lambda value: str(value)[:40])
def test_valid_properties_are_taken(type_name: str, given: dict[str, Any]) -> None:
    assert problems(type_name, given) == []


# Properties that it refuses, and its words.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("AWS::SQS::Queue", {"DelaySeconds": "soon"},
     "#/DelaySeconds: expected type: Integer, found: String"),
    ("AWS::SQS::Queue", {"Tags": [{"Key": "Owner"}]}, "#/Tags/0: required key [Value] not found"),
    ("AWS::S3::Bucket", {"BucketName": "Not_A_Name"},
     "#/BucketName: failed validation constraint for keyword [pattern]"),
    ("AWS::Lambda::Function", {"Role": "arn:aws:iam::1:role/x", "Code": {}, "MemorySize": 64},
     "#/MemorySize: failed validation constraint for keyword [minimum]"),
    ("AWS::SNS::Topic", {"TopicArn": "x"}, "#: extraneous key [TopicArn] is not permitted"),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "given", "words"), REFUSED, ids=[row[2] for row in REFUSED])
def test_invalid_properties_are_refused(type_name: str, given: dict[str, Any], words: str) -> None:
    assert words in problems(type_name, given)


def test_a_type_that_does_not_exist_has_no_schema() -> None:
    assert schemas.find("AWS::SQS::Quux", "us-east-1") is None
    assert "AWS::SQS::Queue" in schemas.type_names()


def test_a_region_that_the_schemas_do_not_know_has_those_of_the_first() -> None:
    assert schemas.find("AWS::SQS::Queue", "xx-nowhere-9") is not None


def test_references_within_the_template_are_accepted() -> None:
    references.check(
        {
            "Parameters": {"P": {"Type": "String"}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, {"Ref": "AWS::Region"}]}},
            "Resources": {
                "A": {"Type": "AWS::SQS::Queue", "Condition": "C"},
                "B": {
                    "Type": "AWS::SNS::Topic",
                    "DependsOn": ["A"],
                    "Properties": {
                        "X": {"Fn::Sub": ["${A.Arn} ${own} ${!Literal} ${AWS::AccountId}",
                                          {"own": {"Ref": "P"}}]},
                        "Y": {"Fn::If": ["C", {"Fn::GetAtt": "A.Arn"}, {"Ref": "AWS::NoValue"}]},
                    },
                },
            },
            "Outputs": {"O": {"Condition": "C", "Value": {"Ref": "B"}}},
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Missing"},
        {"Fn::GetAtt": ["Missing", "Arn"]},
        {"Fn::Sub": "x ${Missing.Arn}"},
        {"Fn::Sub": ["${own}", {"own": {"Ref": "Missing"}}]},
        {"Fn::Join": ["", ["x", {"Ref": "Missing"}]]},
    ],
)
def test_a_reference_to_nothing_is_refused_wherever_it_hides(value: Any) -> None:
    template = {"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": value}}}}
    with pytest.raises(ValueError, match=r"Unresolved resource dependencies \[Missing\]"):
        references.check(template)


def test_every_unknown_and_every_missing_parameter_is_named() -> None:
    template = {"Parameters": {"A": {}, "B": {"Default": ""}, "C": {}}}
    with pytest.raises(ValueError, match=r"\[X, Y\] do not exist in the template"):
        parameters.check(template, {"X": False, "A": False, "Y": False})
    with pytest.raises(ValueError, match=r"\[A, C\] must have values"):
        parameters.check(template, {})
    parameters.check(template, {"A": True, "C": False})


def test_attributes_that_are_properties_are_known_and_others_are_not_made_up() -> None:
    schema = schemas.find("AWS::EC2::VPC", "us-east-1")
    assert schema is not None
    found = attributes.complete(schema, "vpc-1", {"CidrBlock": "10.0.0.0/16"}, {})
    assert found == {"CidrBlock": "10.0.0.0/16", "VpcId": "vpc-1"}


def test_made_up_attributes_have_the_account_and_region_of_their_resource() -> None:
    schema = schemas.find("AWS::CodePipeline::Pipeline", "eu-central-1")
    assert schema is not None
    who = shapes.Identity("222222222222", "eu-central-1", "seed", {"Name": "shop"})
    found = shapes.attributes(schema, who)
    assert found == {"Arn": "arn:aws:codepipeline:eu-central-1:222222222222:shop", "Version": "1"}
    assert shapes.physical_id(schema, who, found, lambda: "generated") == "shop"


def test_a_buckets_lifecycle_is_translated_to_the_api() -> None:
    given = {
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "old",
                    "Status": "Enabled",
                    "ExpirationInDays": "365",
                    "TagFilters": [{"Key": "a", "Value": "b"}],
                    "Prefix": "logs/",
                    "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ]
        }
    }
    assert list(buckets.calls(given, {})) == [
        (
            "PutBucketLifecycleConfiguration",
            {
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "ID": "old",
                            "Status": "Enabled",
                            "Filter": {
                                "And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}]}
                            },
                            "Expiration": {"Days": 365},
                            "Transitions": [{"StorageClass": "GLACIER", "Days": 30}],
                            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        }
                    ]
                }
            },
        )
    ]
    assert list(buckets.calls(given, given)) == []
    assert list(buckets.calls({}, given)) == [("DeleteBucketLifecycle", {})]
