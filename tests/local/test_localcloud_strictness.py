"""The local cloud refuses what AWS refuses, in AWS's words."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.local

QUEUE = "{Type: AWS::SQS::Queue}"
DEFAULT = "Resources: {Queue: {Type: AWS::SQS::Queue}}"

# What is refused before there is a stack: template, options, words.
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "Ref to nothing": (
        "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Nothing}}}",
        {},
        r"Template format error: Unresolved resource dependencies \[Nothing\] in the Resources "
        "block of the template",
    ),
    "GetAtt of nothing": (
        "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt No.Arn}}}",
        {},
        r"Unresolved resource dependencies \[No\]",
    ),
    "Sub of nothing": (
        'Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "a-${No.Arn}"}}}',
        {},
        r"Unresolved resource dependencies \[No\]",
    ),
    "output of nothing": (
        f"Resources: {{Q: {QUEUE}}}\nOutputs: {{O: {{Value: !Ref No}}}}",
        {},
        r"Unresolved resource dependencies \[No\] in the Outputs block of the template",
    ),
    "dependence on nothing": (
        "Resources: {Q: {Type: AWS::SQS::Queue, DependsOn: Nix}}",
        {},
        r"Unresolved resource dependencies \[Nix\]",
    ),
    "unknown condition": (
        "Resources: {Q: {Type: AWS::SQS::Queue, Condition: Nix}}",
        {},
        "Unresolved condition dependency Nix",
    ),
    "unknown type": (
        "Resources: {Q: {Type: AWS::SQS::Quux}}",
        {},
        r"Template format error: Unrecognized resource types: \[AWS::SQS::Quux\]",
    ),
    "unknown parameter": (
        DEFAULT,
        {"Parameters": [{"ParameterKey": "No", "ParameterValue": "x"}]},
        r"Parameters: \[No\] do not exist in the template",
    ),
    "parameters without value": (
        f"Parameters: {{A: {{Type: String}}, B: {{Type: String}}}}\nResources: {{Q: {QUEUE}}}",
        {},
        r"Parameters: \[A, B\] must have values",
    ),
    "value that is not allowed": (
        f"Parameters: {{A: {{Type: String, AllowedValues: [x]}}}}\nResources: {{Q: {QUEUE}}}",
        {"Parameters": [{"ParameterKey": "A", "ParameterValue": "y"}]},
        "A",
    ),
    "value that does not match": (
        f"Parameters: {{A: {{Type: String, AllowedPattern: '[a-z]+'}}}}\nResources: {{Q: {QUEUE}}}",
        {"Parameters": [{"ParameterKey": "A", "ParameterValue": "7"}]},
        r"Parameter 'A' must match pattern \[a-z\]\+",
    ),
    "too long inline": (DEFAULT + "\n#" + "x" * 51_200, {}, "less than or equal to 51200"),
    "too many resources": (
        json.dumps({"Resources": {f"Q{n}": {"Type": "AWS::SQS::Queue"} for n in range(501)}}),
        {},
        "Number of resources, 501, is greater than maximum allowed, 500",
    ),
    "too many parameters": (
        json.dumps(
            {
                "Parameters": {f"P{n}": {"Type": "String", "Default": "x"} for n in range(201)},
                "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
            }
        ),
        {},
        "Number of parameters, 201, is greater than maximum allowed, 200",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_stack_is_made_of(local_cloud: Any, name: str) -> None:
    template, options, words = REFUSED[name]
    cloudformation = local_cloud.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match=words) as refused:
        cloudformation.create_stack(StackName="refused", TemplateBody=template, **options)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert cloudformation.describe_stacks()["Stacks"] == []


def iam(name: str) -> str:
    return f"""
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      {name}
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: []}}
"""


@pytest.mark.parametrize(
    ("given", "template", "missing"),
    [
        ([], iam(""), "CAPABILITY_IAM"),
        (["CAPABILITY_IAM"], iam("RoleName: x"), "CAPABILITY_NAMED_IAM"),
    ],
)
def test_iam_needs_its_capability(
    local_cloud: Any, given: list[str], template: str, missing: str
) -> None:
    cloudformation = local_cloud.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.InsufficientCapabilitiesException, match=missing):
        cloudformation.create_stack(StackName="iam", TemplateBody=template, Capabilities=given)


# What fails when the resource is made: type, properties, words of the event.
FAILING: dict[str, tuple[str, str, str]] = {
    "unknown property": (
        "AWS::SQS::Queue", "{Colour: red}", "#: extraneous key [Colour] is not permitted",
    ),
    "unknown nested property": (
        "AWS::S3::Bucket",
        "{VersioningConfiguration: {State: Enabled}}",
        "#/VersioningConfiguration: extraneous key [State] is not permitted",
    ),
    "missing property": (
        "AWS::SNS::Subscription", "{Endpoint: x}", "#: required key [TopicArn] not found",
    ),
    "wrong type": (
        "AWS::SQS::Queue", "{DelaySeconds: [1]}",
        "#/DelaySeconds: expected type: Integer, found: JSONArray",
    ),
    "value out of a fixed set": (
        "AWS::Logs::LogGroup", "{RetentionInDays: 31}",
        "#/RetentionInDays: 31 is not a valid enum value",
    ),
    "attribute set as a property": (
        "AWS::SQS::Queue", "{Arn: x}", "#: extraneous key [Arn] is not permitted",
    ),
    "a recorded type's unknown property": (
        "AWS::CodePipeline::Pipeline", "{RoleArn: x, Stages: [], Colour: red}",
        "#: extraneous key [Colour] is not permitted",
    ),
    "code in a bucket that is not there": (
        "AWS::Lambda::Function",
        "{Role: 'arn:aws:iam::111111111111:role/r', Handler: a.b, Runtime: python3.13,"
        " Code: {S3Bucket: nowhere, S3Key: 1.zip}}",
        "S3 Error Code: NoSuchBucket",
    ),
    "code that is not in the bucket": (
        "AWS::Lambda::Function",
        "{Role: 'arn:aws:iam::111111111111:role/r', Handler: a.b, Runtime: python3.13,"
        " Code: {S3Bucket: here, S3Key: 1.zip}}",
        "S3 Error Code: NoSuchKey",
    ),
    "code in a bucket of another region": (
        "AWS::Lambda::Function",
        "{Role: 'arn:aws:iam::111111111111:role/r', Handler: a.b, Runtime: python3.13,"
        " Code: {S3Bucket: elsewhere, S3Key: 1.zip}}",
        "S3 Error Code: PermanentRedirect",
    ),
    "a log group's name that is taken": (
        "AWS::Logs::LogGroup", "{LogGroupName: /taken}", "'/taken' already exists",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_a_resource_fails_and_its_stack_rolls_back_for(local_cloud: Any, name: str) -> None:
    resource_type, properties, words = FAILING[name]
    s3 = local_cloud.client("s3")
    s3.create_bucket(Bucket="here")
    local_cloud.client("s3", region="eu-central-1").create_bucket(
        Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    local_cloud.client("logs").create_log_group(logGroupName="/taken")
    local_cloud.client("cloudformation").create_stack(
        StackName="failing",
        TemplateBody=f"Resources: {{Bad: {{Type: '{resource_type}', Properties: {properties}}}}}",
    )
    stack = local_cloud.wait_for_stack("failing")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert words in "\n".join(local_cloud.failures("failing"))


def test_a_bucket_name_is_taken_in_every_account_and_region(local_cloud: Any) -> None:
    local_cloud.client("s3", "222222222222").create_bucket(Bucket="world-wide-unique")
    local_cloud.client("cloudformation", region="eu-west-1").create_stack(
        StackName="second",
        TemplateBody="Resources: {B: {Type: AWS::S3::Bucket,"
        " Properties: {BucketName: world-wide-unique}}}",
    )
    stack = local_cloud.wait_for_stack("second", region="eu-west-1")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_protected_stack_is_not_deleted(local_cloud: Any) -> None:
    cloudformation = local_cloud.client("cloudformation")
    cloudformation.create_stack(
        StackName="kept", TemplateBody=DEFAULT, EnableTerminationProtection=True
    )
    local_cloud.wait_for_stack("kept")
    with pytest.raises(cloudformation.exceptions.ClientError, match="TerminationProtection"):
        cloudformation.delete_stack(StackName="kept")


def test_an_update_is_as_strict_as_a_creation(local_cloud: Any) -> None:
    cloudformation = local_cloud.client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=DEFAULT)
    local_cloud.wait_for_stack("shop")
    with pytest.raises(cloudformation.exceptions.ClientError, match="Unresolved resource"):
        cloudformation.update_stack(
            StackName="shop", TemplateBody=DEFAULT + "\nOutputs: {O: {Value: !Ref No}}"
        )
    cloudformation.update_stack(
        StackName="shop",
        TemplateBody="Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {Colour: red}}}",
    )
    assert local_cloud.wait_for_stack("shop")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_change_set_is_as_strict_as_an_update(local_cloud: Any) -> None:
    cloudformation = local_cloud.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="must have values"):
        cloudformation.create_change_set(
            StackName="new",
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=f"Parameters: {{A: {{Type: String}}}}\n{DEFAULT}",
        )


def test_a_change_set_tells_replacements_of_every_type(local_cloud: Any) -> None:
    def template(name: str, description: str) -> str:
        return f"""
