"""What tests of pipelines share: a shop with roles, buckets and a source, and its pipeline."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import log_lines, stack

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
                Action: cloudformation:DescribeStackSet
                Resource: !Sub "arn:aws:cloudformation:us-east-1:${AWS::AccountId}:stackset/shop:*"
              - {Effect: Allow, Action: cloudformation:CreateStackSet, Resource: "*"}
  Other:
    Type: AWS::IAM::Role
    Properties:
      RoleName: other
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: [lambda.amazonaws.com, codebuild.amazonaws.com]}
            Action: sts:AssumeRole
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
        """Make the pipeline, by default with its source; the execution that this starts."""
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


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def rule(provider: str, **configuration: str) -> dict[str, Any]:
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": provider, "ruleTypeId": kind, "configuration": configuration}


def condition(result: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": [{"result": result, "rules": list(rules)}]}
