"""CodePipeline carries executions through stages, stops, retries and rolls them back."""

import json
from typing import Any

import pytest
from localaws import reasons, stack
from pipeline_service import (
    TOOLS,
    Shop,
    approval,
    archive,
    condition,
    declared,
    refused,
    role,
    rule,
    source,
    stage,
)

pytestmark = pytest.mark.local


@pytest.fixture
def shop(local_cloud: Any) -> Shop:
    return Shop(local_cloud)


def test_a_pipeline_runs_when_it_is_made_and_when_it_is_started(shop: Shop) -> None:
    version = shop.put(readme="hello")
    first = shop.create(stage("Approve", approval(CustomData="#{Source.VersionId}")))
    shop.answer(shop.asked(first))
    done = shop.ended(first)
    assert done["trigger"]["triggerType"] == "CreatePipeline"
    assert done["artifactRevisions"][0]["revisionId"] == version
    made = shop.actions(first)
    assert made["Approve"]["input"]["resolvedConfiguration"] == {"CustomData": version}
    stored = made["Source"]["output"]["outputArtifacts"][0]["s3location"]
    assert stored["key"].startswith("shop/Source/")
    body = shop.s3.get_object(Bucket="store", Key=stored["key"])["Body"].read()
    assert body == archive(readme="hello")
    second = shop.start()
    shop.answer(shop.asked(second), "Rejected")
    shop.ended(second, "Failed")
    assert shop.error(second, "Approve") == "Rejected by a test"


def test_actions_of_one_run_order_run_together_and_the_next_after_them(shop: Shop) -> None:
    shop.put(a="1")
    execution = shop.create(
        stage("Approve", approval("One"), approval("Two"), approval("Approve", order=2))
    )
    tokens = {name: shop.asked(execution, name=name) for name in ("One", "Two")}
    assert "Approve" not in shop.actions(execution)
    for name, token in tokens.items():
        shop.api.put_approval_result(
            pipelineName="shop",
            stageName="Approve",
            actionName=name,
            result={"status": "Approved", "summary": ""},
            token=token,
        )
    shop.answer(shop.asked(execution))
    shop.ended(execution)


def test_queued_executions_wait_for_each_other_in_their_order(shop: Shop) -> None:
    shop.put(a="1")
    first = shop.create(stage("Approve", approval()))
    second, third = shop.start(), shop.start()
    token = shop.asked(first)

    def inbound() -> list[str]:
        return [
            one["pipelineExecutionId"] for one in shop.stage("Approve").get("inboundExecutions", [])
        ]

    assert shop.cloud.until(inbound, lambda found: len(found) == 2) == [second, third]
    for execution in (first, second, third):
        token = shop.asked(execution)
        shop.answer(token)
        shop.ended(execution)


def test_a_newer_execution_supersedes_one_that_waits(shop: Shop) -> None:
    shop.put(a="1")
    first = shop.create(stage("Approve", approval()), executionMode="SUPERSEDED")
    token = shop.asked(first)
    second = shop.start()
    shop.cloud.until(lambda: shop.stage("Approve").get("inboundExecution"))
    third = shop.start()
    shop.ended(second, "Superseded")
    shop.answer(token)
    shop.answer(shop.asked(third))
    shop.ended(third)


def test_a_closed_transition_holds_executions_until_it_opens(shop: Shop) -> None:
    shop.put(a="1")
    first = shop.create(stage("Approve", approval()))
    shop.answer(shop.asked(first))
    shop.ended(first)
    way = {"pipelineName": "shop", "stageName": "Approve", "transitionType": "Inbound"}
    shop.api.disable_stage_transition(**way, reason="freeze")
    second = shop.start()
    shop.cloud.until(lambda: shop.stage("Approve").get("inboundExecution"))
    assert shop.stage("Approve")["inboundTransitionState"]["disabledReason"] == "freeze"
    shop.api.enable_stage_transition(**way)
    shop.answer(shop.asked(second))
    shop.ended(second)


