"""What CodePipeline, CodeBuild and CloudWatch Logs answer, in our types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fakeaws import FakeCloud, refusal

from generator.aws import AwsError, Builds, Pipelines
from generator.aws.pipelines import Approval, Stage

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WHERE = {"account": "111111111111", "region": "us-east-1"}


def pipelines(**answers: Any) -> tuple[Pipelines, FakeCloud]:
    cloud = FakeCloud({f"codepipeline.{name}": answer for name, answer in answers.items()})
    return Pipelines(cloud, **WHERE), cloud


def test_actions_are_listed_in_the_order_they_run() -> None:
    actions = [{"name": "Verify1", "runOrder": 2}, {"name": "Wave1", "runOrder": 1}]
    found, _ = pipelines(
        get_pipeline={
            "pipeline": {
                "name": "p",
                "stages": [
                    {"name": "Source", "actions": [{"name": "Source"}]},
                    {"name": "Deploy", "actions": actions, "onFailure": {"result": "ROLLBACK"}},
                ],
            }
        }
    )
    assert found.declared("p") == (
        Stage("Source", ("Source",), rolls_back=False),
        Stage("Deploy", ("Wave1", "Verify1"), rolls_back=True),
    )


def test_a_pipeline_that_is_not_there_is_no_error() -> None:
    found, _ = pipelines(get_pipeline=refusal("PipelineNotFoundException"))
    assert found.declared("p") is None


def test_executions_are_read_page_by_page_and_no_further_than_asked() -> None:
    def page(nextToken: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803
        rows = [
            {"pipelineExecutionId": f"{nextToken}{n}", "status": "Succeeded", "startTime": NOW}
            for n in range(2)
        ]
        return {"pipelineExecutionSummaries": rows, "nextToken": str(int(nextToken) + 1)}

    found, cloud = pipelines(list_pipeline_executions=page)
    assert [one.id for one in found.executions("p", limit=3)] == ["00", "01", "10"]
    assert len(cloud.calls) == 2


def test_a_rollback_says_where_it_goes_back_to_and_a_stop_why() -> None:
    rows = [
        {
            "pipelineExecutionId": "b", "status": "InProgress", "startTime": NOW,
            "executionType": "ROLLBACK", "trigger": {"triggerType": "AutomatedRollback"},
            "rollbackMetadata": {"rollbackTargetPipelineExecutionId": "a"},
        },
        {
            "pipelineExecutionId": "c", "status": "Stopped", "startTime": NOW,
            "stopTrigger": {"reason": "wrong branch"},
        },
    ]  # fmt: skip
    found, cloud = pipelines(list_pipeline_executions={"pipelineExecutionSummaries": rows})
    rollback, stopped = found.executions("p", limit=5, succeeded_in="Deploy")
    assert (rollback.is_rollback, rollback.rollback_target, rollback.ended) == (True, "a", False)
    assert (stopped.reason, stopped.ended) == ("wrong branch", True)
    assert cloud.calls[0][1]["filter"] == {"succeededInStage": {"stageName": "Deploy"}}


def test_a_failed_action_tells_aws_words_and_its_link() -> None:
    rows = [
        {
            "actionExecutionId": "2", "stageName": "Build", "actionName": "Build",
            "status": "Failed", "startTime": NOW, "lastUpdateTime": NOW,
            "input": {
                "actionTypeId": {"provider": "CodeBuild"}, "region": "us-east-1",
                "configuration": {"ProjectName": "b"}, "resolvedConfiguration": {"A": "resolved"},
            },
            "output": {
                "executionResult": {
                    "externalExecutionId": "b:1", "externalExecutionUrl": "https://x",
                    "errorDetails": {"code": "JobFailed", "message": "Build terminated"},
                },
                "outputVariables": {"GEN_RELEASE": "0123456789ab"},
            },
        }
    ]  # fmt: skip
    found, cloud = pipelines(list_action_executions={"actionExecutionDetails": rows})
    (run,) = found.runs("p", "e")
    assert (run.error, run.url, run.external_id) == ("Build terminated", "https://x", "b:1")
    assert run.configuration == {"ProjectName": "b", "A": "resolved"}
    assert run.variables == {"GEN_RELEASE": "0123456789ab"}
    assert cloud.calls[0][1]["filter"] == {"pipelineExecutionId": "e"}


def test_an_approval_that_waits_is_answered_with_its_token() -> None:
    waits = {"status": "InProgress", "token": "t", "actionExecutionId": "1"}
    stages = [
        {"stageName": "Source", "actionStates": [{"actionName": "Source"}]},
        {
            "stageName": "Approve",
            "inboundTransitionState": {"enabled": True},
            "latestExecution": {"pipelineExecutionId": "e", "status": "InProgress"},
            "actionStates": [{"actionName": "Approve", "latestExecution": waits}],
        },
        {
            "stageName": "Deploy",
            "inboundTransitionState": {"enabled": False, "disabledReason": "not on fridays"},
            "actionStates": [],
        },
    ]
    found, cloud = pipelines(get_pipeline_state={"stageStates": stages}, put_approval_result={})
    state = found.state("p")
    assert state.approvals == (Approval("Approve", "Approve", "e", "t"),)
    assert state.closed == {"Deploy": "not on fridays"}
    found.answer("p", state.approvals[0], approved=False, comment="too late")
    assert cloud.calls[-1] == (
        "put_approval_result",
        {
            "pipelineName": "p", "stageName": "Approve", "actionName": "Approve", "token": "t",
            "result": {"status": "Rejected", "summary": "too late"},
        },
    )  # fmt: skip


def test_an_approval_that_somebody_else_has_answered_is_one_message() -> None:
    found, _ = pipelines(put_approval_result=refusal("ApprovalAlreadyCompletedException", "done"))
    with pytest.raises(AwsError, match="ApprovalAlreadyCompletedException while answering"):
        found.answer("p", Approval("A", "A", "e", "t"), approved=True, comment="")


def test_the_end_of_a_log_is_read_where_the_build_says_it_is() -> None:
    cloud = FakeCloud(
        {
            "codebuild.batch_get_builds": {
                "builds": [{"logs": {"groupName": "/aws/codebuild/b", "streamName": "s"}}]
            },
            "logs.get_log_events": {"events": [{"message": "one\n"}, {"message": "two\n"}]},
        }
    )
    builds = Builds(cloud, account="111111111111")
    assert builds.log_end("b:1", region="us-east-1", lines=20) == ["one", "two"]
    assert cloud.calls[-1][1] == {
        "logGroupName": "/aws/codebuild/b", "logStreamName": "s", "limit": 20,
        "startFromHead": False,
    }  # fmt: skip


@pytest.mark.parametrize("found", [[], [{}], [{"logs": {"groupName": "g"}}]])
def test_a_build_that_never_wrote_has_no_log(found: list[dict[str, Any]]) -> None:
    cloud = FakeCloud({"codebuild.batch_get_builds": {"builds": found}})
    assert Builds(cloud, account="1").log_end("b:1", region="us-east-1", lines=20) == []
