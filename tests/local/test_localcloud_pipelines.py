"""CodePipeline runs pipelines: stages in turn, artifacts, approvals, stack sets, rollbacks."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import as_role, control, log_lines, reasons, stack, upload

pytestmark = pytest.mark.local

TOOLS = "111111111111"
ROLES = """
Resources:
  Pipeline:
    Type: AWS::IAM::Role
    Properties:
      RoleName: pipeline
      AssumeRolePolicyDocument: &codepipeline
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: codepipeline.amazonaws.com}
            Action: sts:AssumeRole
            Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}
      Policies:
        - PolicyName: all
          PolicyDocument: &all
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
  Limited:
    Type: AWS::IAM::Role
    Properties:
      RoleName: limited
      AssumeRolePolicyDocument: *codepipeline
      Policies:
        - PolicyName: source
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:GetObjectVersion, s3:GetBucketVersioning, s3:PutObject]
                Resource: ["arn:aws:s3:::source", "arn:aws:s3:::source/*", "arn:aws:s3:::store/*"]
              - Effect: Allow
                Action: [cloudformation:DescribeStackSet, cloudformation:CreateStackSet]
                Resource: "*"
  Other:
    Type: AWS::IAM::Role
    Properties:
      RoleName: other
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      Policies: [{PolicyName: all, PolicyDocument: *all}]
  Starter:
    Type: AWS::IAM::Role
    Properties:
      RoleName: starter
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: start
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: codepipeline:StartPipelineExecution
                Resource: !Sub "arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:shop"
  Administration:
    Type: AWS::IAM::Role
    Properties:
      RoleName: admin
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: cloudformation.amazonaws.com}
            Action: sts:AssumeRole
      Policies: [{PolicyName: all, PolicyDocument: *all}]
  Execution:
    Type: AWS::IAM::Role
    Properties:
      RoleName: execution
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !GetAtt Administration.Arn}
            Action: sts:AssumeRole
      Policies: [{PolicyName: all, PolicyDocument: *all}]
"""
TEMPLATE = """
Parameters:
  Text: {Type: String, Default: default}
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/text, Type: String, Value: !Ref Text}
"""


def role(name: str) -> str:
    return f"arn:aws:iam::{TOOLS}:role/{name}"


def archive(**files: str) -> bytes:
    """Return a zip of files; two underscores in a name are a dot."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as made:
        for name, text in files.items():
            made.writestr(zipfile.ZipInfo(name.replace("__", ".")), text)
    return zipped.getvalue()


def action(
    provider: str, name: str = "", category: str = "Deploy", order: int = 1, **given: Any
) -> dict[str, Any]:
    """Declare an action; what starts with a capital letter is configuration."""
    configuration = {key: value for key, value in given.items() if key[0].isupper()}
    rest = {key: value for key, value in given.items() if not key[0].isupper()}
    for key in ("inputArtifacts", "outputArtifacts"):
        if key in rest:
            rest[key] = [{"name": one} for one in rest[key]]
    return {
        "name": name or provider,
        "actionTypeId": {
            "category": category,
            "owner": "AWS",
            "provider": provider,
            "version": "1",
        },
        "runOrder": order,
        "configuration": configuration,
        **rest,
    }


def source(**more: Any) -> dict[str, Any]:
    return action(
        "S3",
        "Source",
        "Source",
        S3Bucket="source",
        S3ObjectKey="app.zip",
        PollForSourceChanges="false",
        outputArtifacts=["Source"],
        namespace="Source",
        **more,
    )


def approval(name: str = "Approve", **more: Any) -> dict[str, Any]:
    return action("Manual", name, "Approval", **more)


def stage(name: str, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "actions": list(actions), **more}


def declared(*stages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "roleArn": role("pipeline"),
        "pipelineType": "V2",
        "executionMode": "QUEUED",
        "artifactStore": {"type": "S3", "location": "store"},
        "stages": [stage("Source", source()), *stages],
        **more,
    }