def test_an_execution_is_stopped_after_its_actions_or_at_once(shop: Shop) -> None:
    shop.put(a="1")
    first = shop.create(stage("Approve", approval()), stage("After", approval("Later")))
    token = shop.asked(first)
    given = {"pipelineName": "shop", "pipelineExecutionId": first}
    shop.api.stop_pipeline_execution(**given, reason="holiday")
    assert shop.get(first)["status"] == "Stopping"
    again = refused(shop.api.stop_pipeline_execution, **given)
    assert again[0] == "DuplicatedStopRequestException"
    shop.answer(token)
    shop.ended(first, "Stopped")
    assert shop.newest()["stopTrigger"] == {"reason": "holiday"}
    assert "Later" not in shop.actions(first)
    second = shop.start()
    shop.asked(second)
    shop.api.stop_pipeline_execution(
        pipelineName="shop", pipelineExecutionId=second, abandon=True, reason=""
    )
    shop.ended(second, "Stopped")
    assert shop.actions(second)["Approve"]["status"] == "Abandoned"
    late = refused(shop.api.stop_pipeline_execution, **given)
    assert late[0] == "PipelineExecutionNotStoppableException"


def test_a_failed_stage_is_tried_again_by_the_same_execution(shop: Shop) -> None:
    shop.put(a="1")
    execution = shop.create(stage("Approve", approval("First"), approval(order=2)))
    shop.api.put_approval_result(
        pipelineName="shop",
        stageName="Approve",
        actionName="First",
        result={"status": "Approved", "summary": ""},
        token=shop.asked(execution, name="First"),
    )
    shop.answer(shop.asked(execution), "Rejected")
    shop.ended(execution, "Failed")
    given = {
        "pipelineName": "shop",
        "stageName": "Approve",
        "pipelineExecutionId": execution,
        "retryMode": "FAILED_ACTIONS",
    }
    assert shop.api.retry_stage_execution(**given)["pipelineExecutionId"] == execution
    shop.answer(shop.asked(execution))
    shop.ended(execution)
    runs = shop.api.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert [one["actionName"] for one in reversed(runs)] == [
        "Source", "First", "Approve", "Approve",
    ]  # fmt: skip
    again = refused(shop.api.retry_stage_execution, **given)
    assert again[0] == "StageNotRetryableException"


def test_a_stage_may_try_again_by_itself_once(shop: Shop) -> None:
    shop.put(a="1")
    execution = shop.create(
        stage("Approve", approval(timeoutInMinutes=5), onFailure={"result": "RETRY"})
    )
    shop.ended(execution, "Failed")
    tried = shop.api.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert [one["actionName"] for one in tried] == ["Approve", "Approve", "Source"]
    assert shop.stage("Approve")["retryStageMetadata"]["autoStageRetryAttempt"] == 1


def test_a_failed_stage_goes_back_to_the_last_execution_that_succeeded_there(shop: Shop) -> None:
    old = shop.put(a="1")
    shop.listen()
    asked = approval(CustomData="#{Source.VersionId} #{variables.color}")
    good = shop.create(
        stage("Approve", asked, onFailure={"result": "ROLLBACK"}),
        variables=[{"name": "color", "defaultValue": "red"}],
    )
    shop.answer(shop.asked(good))
    shop.ended(good)
    shop.put(a="2")
    bad = shop.start(variables=[{"name": "color", "value": "blue"}])
    shop.answer(shop.asked(bad), "Rejected")
    shop.ended(bad, "Failed")
    back = shop.cloud.until(shop.newest, lambda one: one["executionType"] == "ROLLBACK")
    assert back["trigger"] == {"triggerType": "AutomatedRollback", "triggerDetail": bad}
    assert back["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": good}
    execution = back["pipelineExecutionId"]
    token = shop.asked(execution)
    given = shop.actions(execution)
    assert list(given) == ["Approve"]
    resolved = given["Approve"]["input"]["resolvedConfiguration"]
    assert resolved == {"CustomData": f"{old} red"}
    shop.answer(token, "Rejected")
    shop.ended(execution, "Failed")
    # A rollback that fails is not rolled back in its turn.
    assert len(shop.executions()) == 3
    good_ones = shop.executions(filter={"succeededInStage": {"stageName": "Approve"}})
    assert [one["pipelineExecutionId"] for one in good_ones] == [good]


