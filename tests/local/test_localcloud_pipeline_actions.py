"""What the actions of pipelines do: sources, builds, approvals, stack sets, functions."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from gitwork import Checkout
from localaws import as_role, control, upload
from pipeline_service import (
    TEMPLATE,
    TOOLS,
    Shop,
    action,
    approval,
    declared,
    refused,
    role,
    stage,
)

pytestmark = pytest.mark.local


@pytest.fixture
def shop(local_cloud: Any) -> Shop:
    return Shop(local_cloud)


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
    message = shop.cloud.until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]
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


def test_actions_may_do_what_the_pipeline_s_role_may(shop: Shop) -> None:
    shop.put(template__yaml=TEMPLATE)
    # SDKs speak TLS to AWS: what they say to the local cloud counts as if they did here, too.
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::store/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    shop.s3.put_bucket_policy(
        Bucket="store", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls_only]})
    )
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
    shop.asked(execution)
    shop.api.update_pipeline(pipeline=given)
    control(shop.cloud, "iam", {"enforce": True})
    try:
        execution = shop.start()
        shop.ended(execution, "Failed")
    finally:
        control(shop.cloud, "iam", {"enforce": False})
    assert "sts:AssumeRole" in shop.error(execution, "Source")


SPEC = """
version: 0.2
env: {exported-variables: [RELEASE]}
phases: {build: {commands: ["export RELEASE=r-$VERSION", "cat a > b"]}}
artifacts: {files: [b]}
"""
SECOND = """
version: 0.2
phases:
  build:
    commands:
      - test "$RELEASE" = "r-$VERSION"
      - cat a "$CODEBUILD_SRC_DIR_Built/b" > both
      - test "$(cat both)" = 11
      - cat no-such-file
"""


def project(shop: Shop, name: str, spec: str) -> None:
    """Make a project whose builds come from pipelines."""
    shop.cloud.client("codebuild").create_project(
        name=name,
        source={"type": "CODEPIPELINE", "buildspec": spec},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=role("other"),
    )


def build(name: str, order: int, *inputs: str, **more: Any) -> dict[str, Any]:
    """Declare a build that is told the source's version, and the release if there is one."""
    given = {"VERSION": "#{Source.VersionId}"} | (
        {"RELEASE": "#{Build.RELEASE}"} if order > 1 else {}
    )
    variables = [{"name": key, "value": value} for key, value in given.items()]
    return action(
        "CodeBuild",
        name,
        "Build",
        order=order,
        ProjectName=name.lower(),
        PrimarySource=inputs[0],
        EnvironmentVariables=json.dumps(variables),
        inputArtifacts=list(inputs),
        **more,
    )


def test_builds_get_artifacts_and_variables_and_hand_them_on(shop: Shop) -> None:
    version = shop.put(a="1")
    project(shop, "build", SPEC)
    project(shop, "second", SECOND)
    execution = shop.create(
        stage(
            "Build",
            build("Build", 1, "Source", outputArtifacts=["Built"], namespace="Build"),
            build("Second", 2, "Source", "Built"),
        )
    )
    shop.ended(execution, "Failed")
    made = shop.actions(execution)
    assert made["Build"]["output"]["outputVariables"] == {"RELEASE": f"r-{version}"}
    result = made["Build"]["output"]["executionResult"]
    assert result["externalExecutionId"].startswith("build:")
    assert result["externalExecutionId"] in result["externalExecutionUrl"]
    said = shop.error(execution, "Second")
    assert said.startswith("Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXEC")
    assert "cat no-such-file" in said


def test_a_change_lets_the_build_that_runs_finish_and_starts_nothing_after_it(
    shop: Shop, tmp_path: Path
) -> None:
    shop.put(a="1")
    begun, go = tmp_path / "begun", tmp_path / "go"
    wait = f"touch {begun}; until test -e {go}; do sleep 0.05; done"
    project(shop, "build", f"version: 0.2\nphases: {{build: {{commands: ['{wait}']}}}}\n")
    stages = stage("Build", build("Build", 1, "Source"), approval(runOrder=2))
    execution = shop.create(stages)
    shop.cloud.until(begun.exists)
    shop.api.update_pipeline(pipeline=declared(stages))
    assert shop.get(execution)["status"] == "InProgress"
    go.touch()
    shop.ended(execution, "Cancelled")
    made = shop.actions(execution)
    assert {name: one["status"] for name, one in made.items()} == {
        "Source": "Succeeded",
        "Build": "Succeeded",
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "work")