Resources:
  Connection:
    Type: AWS::CodeConnections::Connection
    Properties: {{ConnectionName: {name}, ProviderType: GitHub}}
  Repository:
    Type: AWS::CodeCommit::Repository
    Properties: {{RepositoryName: shop, RepositoryDescription: {description}}}
"""

    cloudformation = local_cloud.client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=template("a", "a"))
    local_cloud.wait_for_stack("shop")
    cloudformation.create_change_set(
        StackName="shop", ChangeSetName="second", TemplateBody=template("b", "b")
    )
    described = local_cloud.until(
        lambda: cloudformation.describe_change_set(StackName="shop", ChangeSetName="second"),
        lambda one: one["Status"] == "CREATE_COMPLETE",
    )
    assert {
        change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]["Replacement"]
        for change in described["Changes"]
    } == {"Connection": "True", "Repository": "False"}


BUCKET = """
Resources:
  Kept: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: %s}}
  Other: {Type: AWS::SQS::Queue}
"""
POLICY = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": ["Update:Delete", "Update:Replace"],
                "Principal": "*",
                "Resource": ["LogicalResourceId/Kept"],
            },
        ]
    }
)


@pytest.mark.parametrize(
    ("template", "action"),
    [
        (BUCKET % "of-another-name", "Update:Replace"),
        ("Resources: {Other: {Type: AWS::SQS::Queue}}", "Update:Delete"),
    ],
)
def test_a_stack_policy_is_heeded_by_updates(local_cloud: Any, template: str, action: str) -> None:
    cloudformation = local_cloud.client("cloudformation")
    cloudformation.create_stack(
        StackName="held", TemplateBody=BUCKET % "of-this-name", StackPolicyBody=POLICY
    )
    local_cloud.wait_for_stack("held")
    cloudformation.update_stack(StackName="held", TemplateBody=template)
    assert local_cloud.wait_for_stack("held")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    denied = f"Statement [#1] does not allow [{action}] for resource [LogicalResourceId/Kept]"
    assert denied in local_cloud.failures("held")[0]
    there = cloudformation.describe_stack_resources(StackName="held")["StackResources"]
    assert {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in there}["Kept"] == (
        "of-this-name"
    )

    cloudformation.update_stack(
        StackName="held",
        TemplateBody=template,
        StackPolicyDuringUpdateBody=json.dumps({"Statement": [json.loads(POLICY)["Statement"][0]]}),
    )
    assert local_cloud.wait_for_stack("held")["StackStatus"] == "UPDATE_COMPLETE"
    # That was for once: what the stack itself has is as it was.
    assert json.loads(
        cloudformation.get_stack_policy(StackName="held")["StackPolicyBody"]
    ) == json.loads(POLICY)


def test_no_stack_policy_is_refused_where_it_is_given(local_cloud: Any) -> None:
    cloudformation = local_cloud.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="Invalid stack policy"):
        cloudformation.create_stack(
            StackName="held", TemplateBody=DEFAULT, StackPolicyBody='{"Statement": [{}]}'
        )