def test_a_way_back_goes_before_whoever_waits(shop: Shop) -> None:
    shop.put(a="1")
    good = shop.create(stage("Approve", approval(), onFailure={"result": "ROLLBACK"}))
    shop.answer(shop.asked(good))
    shop.ended(good)
    bad = shop.start()
    token = shop.asked(bad)
    waiting = shop.start()
    shop.cloud.until(lambda: shop.stage("Approve").get("inboundExecution"))
    shop.answer(token, "Rejected")
    shop.ended(bad, "Failed")
    back = shop.cloud.until(shop.newest, lambda one: one["executionType"] == "ROLLBACK")
    shop.answer(shop.asked(back["pipelineExecutionId"]))
    shop.ended(back["pipelineExecutionId"])
    shop.answer(shop.asked(waiting))
    shop.ended(waiting)


def test_a_stage_is_rolled_back_by_hand_only_where_aws_would(shop: Shop) -> None:
    shop.put(a="1")
    good = shop.create(stage("Approve", approval()))
    shop.answer(shop.asked(good))
    shop.ended(good)
    given = {"pipelineName": "shop", "targetPipelineExecutionId": good}
    back = shop.api.rollback_stage(**given, stageName="Approve")["pipelineExecutionId"]
    shop.answer(shop.asked(back))
    assert shop.ended(back)["trigger"]["triggerType"] == "ManualRollback"
    roll = shop.api.rollback_stage
    assert refused(roll, **given, stageName="Source")[0] == "UnableToRollbackStageException"
    again = {"pipelineName": "shop", "targetPipelineExecutionId": back, "stageName": "Approve"}
    assert "is itself a rollback" in refused(roll, **again)[1]
    shop.api.update_pipeline(pipeline=declared(stage("Approve", approval(CustomData="new"))))
    outdated = refused(roll, **given, stageName="Approve")
    assert outdated[0] == "PipelineExecutionOutdatedException"
    assert shop.executions(filter={"succeededInStage": {"stageName": "Approve"}}) == []


def test_a_change_cancels_what_runs_and_what_waits(shop: Shop) -> None:
    shop.put(a="1")
    shop.listen()
    first = shop.create(stage("Approve", approval()))
    token = shop.asked(first)
    second = shop.start()
    shop.cloud.until(lambda: shop.stage("Approve").get("inboundExecution"))
    shop.api.update_pipeline(pipeline=declared(stage("Approve", approval(CustomData="new"))))
    for execution in (first, second):
        shop.ended(execution, "Cancelled")
    assert shop.stage("Approve")["latestExecution"]["status"] == "Cancelled"
    put = {"stageName": "Approve", "actionName": "Approve", "token": token}
    result = {"status": "Approved", "summary": "too late"}
    late = refused(shop.api.put_approval_result, pipelineName="shop", result=result, **put)
    assert late[0] == "ApprovalAlreadyCompletedException"
    states = [one["detail"]["state"] for one in shop.heard("Pipeline")]
    assert states == ["STARTED", "STARTED", "CANCELED", "CANCELED"]
    third = shop.start()
    shop.answer(shop.asked(third))
    assert shop.ended(third)["status"] == "Succeeded"


def test_every_state_is_told_by_an_event(shop: Shop) -> None:
    shop.put(a="1")
    shop.listen()
    execution = shop.create(stage("Approve", approval()))
    shop.answer(shop.asked(execution), "Rejected")
    shop.ended(execution, "Failed")
    pipelines = shop.heard("Pipeline")
    assert [one["detail"]["state"] for one in pipelines] == ["STARTED", "FAILED"]
    assert pipelines[0]["resources"] == [f"arn:aws:codepipeline:us-east-1:{TOOLS}:shop"]
    assert pipelines[0]["detail"]["execution-trigger"]["trigger-type"] == "CreatePipeline"
    stages = [(one["detail"]["stage"], one["detail"]["state"]) for one in shop.heard("Stage")]
    assert stages == [
        ("Source", "STARTED"),
        ("Source", "SUCCEEDED"),
        ("Approve", "STARTED"),
        ("Approve", "FAILED"),
    ]
    last = shop.heard("Action")[-1]["detail"]
    assert (last["pipeline"], last["execution-id"]) == ("shop", execution)
    assert (last["stage"], last["action"], last["state"]) == ("Approve", "Approve", "FAILED")
    assert last["type"]["provider"] == "Manual"
    assert last["execution-result"]["external-execution-summary"] == "Rejected by a test"


