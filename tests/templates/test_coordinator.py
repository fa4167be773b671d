"""The rollback coordinator: what reaches it, what it may do, who hears when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from templates.rendered import Template, listed, resolve, units_of

pytestmark = pytest.mark.unit

PIPELINE = units_of("prod")["pipeline"]
QUEUE = {"Fn::GetAtt": ["RollbackEvents", "Arn"]}
DEAD = {"Fn::GetAtt": ["RollbackEventsFailed", "Arn"]}


def feeding() -> dict[str, dict[str, Any]]:
    rules = PIPELINE.of_type("AWS::Events::Rule")
    return {id_: rule for id_, rule in rules.items() if rule["Targets"][0]["Arn"] == QUEUE}


def access() -> list[dict[str, Any]]:
    return [s for id_, s in PIPELINE.statements() if id_ == "RollbackCoordinatorAccess"]


def test_it_is_made_with_a_pipeline_of_code_that_the_build_packages() -> None:
    function = PIPELINE.of_type("AWS::Lambda::Function")["RollbackCoordinator"]
    assert function["Code"]["S3Key"] == {"Ref": "RollbackCoordinatorCodeKey"}
    assert function["Code"]["S3Bucket"]["Fn::Sub"].endswith("-${AWS::AccountId}-${AWS::Region}")
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert "VpcConfig" not in function


def test_no_service_knows_it(service: Template) -> None:
    assert "oordinator" not in service.text


def test_it_finds_everything_by_its_environment() -> None:
    function = PIPELINE.of_type("AWS::Lambda::Function")["RollbackCoordinator"]
    variables = function["Environment"]["Variables"]
    assert variables.keys() == {
        "PROJECT", "ENVIRONMENT", "STACK_SET", "ADMINISTRATION_ROLE_ARN", "EXECUTION_ROLE",
        "ARTIFACT_BUCKET", "PIPELINE", "DEPLOY_STAGE", "ALERTS_TOPIC_ARN", "CURRENT_PARAMETER",
        "LAST_GOOD_PARAMETER", "WINDOW_MINUTES", "QUEUE_URL",
    }  # fmt: skip
    values = {"Project": "orders", "Environment": "prod"}
    assert resolve(variables["CURRENT_PARAMETER"], values) == "/orders/prod/release/current"
    assert resolve(variables["LAST_GOOD_PARAMETER"], values) == "/orders/prod/release/last-good"


def test_it_hears_of_failures_at_home_and_in_the_regions() -> None:
    heard = {
        (rule["EventPattern"]["source"][0], "EventBusName" in rule) for rule in feeding().values()
    }
    assert heard == {
        ("aws.cloudformation", False),
        ("aws.codepipeline", False),
        ("aws.codedeploy", True),
        ("aws.cloudwatch", True),
    }
    for rule in feeding().values():
        assert "InputTransformer" not in rule["Targets"][0], "it gets the event as it was"


def test_a_pipeline_that_is_changed_while_it_deploys_counts_as_a_failure() -> None:
    (rule,) = (r for r in feeding().values() if r["EventPattern"]["source"] == ["aws.codepipeline"])
    detail = rule["EventPattern"]["detail"]
    assert (detail["stage"], detail["state"]) == (["Deploy"], ["FAILED", "CANCELED"])


def test_its_own_alarms_are_no_events_for_it() -> None:
    (rule,) = (r for r in feeding().values() if r["EventPattern"]["source"] == ["aws.cloudwatch"])
    suffixes = tuple(p["suffix"] for p in rule["EventPattern"]["detail"]["alarmName"])
    own = [a["AlarmName"]["Fn::Sub"] for a in PIPELINE.of_type("AWS::CloudWatch::Alarm").values()]
    assert not [name for name in own if name.endswith(suffixes)]
    alarms = units_of("prod")["service"].of_type("AWS::CloudWatch::Alarm").values()
    meant = [a["AlarmName"]["Fn::Sub"] for a in alarms]
    for suffix in suffixes:
        assert any(name.endswith(suffix) for name in meant), suffix


def test_exactly_the_rules_that_feed_the_queue_are_let_in() -> None:
    (policy,) = PIPELINE.of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert [s["Fn::GetAtt"][0] for s in sources] == list(feeding())
    key = PIPELINE.of_type("AWS::KMS::Key")["RollbackKey"]["KeyPolicy"]["Statement"]
    (events,) = (s for s in key if s["Sid"] == "Events")
    assert "Condition" not in events


def test_an_event_is_tried_long_and_never_lost() -> None:
    queues = PIPELINE.of_type("AWS::SQS::Queue")
    function = PIPELINE.of_type("AWS::Lambda::Function")["RollbackCoordinator"]
    assert queues["RollbackEvents"]["VisibilityTimeout"] == 6 * function["Timeout"]
    redrive = queues["RollbackEvents"]["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": DEAD, "maxReceiveCount": 100}
    (mapping,) = PIPELINE.of_type("AWS::Lambda::EventSourceMapping").values()
    assert mapping["EventSourceArn"] == QUEUE
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_people_hear_when_it_fails() -> None:
    for alarm in PIPELINE.of_type("AWS::CloudWatch::Alarm").values():
        (action,) = alarm["AlarmActions"]
        assert action["Fn::Sub"].endswith(":${Project}-${Environment}-alerts")
        assert alarm["TreatMissingData"] == "notBreaching"


def test_it_may_do_its_work_and_nothing_else() -> None:
    assert {action for s in access() for action in listed(s["Action"])} == {
        "cloudformation:DescribeStackSet", "cloudformation:DescribeStackSetOperation",
        "cloudformation:ListStackInstances", "cloudformation:ListStackSetOperationResults",
        "cloudformation:ListStackSetOperations", "cloudformation:TagResource",
        "cloudformation:UntagResource", "cloudformation:UpdateStackSet",
        "codepipeline:GetPipeline", "codepipeline:GetPipelineExecution",
        "codepipeline:GetPipelineState", "codepipeline:ListPipelineExecutions",
        "iam:PassRole", "kms:Decrypt", "kms:GenerateDataKey", "logs:CreateLogStream",
        "logs:PutLogEvents", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "sns:Publish",
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage", "ssm:GetParameter", "ssm:PutParameter",
        "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    }  # fmt: skip


def test_s3_tells_it_what_is_not_there() -> None:
    """A condition on the prefix would make it "forbidden", since a read has no prefix."""
    (statement,) = (s for s in access() if s["Action"] == "s3:ListBucket")
    assert "Condition" not in statement


def test_its_log_can_be_encrypted_by_the_key_of_the_core_stack() -> None:
    statements = units_of("prod")["core"].of_type("AWS::KMS::Key")["DeliveryKey"]["KeyPolicy"]
    (logs,) = (s for s in statements["Statement"] if s["Sid"] == "LogGroups")
    named = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    log = PIPELINE.of_type("AWS::Logs::LogGroup")["RollbackCoordinatorLog"]["LogGroupName"]
    assert any(each["Fn::Sub"].endswith(f":log-group:{log['Fn::Sub']}") for each in named)