class Shop:
    """A cloud with roles, buckets and a source; and what tests do with its pipeline."""

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.api = cloud.client("codepipeline")
        self.s3 = cloud.client("s3")
        stack(cloud, ROLES, name="roles")
        self.s3.create_bucket(Bucket="store")
        self.s3.create_bucket(Bucket="source")
        self.s3.put_bucket_versioning(
            Bucket="source", VersioningConfiguration={"Status": "Enabled"}
        )

    def put(self, **files: str) -> str:
        """Put a new version of the source; its id."""
        put = self.s3.put_object(Bucket="source", Key="app.zip", Body=archive(**files))
        return str(put["VersionId"])

    def create(self, *stages: dict[str, Any], **more: Any) -> str:
        """Make the pipeline; return the id of the execution that this starts."""
        self.api.create_pipeline(pipeline=declared(*stages, **more))
        return self.newest()["pipelineExecutionId"]

    def executions(self, **given: Any) -> list[dict[str, Any]]:
        """Return the executions, newest first."""
        found = self.api.list_pipeline_executions(pipelineName="shop", **given)
        return list(found["pipelineExecutionSummaries"])

    def newest(self) -> dict[str, Any]:
        return self.executions()[0]

    def start(self, **given: Any) -> str:
        return str(self.api.start_pipeline_execution(name="shop", **given)["pipelineExecutionId"])

    def get(self, execution: str) -> dict[str, Any]:
        found = self.api.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=execution)
        return dict(found["pipelineExecution"])

    def ended(self, execution: str, status: str = "Succeeded") -> dict[str, Any]:
        """Return an execution once it is over, as expected."""
        found = self.cloud.until(
            lambda: self.get(execution), lambda one: one["status"] not in ("InProgress", "Stopping")
        )
        assert found["status"] == status, self.actions(execution)
        return dict(found)

    def actions(self, execution: str) -> dict[str, dict[str, Any]]:
        """Return the newest run of each action of an execution."""
        found = self.api.list_action_executions(
            pipelineName="shop", filter={"pipelineExecutionId": execution}
        )["actionExecutionDetails"]
        return {one["actionName"]: one for one in reversed(found)}

    def error(self, execution: str, name: str) -> str:
        result = self.actions(execution)[name]["output"]["executionResult"]
        return str(result["errorDetails"]["message"])

    def stage(self, name: str) -> dict[str, Any]:
        states = self.api.get_pipeline_state(name="shop")["stageStates"]
        return next(dict(one) for one in states if one["stageName"] == name)

    def asked(self, execution: str, stage: str = "Approve", name: str = "Approve") -> str:
        """Return the token of an approval once an execution waits for it."""

        def look() -> str | None:
            assert self.get(execution)["status"] == "InProgress", self.actions(execution)
            state = self.stage(stage)
            if state.get("latestExecution", {}).get("pipelineExecutionId") != execution:
                return None
            one = next(one for one in state["actionStates"] if one["actionName"] == name)
            return one.get("latestExecution", {}).get("token")

        return str(self.cloud.until(look))

    def answer(self, token: str, status: str = "Approved", stage: str = "Approve") -> None:
        self.api.put_approval_result(
            pipelineName="shop",
            stageName=stage,
            actionName="Approve",
            result={"status": status, "summary": f"{status} by a test"},
            token=token,
        )

    def listen(self) -> None:
        """Write every event of pipelines into the log group events."""
        self.cloud.client("logs").create_log_group(logGroupName="events")
        events = self.cloud.client("events")
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.codepipeline"]}))
        arn = f"arn:aws:logs:us-east-1:{TOOLS}:log-group:events"
        events.put_targets(Rule="all", Targets=[{"Id": "log", "Arn": arn}])

    def heard(self, what: str) -> list[dict[str, Any]]:
        """Return the events of pipelines, stages or actions."""
        events = [json.loads(line) for line in log_lines(self.cloud, "events")]
        return [one for one in events if one["detail-type"].split()[1] == what]


