"""Every resource type that templates use can be made, changed and deleted here."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.local

TEMPLATE = (Path(__file__).parent.parent / "fixtures" / "localcloud" / "every_type.yaml").read_text(
    encoding="utf-8"
)
ACCOUNT, REGION = "222222222222", "eu-central-1"
RECORDED = {
    "AWS::CE::AnomalyMonitor",
    "AWS::CE::AnomalySubscription",
}
# What Ref answers on AWS, by logical id.
REFS = {
    "Alarm": r"shop-errors",
    "Alias": rf"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-orders:live",
    "Api": r"[a-z0-9]+",
    "Application": r"shop",
    "Archive": rf"shop-archive-{ACCOUNT}-{REGION}",
    "Budget": rf"shop-{REGION}",
    "Bus": r"shop-central",
    "Composite": r"shop-any",
    "Connection": rf"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/[0-9a-f-]{{36}}",
    "CostMonitor": rf"arn:aws:ce::{ACCOUNT}:anomalymonitor/[0-9a-f-]{{36}}",
    "DeploymentGroup": r"orders",
    "EncryptionKey": r"[0-9a-f-]{36}",
    "KeyAlias": rf"alias/shop-{REGION}",
    "LogGroup": r"/shop/orders",
    "ManagedPolicy": rf"arn:aws:iam::{ACCOUNT}:policy/shop-{REGION}",
    "Pipeline": r"shop",
    "Queue": r"http.*/shop-dead",
    "Repository": r"[0-9a-f-]{36}",
    "Role": rf"shop-{REGION}",
    "Secret": rf"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/token-\w{{6}}",
    "Subnet": r"subnet-[0-9a-f]{17}",
    "Topic": rf"arn:aws:sns:{REGION}:{ACCOUNT}:shop-alerts",
    "Version": rf"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-orders:1",
}


def upload(cloud: Any) -> None:
    s3 = cloud.client("s3", ACCOUNT, REGION)
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    for number in (1, 2):
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("app.py", f"def handler(event, context): return {number}")
        s3.put_object(Bucket="code", Key=f"{number}.zip", Body=zipped.getvalue())


def given(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def apply(cloud: Any, action: str, owner: str, **values: str) -> dict[str, Any]:
    cloudformation = cloud.client("cloudformation", ACCOUNT, REGION)
    getattr(cloudformation, f"{action}_stack")(
        StackName="every",
        TemplateBody=TEMPLATE,
        Parameters=given(Bucket="code", **values),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "Owner", "Value": owner}],
    )
    stack = cloud.wait_for_stack("every", account=ACCOUNT, region=REGION)
    assert stack["StackStatus"] == f"{action.upper()}_COMPLETE", events(cloud)
    return physical_ids(cloud)


def events(cloud: Any) -> list[str]:
    cloudformation = cloud.client("cloudformation", ACCOUNT, REGION)
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName="every")
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("FAILED")
    ]


def physical_ids(cloud: Any) -> dict[str, Any]:
    cloudformation = cloud.client("cloudformation", ACCOUNT, REGION)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="every")
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
    }


def test_every_type_is_created_updated_and_deleted(local_cloud: Any) -> None:
    upload(local_cloud)
    created = apply(local_cloud, "create", "me", Key="1.zip")
    wrong = {
        name: created[name] for name, ref in REFS.items() if not re.fullmatch(ref, created[name])
    }
    assert not wrong

    updated = apply(local_cloud, "update", "you", Key="2.zip", Text="second")
    # What can only be replaced is replaced; all else is changed in place.
    assert {name for name in created if created[name] != updated[name]} == {
        "Connection", "Version",
    }  # fmt: skip
    assert tags_of_topic(local_cloud)["Owner"] == "you"

    local_cloud.client("cloudformation", ACCOUNT, REGION).delete_stack(StackName="every")
    deleted = local_cloud.until(
        lambda: local_cloud.client("cloudformation", ACCOUNT, REGION).list_stacks()[
            "StackSummaries"
        ][0],
        lambda stack: not stack["StackStatus"].endswith("IN_PROGRESS"),
    )
    assert deleted["StackStatus"] == "DELETE_COMPLETE"
    assert local_cloud.get("/_localcloud/recorded") == (200, [])
    assert (
        local_cloud.client("budgets", ACCOUNT)
        .describe_budgets(AccountId=ACCOUNT)
        .get("Budgets", [])
        == []
    )


def tags_of_topic(cloud: Any) -> dict[str, str]:
    sns = cloud.client("sns", ACCOUNT, REGION)
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-alerts"
    return {one["Key"]: one["Value"] for one in sns.list_tags_for_resource(ResourceArn=arn)["Tags"]}


def test_what_is_only_recorded_is_reported(local_cloud: Any) -> None:
    upload(local_cloud)
    apply(local_cloud, "create", "me", Key="1.zip")
    _, recorded = local_cloud.get("/_localcloud/recorded")
    assert {one["type"] for one in recorded} == RECORDED
    assert {(one["account"], one["region"], one["stack"]) for one in recorded} == {
        (ACCOUNT, REGION, "every")
    }
    _, kinds = local_cloud.get("/_localcloud/types")
    assert {name for name in types_of_template() if kinds[name] == "recorded"} == RECORDED
    assert types_of_template() - RECORDED == {
        name for name in types_of_template() if kinds[name] == "real"
    }


def types_of_template() -> set[str]:
    return set(re.findall(r"Type: (AWS::\w+::\w+)\n", TEMPLATE + "\n"))


def test_recorded_names_are_taken_once(local_cloud: Any) -> None:
    template = "Resources: {R: {Type: AWS::Synthetics::Group, Properties: {Name: r}}}"
    cloudformation = local_cloud.client("cloudformation")
    for name in ("first", "second"):
        cloudformation.create_stack(StackName=name, TemplateBody=template)
    assert local_cloud.wait_for_stack("first")["StackStatus"] == "CREATE_COMPLETE"
    assert local_cloud.wait_for_stack("second")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already exists" in local_cloud.failures("second")[0]


def test_real_types_are_there_when_asked_for(local_cloud: Any) -> None:
    upload(local_cloud)
    apply(local_cloud, "create", "me", Key="1.zip")

    def client(service: str) -> Any:
        return local_cloud.client(service, ACCOUNT, REGION)

    alarms = client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert [one["Id"] for one in alarms["MetricAlarms"][0]["Metrics"]] == [
        "rate",
        "errors",
        "calls",
    ]
    assert alarms["CompositeAlarms"][0]["AlarmRule"] == "ALARM(shop-errors)"
    assert (
        client("budgets").describe_budgets(AccountId=ACCOUNT)["Budgets"][0]["BudgetType"] == "COST"
    )
    policy = client("events").describe_event_bus(Name="shop-central")["Policy"]
    assert json.loads(policy)["Statement"][0]["Principal"] == {
        "AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]
    }
    rule = client("events").list_targets_by_rule(Rule="shop-forward")["Targets"][0]
    assert rule["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600}
    store = f"shop-store-{ACCOUNT}-{REGION}"
    encryption = client("s3").get_bucket_encryption(Bucket=store)
    rules = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    replication = client("s3").get_bucket_replication(Bucket=store)["ReplicationConfiguration"]
    assert replication["Rules"][0]["ID"] == "archive"
    function = client("lambda").get_function_configuration(FunctionName="shop-orders")
    assert function["MemorySize"] == 512
    assert function["Architectures"] == ["arm64"]
