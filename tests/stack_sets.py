"""Stack sets of the local cloud, and short forms for tests of them."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

ADMIN = "111111111111"
MEMBER = "222222222222"
ADMINISTRATION_ROLE = f"arn:aws:iam::{ADMIN}:role/shop-administration"
EXECUTION_ROLE = "shop-execution"
REGIONS = ["us-east-1", "eu-central-1", "ap-south-1"]

TEMPLATE = """
Parameters:
  Size: {Type: String, Default: small}
  Color: {Type: String, Default: red}
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/setting, Type: String, Value: !Sub "${Size} ${Color}"}
"""


@dataclass(frozen=True)
class Sets:
    """The stack sets of the administrator account, and short forms for tests."""

    cloud: Any
    client: Any

    def create(self, template: str = TEMPLATE, **options: Any) -> None:
        self.client.create_stack_set(
            StackSetName="shop",
            TemplateBody=template,
            AdministrationRoleARN=ADMINISTRATION_ROLE,
            ExecutionRoleName=EXECUTION_ROLE,
            **options,
        )

    def update(self, **options: Any) -> dict[str, Any]:
        started = self.client.update_stack_set(
            StackSetName="shop",
            AdministrationRoleARN=ADMINISTRATION_ROLE,
            ExecutionRoleName=EXECUTION_ROLE,
            **({} if "TemplateBody" in options else {"UsePreviousTemplate": True}),
            **options,
        )
        return self.wait(started["OperationId"])

    def start_instances(
        self, accounts: list[str], regions: list[str], action: str = "create", **options: Any
    ) -> str:
        call = getattr(self.client, f"{action}_stack_instances")
        started = call(StackSetName="shop", Accounts=accounts, Regions=regions, **options)
        operation_id: str = started["OperationId"]
        return operation_id

    def instances(
        self, accounts: list[str], regions: list[str], action: str = "create", **options: Any
    ) -> dict[str, Any]:
        return self.wait(self.start_instances(accounts, regions, action, **options))

    def wait(self, operation_id: str) -> dict[str, Any]:
        def look() -> Any:
            return self.client.describe_stack_set_operation(
                StackSetName="shop", OperationId=operation_id
            )["StackSetOperation"]

        ended = ("SUCCEEDED", "FAILED", "STOPPED")
        operation: dict[str, Any] = self.cloud.until(look, lambda one: one["Status"] in ended)
        return operation

    def results(self, operation: dict[str, Any]) -> dict[tuple[str, str], str]:
        found = self.client.list_stack_set_operation_results(
            StackSetName="shop", OperationId=operation["OperationId"]
        )["Summaries"]
        return {(one["Account"], one["Region"]): one["Status"] for one in found}

    def reason(self, operation: dict[str, Any]) -> str:
        found = self.client.list_stack_set_operation_results(
            StackSetName="shop", OperationId=operation["OperationId"]
        )["Summaries"]
        return next(one["StatusReason"] for one in found if one["Status"] == "FAILED")

    def statuses(self) -> dict[tuple[str, str], tuple[str, str]]:
        found = self.client.list_stack_instances(StackSetName="shop")["Summaries"]
        return {
            (one["Account"], one["Region"]): (
                one["Status"],
                one["StackInstanceStatus"]["DetailedStatus"],
            )
            for one in found
        }

    def setting(self, account: str, region: str) -> str:
        ssm = self.cloud.client("ssm", account, region)
        value: str = ssm.get_parameter(Name="/shop/setting")["Parameter"]["Value"]
        return value


def make_roles(cloud: Any, accounts: tuple[str, ...] = (ADMIN, MEMBER)) -> None:
    def trust(principal: dict[str, str]) -> str:
        allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [allow]})

    cloud.client("iam", ADMIN).create_role(
        RoleName="shop-administration",
        AssumeRolePolicyDocument=trust({"Service": "cloudformation.amazonaws.com"}),
    )
    for account in accounts:
        cloud.client("iam", account).create_role(
            RoleName=EXECUTION_ROLE, AssumeRolePolicyDocument=trust({"AWS": ADMINISTRATION_ROLE})
        )


def given(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


SLOW = """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Handle, Timeout: "20"}
"""


def signal_when_waiting(sets: Sets, account: str, region: str) -> None:
    """Let a member stack of SLOW go on."""
    cloudformation = sets.cloud.client("cloudformation", account, region)

    def waiting() -> Any:
        for stack in cloudformation.describe_stacks()["Stacks"]:
            resources = cloudformation.describe_stack_resources(StackName=stack["StackName"])
            for one in resources["StackResources"]:
                if one["LogicalResourceId"] == "Handle" and one.get("PhysicalResourceId"):
                    return one["PhysicalResourceId"]
        return None

    url = sets.cloud.until(waiting)
    body = json.dumps({"Status": "SUCCESS", "Reason": "", "UniqueId": "1", "Data": ""}).encode()
    # A signal is signed without a content type.
    headers = {"content-type": ""}
    signal = urllib.request.Request(url, data=body, method="PUT", headers=headers)
    urllib.request.urlopen(signal).close()
