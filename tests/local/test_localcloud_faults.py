"""Faults on request happen where they were asked for, as often as they were asked for."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from localaws import as_role, ask, control, reasons, stack, upload

pytestmark = pytest.mark.local

CODE = """
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="done")
    return "alive"
"""

TEMPLATE = """
Parameters:
  Bucket: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Queue: {Type: AWS::SQS::Queue}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 10
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
Outputs:
  Function: {Value: !GetAtt Function.Arn}
  Queue: {Value: !Ref Queue}
"""


def test_a_function_dies_after_its_call_took_effect_and_lives_the_next_time(
    local_cloud: Any,
) -> None:
    made = stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE))
    control(local_cloud, "kill", {"function": made["Function"], "after": "sqs:SendMessage"})

    def invoke() -> tuple[str | None, Any]:
        answer = local_cloud.client("lambda").invoke(
            FunctionName=made["Function"], Payload=json.dumps({"queue": made["Queue"]})
        )
        return answer.get("FunctionError"), json.load(answer["Payload"])

    def waiting() -> int:
        found = local_cloud.client("sqs").get_queue_attributes(
            QueueUrl=made["Queue"], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    assert invoke()[0] is not None
    assert waiting() == 1
    assert invoke() == (None, "alive")
    assert waiting() == 2


@pytest.mark.parametrize(
    "message",
    [
        {"function": "arn:aws:lambda:us-east-1:111111111111:function:none", "after": "sqs:Send"},
        {"function": "none", "after": "sqs:SendMessage"},
        {"function": "arn:aws:lambda:us-east-1:111111111111:function:none", "after": "SendMessage"},
    ],
)
def test_what_can_not_die_is_refused(local_cloud: Any, message: dict[str, str]) -> None:
    assert ask(local_cloud, "/_localcloud/kill", method="POST", body=message).status == 400


def set_rules(cloud: Any, *rules: dict[str, Any]) -> None:
    control(cloud, "faults", {"rules": list(rules)})


def report(cloud: Any) -> Any:
    return ask(cloud, "/_localcloud/faults").body


# A call of each protocol, and its service's own words.
PROTOCOLS: list[tuple[str, Callable[[Any], Any], str, str]] = [
    ("cloudformation", lambda c: c.describe_stacks(), "Throttling", "ExpiredToken"),
    ("ssm", lambda c: c.get_parameter(Name="a"), "ThrottlingException", "ExpiredTokenException"),
    ("s3", lambda c: c.get_object(Bucket="b", Key="k"), "SlowDown", "ExpiredToken"),
    ("ec2", lambda c: c.describe_vpcs(), "RequestLimitExceeded", "RequestExpired"),
    ("lambda", lambda c: c.list_functions(), "TooManyRequestsException", "ExpiredTokenException"),
    ("cloudwatch", lambda c: c.describe_alarms(), "ThrottlingException", "ExpiredTokenException"),
    ("sts", lambda c: c.get_caller_identity(), "Throttling", "ExpiredToken"),
]


@pytest.mark.parametrize(("service", "call", "throttling", "expired"), PROTOCOLS)
def test_a_service_refuses_in_its_own_words_and_protocol(
    local_cloud: Any, service: str, call: Callable[[Any], Any], throttling: str, expired: str
) -> None:
    for effect, code, most in (
        ("throttle", throttling, 499 + 4),
        ("expired-token", expired, 403),
        ("error", None, 500),
    ):
        set_rules(local_cloud, {"effect": effect})
        with pytest.raises(ClientError) as caught:
            call(local_cloud.client(service))
        answer = caught.value.response
        assert code in (None, answer["Error"]["Code"])
        assert answer["Error"]["Message"]
        assert 400 <= answer["ResponseMetadata"]["HTTPStatusCode"] <= most
        logged = local_cloud.calls()[-1]
        assert (logged["status"], logged["error"]) == (
            answer["ResponseMetadata"]["HTTPStatusCode"],
            answer["Error"]["Code"],
        )


def test_a_rule_strikes_only_the_calls_that_fit_and_as_often_as_it_says(local_cloud: Any) -> None:
    def refused(region: str = "us-east-1") -> bool:
        try:
            local_cloud.client("sqs", region=region).list_queues()
        except ClientError:
            return True
        return False

    set_rules(local_cloud, {"effect": "throttle", "service": "s?s", "region": "eu-*", "nth": 2})
    assert [refused("eu-central-1") for _ in range(3)] == [False, True, False]
    set_rules(local_cloud, {"effect": "throttle", "action": "List*", "every": 3})
    assert [refused() for _ in range(7)] == [True, False, False, True, False, False, True]
    set_rules(local_cloud, {"effect": "throttle", "times": 2})
    assert [refused() for _ in range(3)] == [True, True, False]
    set_rules(local_cloud, {"effect": "throttle", "write": True})
    assert not refused()
    set_rules(local_cloud, {"effect": "throttle", "account": "222222222222"})
    assert not refused()
    assert report(local_cloud)["rules"][0]["seen"] == 0


def test_what_was_lost_before_did_not_happen_and_what_was_lost_after_did(local_cloud: Any) -> None:
    sqs = local_cloud.client("sqs")
    for effect, names in (("drop-before", []), ("drop-after", ["drop-after"])):
        set_rules(local_cloud, {"effect": effect, "action": "CreateQueue"})
        with pytest.raises(ConnectionClosedError):
            sqs.create_queue(QueueName=effect)
        found = [url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])]
        assert found == names
    statuses = [c["status"] for c in local_cloud.calls() if c["action"] == "CreateQueue"]
    assert statuses == [0, 200]


def test_a_region_that_is_down_answers_nothing_and_the_others_do(local_cloud: Any) -> None:
    set_rules(local_cloud, {"effect": "region-down", "region": "us-east-1", "internal": True})
    with pytest.raises(ConnectionClosedError):
        local_cloud.client("sqs").list_queues()
    local_cloud.client("sqs", region="us-west-2").list_queues()
    assert ask(local_cloud, "/_localcloud/faults", method="DELETE").body["rules"] == []
    local_cloud.client("sqs").list_queues()


@pytest.mark.parametrize(("effect", "made"), [("hold-before", False), ("hold-after", True)])
def test_a_held_call_waits_for_its_client_to_go(local_cloud: Any, effect: str, made: bool) -> None:
    set_rules(local_cloud, {"effect": effect, "write": True})
    code = (
        "import boto3; boto3.client('sqs', endpoint_url='%s', region_name='us-east-1',"
        "aws_access_key_id='111111111111', aws_secret_access_key='x').create_queue(QueueName='q')"
    )
    client = subprocess.Popen([sys.executable, "-c", code % local_cloud.endpoint])
    held = local_cloud.until(lambda: report(local_cloud)["held"])
    assert [(one["service"], one["action"], one["effect"]) for one in held] == [
        ("sqs", "CreateQueue", effect)
    ]
    assert client.poll() is None
    client.kill()
    client.wait()
    local_cloud.until(lambda: not report(local_cloud)["held"])
    assert bool(local_cloud.client("sqs").list_queues().get("QueueUrls")) == made


def test_a_token_that_has_expired_stays_so_and_a_new_one_is_taken(local_cloud: Any) -> None:
    made = stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE))
    assert made
    iam = local_cloud.client("iam")
    role = next(r["Arn"] for r in iam.list_roles()["Roles"] if "shop" in r["RoleName"])
    set_rules(local_cloud, {"effect": "expired-token", "service": "sqs", "nth": 2})
    old = as_role(local_cloud, role, "sqs")
    old.list_queues()
    for _ in range(2):
        with pytest.raises(ClientError, match="The security token included in the request is exp"):
            old.list_queues()
    as_role(local_cloud, role, "sqs").list_queues()


def test_an_api_that_a_stack_made_is_not_struck_with_the_services_own(local_cloud: Any) -> None:
    set_rules(local_cloud, {"effect": "throttle"})
    host = "abcdefgh.execute-api.us-east-1.amazonaws.com"
    assert ask(local_cloud, "/live/health", Host=host).status != 429
    assert report(local_cloud)["rules"][0]["seen"] == 0


def test_a_region_fails_a_type_with_the_reason_that_was_given(local_cloud: Any) -> None:
    bucket = upload(local_cloud, CODE)
    set_rules(
        local_cloud,
        {"effect": "fail-resource", "type": "AWS::SQS::*", "region": "us-east-1",
         "reason": "Queues are out of order"},
    )  # fmt: skip
    stack(local_cloud, TEMPLATE, Bucket=bucket, expect="ROLLBACK_COMPLETE")
    assert "Queues are out of order" in reasons(local_cloud)[-1]
    assert report(local_cloud)["rules"][0]["struck"] == 1


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (None, "must be a list"),
        ([{"effect": "burn"}], "effect must be one of"),
        ([{"effect": "slow", "seconds": "1"}], "seconds must be a number"),
        ([{"effect": "throttle", "nth": 0}], "nth must be at least 1"),
        ([{"effect": "throttle", "colour": "red"}], "rule 1: colour is not known"),
    ],
)
def test_rules_that_say_nothing_sensible_are_refused(
    local_cloud: Any, rules: Any, said: str
) -> None:
    answer = ask(local_cloud, "/_localcloud/faults", method="POST", body={"rules": rules})
    assert answer.status == 400
    assert said in answer.body["error"]


def test_a_reset_lets_everything_go_well_again(local_cloud: Any) -> None:
    set_rules(local_cloud, {"effect": "throttle"})
    local_cloud.reset()
    local_cloud.client("sqs").list_queues()


def test_a_call_repeated_with_its_token_is_answered_and_not_redone(local_cloud: Any) -> None:
    cloudformation = local_cloud.client("cloudformation")
    template = "Resources: {Queue: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: %d}}}"
    names = {"StackName": "twice", "ClientRequestToken": "one", "TemplateBody": template % 1}
    ids = [cloudformation.create_stack(**names)["StackId"] for _ in range(2)]
    assert ids[0] == ids[1]
    local_cloud.wait_for_stack("twice")
    names |= {"ClientRequestToken": "two", "TemplateBody": template % 2}
    assert [cloudformation.update_stack(**names)["StackId"] for _ in range(2)] == ids
    local_cloud.wait_for_stack("twice")
    with pytest.raises(ClientError, match="already exists"):
        cloudformation.create_stack(**names | {"ClientRequestToken": "three"})


def test_gen_sets_shows_and_clears_what_goes_wrong(project: Any) -> None:
    project.gen("local", "faults", '[{"effect": "throttle", "service": "sqs"}]')
    assert [rule["effect"] for rule in report(project.cloud)["rules"]] == ["throttle"]
    assert "is no JSON" in project.gen("local", "faults", "throttle", code=2)
    assert "effect must be" in project.gen("local", "faults", '[{"effect": "burn"}]', code=1)
    assert len(report(project.cloud)["rules"]) == 1
    project.gen("local", "faults", "--clear")
    assert report(project.cloud)["rules"] == []