@pytest.fixture
def shop(local_cloud: Any) -> Shop:
    return Shop(local_cloud)


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


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


def test_the_source_must_be_there_and_versioned(shop: Shop) -> None:
    execution = shop.create(stage("Approve", approval()))
    shop.ended(execution, "Failed")
    assert "The object with key 'app.zip' does not exist" in shop.error(execution, "Source")
    shop.s3.put_bucket_versioning(Bucket="source", VersioningConfiguration={"Status": "Suspended"})
    execution = shop.start()
    shop.ended(execution, "Failed")
    assert "does not have versioning enabled" in shop.error(execution, "Source")


def test_an_execution_may_take_an_older_version_of_its_source(shop: Shop) -> None:
    old = shop.put(a="1")
    shop.put(a="2")
    shop.create(stage("Approve", approval()))
    chosen = {
        "actionName": "Source",
        "revisionType": "S3_OBJECT_VERSION_ID",
        "revisionValue": old,
    }
    shop.answer(shop.asked(shop.newest()["pipelineExecutionId"]))
    execution = shop.start(sourceRevisions=[chosen])
    shop.asked(execution)
    assert shop.actions(execution)["Source"]["output"]["outputVariables"]["VersionId"] == old


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


def test_an_approval_asks_by_a_topic_and_is_answered_once(shop: Shop) -> None:
    sns, sqs = shop.cloud.client("sns"), shop.cloud.client("sqs")
    topic = sns.create_topic(Name="approvals")["TopicArn"]
    queue = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:{TOOLS}:approvals",
    )
    shop.put(a="1")
    execution = shop.create(
        stage("Approve", approval(NotificationArn=topic, CustomData="Release #{Source.ETag}?"))
    )
    token = shop.asked(execution)
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    told = json.loads(json.loads(message["Body"])["Message"])["approval"]
    assert told["token"] == token
    assert told["customData"].startswith("Release ")
    assert "#{" not in told["customData"]
    given = {"pipelineName": "shop", "stageName": "Approve", "actionName": "Approve"}
    result = {"status": "Approved", "summary": "fine"}
    put = shop.api.put_approval_result
    assert refused(put, **given, result=result, token=TOOLS)[0] == "InvalidApprovalTokenException"
    shop.answer(token)
    shop.ended(execution)
    again = refused(put, **given, result=result, token=token)
    assert again[0] == "ApprovalAlreadyCompletedException"


def test_an_approval_expires_by_the_clock(shop: Shop) -> None:
    shop.put(a="1")
    execution = shop.create(stage("Approve", approval(timeoutInMinutes=5)))
    shop.ended(execution, "Failed")
    assert "expired" in shop.error(execution, "Approve")


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


def test_a_stack_set_is_deployed_in_waves(shop: Shop) -> None:
    parameters = [{"ParameterKey": "Text", "ParameterValue": "one"}]
    shop.put(template__yaml=TEMPLATE, parameters__json=json.dumps(parameters))
    execution = shop.create(
        stage(
            "Deploy",
            action(
                "CloudFormationStackSet",
                "Wave1",
                StackSetName="shop",
                TemplatePath="Source::template.yaml",
                Parameters="Source::parameters.json",
                AdministrationRoleArn=role("admin"),
                ExecutionRoleName="execution",
                DeploymentTargets=TOOLS,
                Regions="eu-central-1",
                inputArtifacts=["Source"],
                namespace="Wave1",
            ),
            action(
                "CloudFormationStackInstances",
                "Wave2",
                order=2,
                StackSetName="shop",
                DeploymentTargets=TOOLS,
                Regions="us-west-2,us-east-1",
                inputArtifacts=["Source"],
            ),
            approval(order=3, CustomData="#{Wave1.OperationId} #{Wave1.StackSetId}"),
        )
    )
    token = shop.asked(execution, "Deploy")
    told = shop.actions(execution)["Approve"]["input"]["resolvedConfiguration"]["CustomData"]
    operation, set_id = told.split()
    assert set_id.startswith("shop:")
    cloudformation = shop.cloud.client("cloudformation")
    described = cloudformation.describe_stack_set_operation(
        StackSetName="shop", OperationId=operation
    )["StackSetOperation"]
    assert (described["Action"], described["Status"]) == ("CREATE", "SUCCEEDED")
    for region in ("eu-central-1", "us-west-2", "us-east-1"):
        ssm = shop.cloud.client("ssm", region=region)
        assert ssm.get_parameter(Name="/shop/text")["Parameter"]["Value"] == "one"
    shop.answer(token, stage="Deploy")
    shop.ended(execution)
    # A parameter that is left out takes the template's default.
    shop.put(template__yaml=TEMPLATE, parameters__json="[]")
    execution = shop.start()
    shop.asked(execution, "Deploy")
    for region in ("eu-central-1", "us-west-2"):
        ssm = shop.cloud.client("ssm", region=region)
        assert ssm.get_parameter(Name="/shop/text")["Parameter"]["Value"] == "default"