def from_connection(connection: str, **more: str) -> dict[str, Any]:
    return action(
        "CodeStarSourceConnection",
        "Source",
        "Source",
        ConnectionArn=connection,
        FullRepositoryId="me/shop",
        BranchName="main",
        outputArtifacts=["Source"],
        namespace="Source",
        **more,
    )


def test_a_push_through_a_connection_starts_its_pipelines(shop: Shop, checkout: Checkout) -> None:
    made = shop.cloud.client("codeconnections").create_connection(
        ConnectionName="shop", ProviderType="GitHub"
    )
    connection = made["ConnectionArn"]
    stages = [
        stage("Source", from_connection(connection)),
        stage("Approve", approval(CustomData="#{Source.CommitMessage}")),
    ]
    first = shop.create(stages=stages)
    shop.ended(first, "Failed")
    assert "is not in AVAILABLE state: it is PENDING" in shop.error(first, "Source")
    control(shop.cloud, "connections", {"arn": connection})
    url = control(shop.cloud, "repositories", {"name": "me/shop"})["url"]
    empty = shop.start()
    shop.ended(empty, "Failed")
    said = "[GitHub] No Branch [main] found for FullRepositoryName [me/shop]"
    assert shop.error(empty, "Source") == said
    commit = checkout.commit("Sell more", app_py="print()")
    checkout.git("push", "--quiet", url, "main")
    pushed = shop.cloud.until(shop.newest, lambda one: one["pipelineExecutionId"] != empty)
    assert pushed["trigger"]["triggerType"] == "Webhook"
    shop.asked(pushed["pipelineExecutionId"])
    found = shop.actions(pushed["pipelineExecutionId"])
    assert found["Approve"]["input"]["resolvedConfiguration"] == {"CustomData": "Sell more"}
    assert found["Source"]["output"]["outputVariables"]["CommitId"] == commit


def test_a_push_to_codecommit_starts_a_pipeline_by_its_rule(shop: Shop, checkout: Checkout) -> None:
    url = shop.cloud.client("codecommit").create_repository(repositoryName="shop")[
        "repositoryMetadata"
    ]["cloneUrlHttp"]
    given = action(
        "CodeCommit",
        "Source",
        "Source",
        RepositoryName="shop",
        BranchName="main",
        outputArtifacts=["Source"],
        namespace="Source",
    )
    approve = approval(CustomData="#{Source.CommitId} #{Source.AuthorDate}")
    first = shop.create(stages=[stage("Source", given), stage("Approve", approve)])
    shop.ended(first, "Failed")
    assert "The branch main of the repository shop: " in shop.error(first, "Source")
    events = shop.cloud.client("events")
    pattern = {"source": ["aws.codecommit"], "detail": {"referenceName": ["main"]}}
    events.put_rule(Name="push", EventPattern=json.dumps(pattern))
    arn = f"arn:aws:codepipeline:us-east-1:{TOOLS}:shop"
    events.put_targets(Rule="push", Targets=[{"Id": "1", "Arn": arn, "RoleArn": role("starter")}])
    commit = checkout.commit(app_py="print()")
    checkout.git("push", "--quiet", url, "main")
    pushed = shop.cloud.until(shop.newest, lambda one: one["pipelineExecutionId"] != first)
    execution = pushed["pipelineExecutionId"]
    shop.asked(execution)
    found = shop.actions(execution)
    asked = found["Approve"]["input"]["resolvedConfiguration"]["CustomData"]
    assert asked.startswith(f"{commit} 20")
    where = found["Source"]["output"]["outputArtifacts"][0]["s3location"]
    content = shop.s3.get_object(Bucket="store", Key=where["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert files.read("app.py") == b"print()"
