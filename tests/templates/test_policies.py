"""Who may do what: roles, keys, buckets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from templates.rendered import VARIANTS, Template, listed, resolve, units_of

from generator.access.execution import OF_CLOUDFORMATION
from generator.access.former import FORMER_TYPES
from generator.access.omissions import omission_of
from generator.config.names import ROLE_PURPOSES, ROLE_SUFFIXES, added_functions, too_long
from generator.lint import needs_of
from generator.units import UNITS, Kind

pytestmark = pytest.mark.unit

REFERENCE = json.loads(
    (Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json").read_text()
)
"""The service authorization reference, as cfn-lint carries it."""
DATASETS = "its only resource, `dataset`, is of another feature"
ON_ALL_ANYWAY = {"cloudwatch:GetMetricData": DATASETS, "cloudwatch:PutMetricData": DATASETS}
"""Actions that know a resource and yet stand on `*`, with the reason."""
SEND_NO_SOURCE = {"apigateway.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com"}
"""Services that document no source when they assume a log, a function's or a replication's role."""
STATEFUL = {
    "AWS::CodeCommit::Repository",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
}
INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role, white space not counted.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
MANAGED_LIMIT = 6_144
TRUST_LIMIT = 2_048
WORST = {
    "AWS::AccountId": "111111111111",
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-1",
    "AWS::URLSuffix": "amazonaws.com",
    "PrimaryRegion": "ap-northeast-1",
    "ToolsAccount": "111111111111",
}


def test_only_actions_without_resources_stand_on_all(template: Template) -> None:
    for role, statement in template.statements():
        if statement["Effect"] == "Allow" and "*" in listed(statement["Resource"]):
            known = {action for action in listed(statement["Action"]) if knows_resources(action)}
            assert known <= ON_ALL_ANYWAY.keys(), role


def test_what_stands_on_a_resource_can_be_granted_on_one() -> None:
    for variant in ("dev", "prod"):
        for role, statement in units_of(variant)["roles"].statements():
            if statement["Effect"] == "Allow" and "*" not in listed(statement["Resource"]):
                for action in listed(statement["Action"]):
                    assert "*" in action or knows_resources(action), f"{role}: {action}"


def test_actions_are_named(template: Template) -> None:
    documented = {"kms:GenerateDataKey*", "kms:ReEncrypt*"}
    for role, statement in template.statements():
        if statement["Effect"] == "Allow":
            assert not statement.keys() & {"NotAction", "NotResource"}, role
            wild = {action for action in listed(statement["Action"]) if "*" in action}
            assert wild <= documented, role


def test_roles_are_handed_to_named_services_only(template: Template) -> None:
    for role, statement in template.statements():
        if statement["Effect"] == "Allow" and "iam:PassRole" in listed(statement["Action"]):
            assert listed(statement["Action"]) == ["iam:PassRole"], role
            assert statement["Condition"]["StringEquals"]["iam:PassedToService"], role
            assert all(":role/${Project}" in r["Fn::Sub"] for r in listed(statement["Resource"]))


def test_services_assume_roles_for_this_account_only(template: Template) -> None:
    for id_, role in template.of_type("AWS::IAM::Role").items():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            services = listed(statement["Principal"].get("Service", []))
            if services and not set(services) & SEND_NO_SOURCE:
                condition = json.dumps(statement["Condition"])
                assert "aws:Source" in condition, id_
                assert "AWS::AccountId" in condition, id_


def test_role_policies_fit_the_quota(template: Template) -> None:
    values = WORST | {
        "Project": template.config.project,
        "Environment": template.config.environment,
        "Regions": template.config.regions.artifacts,
        "TargetAccounts": template.view.accounts,
    }
    for id_, role in template.of_type("AWS::IAM::Role").items():
        documents = [policy["PolicyDocument"] for policy in role.get("Policies", ())]
        assert sum(_size(document, values) for document in documents) <= INLINE_LIMIT, id_
        assert _size(role["AssumeRolePolicyDocument"], values) <= TRUST_LIMIT, id_
        assert len(role.get("ManagedPolicyArns", ())) <= 10, id_
    for id_, policy in template.of_type("AWS::IAM::ManagedPolicy").items():
        assert _size(policy["PolicyDocument"], values) <= MANAGED_LIMIT, id_


def test_role_names_are_those_that_the_configuration_is_checked_for(template: Template) -> None:
    prefix, region = "${Project}-${Environment}", "-${AWS::Region}"
    known = {f"{prefix}{suffix}{region}" for suffix in ROLE_SUFFIXES}
    known |= {f"{prefix}-{purpose}" for purpose in ROLE_PURPOSES}
    functions = [*template.config.functions, *added_functions(template.config)]
    known |= {f"{prefix}-{name}{region}" for name in functions}
    assert {r["RoleName"]["Fn::Sub"] for r in template.of_type("AWS::IAM::Role").values()} <= known


def test_the_configurations_pass_their_own_checks(template: Template) -> None:
    assert too_long(template.config) == []


def test_key_policies_name_their_actions(template: Template) -> None:
    for id_, key in template.of_type("AWS::KMS::Key").items():
        assert key["EnableKeyRotation"] is True
        statements = key["KeyPolicy"]["Statement"]
        actions = [set(listed(statement["Action"])) for statement in statements]
        assert not any("kms:*" in each for each in actions), id_
        keeps = [each for each in actions if "kms:PutKeyPolicy" in each]
        assert len(keeps) == 1, f"{id_} would lock everybody out"
        assert not keeps[0] & {"kms:Decrypt", "kms:Encrypt"}, f"{id_}: administrators only manage"
        for statement in statements:
            service = statement["Principal"].get("Service")
            # EventBridge sends no source: a condition would drop its messages.
            if service and service != "events.amazonaws.com":
                assert statement.get("Condition"), f"{id_}: {statement['Sid']}"


def test_data_outlives_its_stack(template: Template) -> None:
    for id_, resource in template.body["Resources"].items():
        if resource["Type"] in STATEFUL:
            assert resource["UpdateReplacePolicy"] == "Retain", id_
            assert resource["DeletionPolicy"] in ("Retain", "RetainExceptOnCreate"), id_


def test_buckets_are_closed(template: Template) -> None:
    policies = {
        p["Bucket"]["Ref"]: p["PolicyDocument"]["Statement"]
        for p in template.of_type("AWS::S3::BucketPolicy").values()
    }
    for id_, bucket in template.of_type("AWS::S3::Bucket").items():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert rule["BucketKeyEnabled"] is True
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        sids = {statement["Sid"]: statement for statement in policies[id_]}
        assert sids["OnlyTls"]["Effect"] == "Deny"
        assert len(sids["OnlyTls"]["Resource"]) == 2
        # An upload that names no encryption gets the bucket's own, and must get through.
        assert sids["OnlyKms"]["Condition"]["Null"] == {"s3:x-amz-server-side-encryption": False}


def test_everything_that_can_be_is_encrypted_under_our_keys(template: Template) -> None:
    properties = {
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::SQS::Queue": "KmsMasterKeyId",
        "AWS::CodeBuild::Project": "EncryptionKey",
        "AWS::Lambda::Function": "KmsKeyArn",
    }
    for kind, name in properties.items():
        for id_, resource in template.of_type(kind).items():
            assert isinstance(resource[name], dict), id_


def test_suppressions_say_why(template: Template) -> None:
    for id_, resource in template.body["Resources"].items():
        if (lint := resource.get("Metadata", {}).get("cfn-lint")) is not None:
            assert lint["reason"], id_
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", ()):
            assert skip["comment"], id_


def test_the_execution_role_trusts_the_administration_role_alone() -> None:
    for unit in ("roles", "execution-role"):
        role = units_of("dev")[unit].of_type("AWS::IAM::Role")["ExecutionRole"]
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        principal = json.dumps(statement["Principal"])
        assert "Administration" in principal
        assert "root" not in principal


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_execution_role_can_make_what_the_stack_sets_hold(variant: str) -> None:
    """Every permission that the handlers of the types name is granted, or left out for a reason."""
    units = units_of(variant)
    granted = {
        action
        for _, statement in units["roles"].statements()
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    for resource in resources_of_stack_sets(units):
        if resource["Type"] in OF_CLOUDFORMATION:
            continue
        needs = needs_of(resource["Type"])
        assert needs is not None
        for action in needs.lifecycle - granted:
            assert omission_of(resource["Type"], action, resource["Properties"]), action


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_template_holds_can_be_deleted_when_it_holds_it_no_more(variant: str) -> None:
    kinds = {resource["Type"] for resource in resources_of_stack_sets(units_of(variant))}
    assert kinds - OF_CLOUDFORMATION <= set(FORMER_TYPES), "add it to generator/access/former.py"


def resources_of_stack_sets(units: dict[str, Template]) -> list[dict[str, Any]]:
    return [
        resource
        for unit in UNITS
        if unit.kind is Kind.STACK_SET and unit.name in units
        for resource in units[unit.name].body["Resources"].values()
    ]


def knows_resources(action: str) -> bool:
    service, name = action.lower().split(":")
    return bool(REFERENCE[service]["Actions"][name].get("Resources"))


def test_the_administration_role_admits_opt_in_regions() -> None:
    role = units_of("elsewhere")["roles"].of_type("AWS::IAM::Role")["AdministrationRole"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"]["Service"] == [
        "cloudformation.amazonaws.com",
        "cloudformation.ap-east-1.amazonaws.com",
    ]


def _size(document: Any, values: dict[str, Any]) -> int:
    return len(json.dumps(resolve(document, values), separators=(",", ":")))