def test_a_stack_set_that_fails_says_where_and_why(shop: Shop) -> None:
    shop.put(template__yaml=TEMPLATE)
    shop.cloud.client("ssm", region="us-west-2").put_parameter(
        Name="/shop/text", Type="String", Value="taken"
    )
    execution = shop.create(
        stage(
            "Deploy",
            action(
                "CloudFormationStackSet",
                "Deploy",
                StackSetName="shop",
                TemplatePath="Source::template.yaml",
                AdministrationRoleArn=role("admin"),
                ExecutionRoleName="execution",
                DeploymentTargets=TOOLS,
                Regions="us-west-2,us-east-1",
                FailureTolerancePercentage="0",
                inputArtifacts=["Source"],
            ),
        )
    )
    shop.ended(execution, "Failed")
    said = shop.error(execution, "Deploy")
    assert f"Account {TOOLS}, region us-west-2: " in said
    assert "already exists" in said
    shop.put(other__yaml=TEMPLATE)
    execution = shop.start()
    shop.ended(execution, "Failed")
    said = shop.error(execution, "Deploy")
    assert said == "File [template.yaml] does not exist in artifact [Source]"


def test_a_build_gets_the_artifacts_and_variables(shop: Shop) -> None:
    shop.put(a="1")
    shop.cloud.client("codebuild").create_project(
        name="build",
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=role("pipeline"),
    )
    variables = [{"name": "VERSION", "value": "#{Source.VersionId}", "type": "PLAINTEXT"}]
    build = action(
        "CodeBuild",
        "Build",
        "Build",
        ProjectName="build",
        EnvironmentVariables=json.dumps(variables),
        inputArtifacts=["Source"],
    )
    execution = shop.create(stage("Build", build))
    shop.ended(execution)
    result = shop.actions(execution)["Build"]["output"]["executionResult"]
    assert result["externalExecutionId"].startswith("build:")
    assert result["externalExecutionId"] in result["externalExecutionUrl"]


FUNCTION = """
import boto3

def handler(event, context):
    job = event["CodePipeline.job"]
    client = boto3.client("codepipeline")
    said = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
    if said == "fail":
        why = {"type": "JobFailed", "message": "not today"}
        client.put_job_failure_result(jobId=job["id"], failureDetails=why)
    else:
        client.put_job_success_result(jobId=job["id"], outputVariables={"Said": said})
"""