def test_a_rule_starts_a_pipeline_as_a_role_that_may(shop: Shop) -> None:
    shop.put(a="1")
    first = shop.create(stage("Approve", approval(timeoutInMinutes=5)))
    shop.ended(first, "Failed")
    events = shop.cloud.client("events")
    pattern = {"source": ["shop.test"]}
    rule = events.put_rule(Name="start", EventPattern=json.dumps(pattern))["RuleArn"]
    arn = f"arn:aws:codepipeline:us-east-1:{TOOLS}:shop"
    entry = {"Source": "shop.test", "DetailType": "go", "Detail": "{}"}
    for name, count in (("other", 1), ("starter", 2)):
        events.put_targets(Rule="start", Targets=[{"Id": "1", "Arn": arn, "RoleArn": role(name)}])
        events.put_events(Entries=[entry])
        assert (
            len(shop.cloud.until(shop.executions, lambda found, n=count: len(found) >= n)) == count
        )
    assert shop.newest()["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}


def test_a_stage_is_skipped_or_fails_where_its_entry_condition_does_not_hold(shop: Shop) -> None:
    shop.put(a="1")

    def named(value: str) -> dict[str, Any]:
        given = {"Variable": "#{Source.ObjectKey}", "Operator": "EQ", "Value": value}
        return rule("VariableCheck", **given)

    execution = shop.create(
        stage("Approve", approval(), beforeEntry=condition("SKIP", named("other.zip"))),
        stage(
            "Last", approval("Last"), beforeEntry=condition("FAIL", named("app.zip"), named("x"))
        ),
    )
    shop.ended(execution, "Failed")
    assert list(shop.actions(execution)) == ["Source"]
    assert shop.stage("Approve")["latestExecution"]["status"] == "Skipped"
    state = shop.stage("Last")["beforeEntryConditionState"]
    assert state["latestExecution"]["status"] == "Failed"
    rules = [one["latestExecution"]["status"] for one in state["conditionStates"][0]["ruleStates"]]
    assert rules == ["Succeeded", "Failed"]


def test_a_stage_goes_back_when_an_alarm_turns_after_its_success(shop: Shop) -> None:
    shop.put(a="1")
    cloudwatch = shop.cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="shop",
        MetricName="errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    quiet = rule("CloudWatchAlarm", AlarmName="errors", WaitTime="1")
    good = shop.create(stage("Approve", approval(), onSuccess=condition("ROLLBACK", quiet)))
    shop.answer(shop.asked(good))
    shop.ended(good)
    bad = shop.start()
    token = shop.asked(bad)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    shop.answer(token)
    shop.ended(bad, "Failed")
    back = shop.cloud.until(shop.newest, lambda one: one["executionType"] == "ROLLBACK")
    assert back["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": good}
    shop.asked(back["pipelineExecutionId"])


def changed(**change: Any) -> dict[str, Any]:
    """Declare a second stage with one action that is changed."""
    stages = [stage("Source", source()), stage("Approve", {**approval(), **change})]
    return {"stages": stages}


BUILD = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
POLLING = source()
POLLING["configuration"] = {**POLLING["configuration"], "PollForSourceChanges": "true"}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (
            {"roleArn": role("other")},
            "InvalidStructureException",
            "not authorized to perform Assume",
        ),
        ({"stages": []}, "InvalidStructureException", "minimum of 2 stages"),
        ({"artifactStore": None}, "InvalidStructureException", "either artifactStore or"),
        ({"pipelineType": "V1"}, "InvalidStructureException", "type V2"),
        (
            changed(actionTypeId={**BUILD, "provider": "Jenkins"}),
            "InvalidActionDeclarationException",
            "is not available",
        ),
        (
            changed(actionTypeId=BUILD),
            "InvalidActionDeclarationException",
            "missing required configuration 'ProjectName'",
        ),
        (
            changed(
                actionTypeId=BUILD,
                configuration={"ProjectName": "build"},
                inputArtifacts=[{"name": "Nothing"}],
            ),
            "InvalidActionDeclarationException",
            "Input Artifact Bundle Nothing in action Approve has not been declared",
        ),
        (
            changed(configuration={"Colour": "red"}),
            "InvalidActionDeclarationException",
            "unknown key 'Colour'",
        ),
        (
            changed(configuration={"CustomData": "#{Nobody.CommitId}"}),
            "InvalidStructureException",
            "VariableReferenceText=[#{Nobody.CommitId}]",
        ),
        (
            {"stages": [stage("Source", POLLING), stage("Approve", approval())]},
            "InvalidActionDeclarationException",
            "does not poll",
        ),
        (
            {"stages": [stage("Source", source()), stage("Source", approval())]},
            "InvalidStructureException",
            "must be unique",
        ),
        (
            {
                "stages": [
                    stage("Source", source(), onFailure={"result": "ROLLBACK"}),
                    stage("Approve", approval()),
                ]
            },
            "InvalidStructureException",
            "cannot be rolled back",
        ),
        (
            {
                "stages": [
                    stage("Source", source()),
                    stage("Approve", approval(), onSuccess=condition("SKIP", rule("CodeBuild"))),
                ]
            },
            "InvalidStructureException",
            "its result is not one of FAIL, ROLLBACK",
        ),
    ],
)
def test_definitions_that_cannot_run_are_refused(
    shop: Shop, change: dict[str, Any], code: str, words: str
) -> None:
    given = {**declared(stage("Approve", approval())), **change}
    given = {key: value for key, value in given.items() if value is not None}
    found = refused(shop.api.create_pipeline, pipeline=given)
    assert found[0] == code
    assert words in found[1]