def test_a_function_reports_how_its_job_went(shop: Shop) -> None:
    shop.put(a="1")
    bucket = upload(shop.cloud, FUNCTION)
    shop.cloud.client("lambda").create_function(
        FunctionName="check",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role("other"),
        Code={"S3Bucket": bucket, "S3Key": "code.zip"},
    )

    def check(order: int, what: str) -> dict[str, Any]:
        return action(
            "Lambda",
            f"Check{order}",
            "Invoke",
            order=order,
            FunctionName="check",
            UserParameters=what,
            namespace=f"Check{order}",
        )

    execution = shop.create(
        stage("Check", check(1, "hello"), check(2, "#{Check1.Said}"), check(3, "fail"))
    )
    shop.ended(execution, "Failed")
    assert shop.actions(execution)["Check2"]["output"]["outputVariables"] == {"Said": "hello"}
    assert shop.error(execution, "Check3") == "not today"


def test_an_artifact_is_copied_into_the_store_of_its_action_s_region(shop: Shop) -> None:
    shop.put(template__yaml=TEMPLATE)
    where = {"LocationConstraint": "eu-central-1"}
    shop.cloud.client("s3", region="eu-central-1").create_bucket(
        Bucket="elsewhere", CreateBucketConfiguration=where
    )
    deploy = action(
        "CloudFormationStackSet",
        "Deploy",
        region="eu-central-1",
        StackSetName="shop",
        TemplatePath="Source::template.yaml",
        AdministrationRoleArn=role("admin"),
        ExecutionRoleName="execution",
        inputArtifacts=["Source"],
    )
    given = declared(stage("Deploy", deploy))
    store = given.pop("artifactStore")
    other = {"type": "S3", "location": "elsewhere"}
    given["artifactStores"] = {"us-east-1": store, "eu-central-1": other}
    shop.api.create_pipeline(pipeline=given)
    execution = shop.newest()["pipelineExecutionId"]
    shop.ended(execution)
    used = shop.actions(execution)["Deploy"]["input"]["inputArtifacts"][0]["s3location"]
    assert used["bucket"] == "elsewhere"
    found = shop.cloud.client("cloudformation", region="eu-central-1")
    assert found.describe_stack_set(StackSetName="shop")["StackSet"]["Status"] == "ACTIVE"


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


def test_actions_may_do_what_the_pipeline_s_role_may(shop: Shop) -> None:
    shop.put(template__yaml=TEMPLATE)
    control(shop.cloud, "iam", {"enforce": True})
    deploy = action(
        "CloudFormationStackSet",
        "Deploy",
        StackSetName="shop",
        TemplatePath="Source::template.yaml",
        AdministrationRoleArn=role("admin"),
        ExecutionRoleName="execution",
        inputArtifacts=["Source"],
    )
    try:
        execution = shop.create(stage("Deploy", deploy), roleArn=role("limited"))
        shop.ended(execution, "Failed")
        said = shop.error(execution, "Deploy")
        starter = as_role(shop.cloud, role("starter"), "codepipeline")
        starter.start_pipeline_execution(name="shop")
        denied = refused(starter.get_pipeline_state, name="shop")
    finally:
        control(shop.cloud, "iam", {"enforce": False})
    assert "iam:PassRole" in said
    assert role("admin") in said
    assert denied[0] == "AccessDeniedException"
    calls = [(one["service"], one["action"]) for one in shop.cloud.calls()]
    assert ("s3", "PutObject") in calls


def test_an_action_may_have_a_role_of_its_own(shop: Shop) -> None:
    shop.put(a="1")
    execution = shop.create(stage("Approve", approval()))
    given = declared(stage("Approve", approval()))
    given["stages"][0]["actions"][0]["roleArn"] = role("other")
    shop.api.update_pipeline(pipeline=given)
    shop.answer(shop.asked(execution))
    control(shop.cloud, "iam", {"enforce": True})
    try:
        execution = shop.start()
        shop.ended(execution, "Failed")
    finally:
        control(shop.cloud, "iam", {"enforce": False})
    assert "sts:AssumeRole" in shop.error(execution, "Source")


def rule(provider: str, **configuration: str) -> dict[str, Any]:
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": provider, "ruleTypeId": kind, "configuration": configuration}


def condition(result: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": [{"result": result, "rules": list(rules)}]}


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