IN_A_STACK = """
Parameters:
  Text: {Type: String}
  Restart: {Type: String, Default: "false"}
  Provider: {Type: String, Default: Manual}
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop
      PipelineType: V2
      ExecutionMode: QUEUED
      RoleArn: !Sub "arn:aws:iam::${AWS::AccountId}:role/pipeline"
      RestartExecutionOnUpdate: !Ref Restart
      DisableInboundStageTransitions: [{StageName: Approve, Reason: not yet}]
      ArtifactStores:
        - Region: !Ref AWS::Region
          ArtifactStore: {Type: S3, Location: store}
      Tags: [{Key: team, Value: shop}]
      Stages:
        - Name: Source
          Actions:
            - Name: Source
              ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: "1"}
              Configuration: {S3Bucket: source, S3ObjectKey: app.zip, PollForSourceChanges: false}
              OutputArtifacts: [{Name: Source}]
        - Name: Approve
          OnFailure: {Result: ROLLBACK}
          Actions:
            - Name: Approve
              RunOrder: 1
              ActionTypeId: {Category: Approval, Owner: AWS, Provider: !Ref Provider, Version: "1"}
              Configuration: {CustomData: !Ref Text}
Outputs:
  Name: {Value: !Ref Pipeline}
  Version: {Value: !GetAtt Pipeline.Version}
"""


def test_a_stack_makes_changes_and_deletes_a_pipeline(shop: Shop) -> None:
    shop.put(a="1")
    made = stack(shop.cloud, IN_A_STACK, Text="one")
    assert made == {"Name": "shop", "Version": "1"}
    found = shop.api.get_pipeline(name="shop")
    assert found["pipeline"]["stages"][1]["onFailure"] == {"result": "ROLLBACK"}
    assert found["pipeline"]["stages"][0]["actions"][0]["configuration"] == {
        "S3Bucket": "source",
        "S3ObjectKey": "app.zip",
        "PollForSourceChanges": "false",
    }
    tags = shop.api.list_tags_for_resource(resourceArn=found["metadata"]["pipelineArn"])["tags"]
    assert {"key": "team", "value": "shop"} in tags
    shop.cloud.until(lambda: shop.stage("Approve").get("inboundExecution"))
    changed = stack(shop.cloud, IN_A_STACK, action="update", Text="two", Restart="true")
    assert changed["Version"] == "2"
    assert len(shop.executions()) == 2
    stack(
        shop.cloud,
        IN_A_STACK,
        action="update",
        expect="UPDATE_ROLLBACK_COMPLETE",
        Text="two",
        Provider="Nobody",
    )
    assert any("InvalidActionDeclarationException" in one for one in reasons(shop.cloud))
    shop.cloud.client("cloudformation").delete_stack(StackName="shop")
    shop.cloud.until(lambda: not shop.api.list_pipelines()["pipelines"])


def test_nothing_runs_on_after_a_reset(shop: Shop) -> None:
    shop.put(a="1")
    execution = shop.create(stage("Approve", approval()))
    shop.asked(execution)
    shop.cloud.reset()
    assert shop.api.list_pipelines()["pipelines"] == []
    assert shop.s3.list_buckets()["Buckets"] == []
