"""Before anything is made, everything that would stop it half-way is told at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from builds import HOME, TOOLS, unit, write_build
from click.testing import CliRunner, Result
from fakeaws import Answer, FakeCloud, refusal
from rich.console import Console

from generator.build.manifest import Manifest
from generator.cli.common import ignore_option
from generator.errors import UsageError
from generator.preflight import (
    CODES,
    Changes,
    Finding,
    ignored_codes,
    preflight,
)
from generator.preflight import (
    refusal as refused,
)
from generator.report.preflight import show_findings
from generator.units import Kind, Pair

pytestmark = pytest.mark.unit

AWAY = "af-south-1"
PAIRS: tuple[Pair, ...] = ((TOOLS, HOME), (TOOLS, AWAY))
SERVICE = unit("service", Kind.STACK_SET, PAIRS, needs_code=True)
NAMED = {
    "AWS::ApiGateway::DomainName": "DomainName",
    "AWS::ApiGatewayV2::DomainName": "DomainName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CodeBuild::Project": "Name",
    "AWS::CodeCommit::Repository": "RepositoryName",
    "AWS::CodeDeploy::Application": "ApplicationName",
    "AWS::CodePipeline::Pipeline": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::WAFv2::WebACL": "Name",
}
TEMPLATE = """\
Parameters: {Project: {Type: String}, Environment: {Type: String}}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${Project}-${AWS::AccountId}-${AWS::Region}"}
  Busy:
    Type: AWS::Lambda::Function
    Properties: {ReservedConcurrentExecutions: 100}
  Policy: {Type: AWS::IAM::ManagedPolicy}
  RestApi: {Type: AWS::ApiGateway::RestApi}
  HttpApi: {Type: AWS::ApiGatewayV2::Api}
  Network: {Type: AWS::EC2::VPC}
  LogPolicy: {Type: AWS::Logs::ResourcePolicy}
  Record:
    Type: AWS::Route53::RecordSet
    Properties:
      {HostedZoneId: Z1, Name: api.shop.example.com, Type: A, SetIdentifier: !Ref AWS::Region}
""" + "".join(
    f"  Named{n}:\n    Type: {type_name}\n"
    f'    Properties: {{{name}: !Sub "${{Project}}-{n}-${{AWS::Region}}"}}\n'
    for n, (type_name, name) in enumerate(NAMED.items())
)
MISSING = refusal("ResourceNotFoundException")
OURS = ("ns-1.example.net.", "ns-2.example.net.")


def regions(**statuses: str) -> Answer:
    known = {HOME: "opt-in-not-required", AWAY: "opted-in", **statuses}
    return {"Regions": [{"RegionName": r, "OptInStatus": s} for r, s in known.items()]}


def trust(*services: str) -> Answer:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}}
    return {"Role": {"AssumeRolePolicyDocument": {"Statement": [statement]}}}


def summary(**entries: int) -> Answer:
    known = {"Roles": 5, "RolesQuota": 1000, "Policies": 5, "PoliciesQuota": 1500}
    return {"SummaryMap": known | entries}


def quotas(**values: int) -> Callable[..., dict[str, Any]]:
    """Answer 100 for every quota but the named ones (L_… for L-…)."""

    def answer(**asked: str) -> dict[str, Any]:
        return {"Quota": {"Value": values.get(asked["QuotaCode"].replace("-", "_"), 100)}}

    return answer


def parent_zone(*servers: str) -> dict[str, Answer]:
    values = [{"Value": server} for server in servers]
    record = {"Name": "shop.example.com.", "Type": "NS", "ResourceRecords": values}
    return {
        "route53.list_hosted_zones_by_name": {
            "HostedZones": [{"Id": "/hostedzone/Z0", "Name": "example.com."}]
        },
        "route53.list_resource_record_sets": {"ResourceRecordSets": [record]},
    }


def beside(type_: str, identifier: str = "") -> dict[str, Answer]:
    """A zone that has a record of the API's name, and no zone above it."""
    record = {"Name": "api.shop.example.com.", "Type": type_, "SetIdentifier": identifier}
    return {
        "route53.list_hosted_zones_by_name": {"HostedZones": []},
        "route53.list_resource_record_sets": {"ResourceRecordSets": [record]},
    }


def hosted_zone(name: str, *, private: bool = False) -> Answer:
    return {
        "HostedZone": {"Name": name, "Config": {"PrivateZone": private}},
        "DelegationSet": {"NameServers": list(OURS)},
    }


GOOD: dict[str, Answer] = {
    "ec2.describe_regions": regions(),
    "ec2.describe_vpcs": {"Vpcs": [{}]},
    "iam.get_role": trust("cloudformation.amazonaws.com", f"cloudformation.{AWAY}.amazonaws.com"),
    "iam.get_account_summary": summary(),
    "iam.list_roles": {"Roles": []},
    "s3.head_bucket": refusal("404"),
    "s3.list_buckets": {"Buckets": []},
    "cloudformation.list_stacks": {
        "StackSummaries": [{"StackStatus": "CREATE_COMPLETE"}, {"StackStatus": "DELETE_COMPLETE"}]
    },
    "cloudformation.list_stack_sets": {"Summaries": [{"StackSetName": "other"}]},
    "cloudformation.describe_stack_resources": refusal(
        "ValidationError", "Stack for it does not exist"
    ),
    "service-quotas.get_service_quota": quotas(),
    "lambda.get_account_settings": {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}},
    "lambda.get_function_configuration": MISSING,
    "apigateway.get_rest_apis": {"items": []},
    "apigatewayv2.get_apis": {"Items": []},
    "apigateway.get_domain_name": refusal("NotFoundException"),
    "apigatewayv2.get_domain_name": refusal("NotFoundException"),
    "logs.describe_resource_policies": {"resourcePolicies": []},
    "logs.describe_log_groups": {"logGroups": [{"logGroupName": "shop-14-us-east-1-more"}]},
    "route53.get_hosted_zone": hosted_zone("shop.example.com."),
    **parent_zone(*OURS),
    "cloudwatch.describe_alarms": {"MetricAlarms": []},
    "codebuild.batch_get_projects": {"projects": []},
    "codecommit.get_repository": refusal("RepositoryDoesNotExistException"),
    "codedeploy.get_application": refusal("ApplicationDoesNotExistException"),
    "codepipeline.get_pipeline": refusal("PipelineNotFoundException"),
    "dynamodb.describe_table": MISSING,
    "events.describe_event_bus": MISSING,
    "events.list_rules": {"Rules": []},
    "kms.list_aliases": {"Aliases": []},
    "firehose.describe_delivery_stream": MISSING,
    "sns.list_topics": {"Topics": []},
    "sqs.list_queues": {},
    "secretsmanager.describe_secret": MISSING,
    "wafv2.list_web_acls": {"WebACLs": []},
}
NEW = Changes(created={"service": PAIRS})


@pytest.fixture
def build(tmp_path: Path) -> Manifest:
    return write_build(tmp_path, [(SERVICE, TEMPLATE)], packages={"orders": b"zip"})


def look(
    build: Manifest, folder: Path, answers: dict[str, Answer], *,
    changes: Changes = NEW, ignore: frozenset[str] = frozenset(), unreachable: str = "",
) -> list[Finding]:  # fmt: skip
    cloud: Any = FakeCloud(answers)
    cloud.unreachable = {unreachable}
    return preflight(build, folder, cloud, changes=changes, ignore=ignore)


def test_a_deployment_that_will_do_has_no_findings(build: Manifest, tmp_path: Path) -> None:
    assert look(build, tmp_path, GOOD) == []


FOUND: list[tuple[str, dict[str, Answer], str]] = [
    ("P102", {"ec2.describe_regions": regions(**{AWAY: "not-opted-in"})},
     "region af-south-1 is not enabled in account 111111111111"),
    ("P103", {"iam.get_role": trust("cloudformation.amazonaws.com")},
     "does not trust cloudformation.af-south-1.amazonaws.com"),
    ("P201", {"s3.head_bucket": refusal("403")},
     "bucket name shop-111111111111-us-east-1 is taken, by another account"),
    ("P201", {"s3.head_bucket": {}},
     "bucket shop-111111111111-us-east-1 exists already, and belongs to no stack there"),
    ("P201", {"s3.head_bucket": refusal("403"),
              "s3.list_buckets": {"Buckets": [{"Name": "shop-111111111111-us-east-1"}]}},
     "bucket shop-111111111111-us-east-1 exists already"),
    ("P401", {"service-quotas.get_service_quota": quotas(L_0485CB21=1)},
     "1 new stacks, but 1 of the quota of 1 are used"),
    ("P402", {"service-quotas.get_service_quota": quotas(L_EC62D81A=1)},
     "1 new StackSets, but 1 of the quota of 1 are used"),
    ("P403", {"service-quotas.get_service_quota": quotas(L_C8225BA5=1)},
     "shop-dev-service: 2 new stack instances, but 0 of the quota of 1 are used"),
    ("P404", {"service-quotas.get_service_quota": quotas(L_6A4B2F69=1)},
     "the largest wave changes 2 stack instances"),
    ("P405", {"iam.get_account_summary": summary(Roles=999)},
     "2 new roles, but 999 of the quota of 1000 are used"),
    ("P406", {"iam.get_account_summary": summary(Policies=1499)},
     "2 new managed policies, but 1499 of the quota of 1500 are used"),
    ("P407", {"lambda.get_account_settings":
              {"AccountLimit": {"UnreservedConcurrentExecutions": 199}}},
     "new functions reserve 100 executions, but of the 199 that are left 100 stay unreserved"),
    ("P408", {"service-quotas.get_service_quota": quotas(L_AA0FF27B=0)},
     "1 new REST APIs, but 0 of the quota of 0 are used"),
    ("P409", {"service-quotas.get_service_quota": quotas(L_F678F1CE=1)},
     "1 new VPCs, but 1 of the quota of 1 are used"),
    ("P410", {"logs.describe_resource_policies": {"resourcePolicies": [{}] * 10}},
     "1 new resource policies of CloudWatch Logs, but 10 of the quota of 10 are used"),
    ("P411", {"service-quotas.get_service_quota": quotas(L_DC2B2D3D=1)},
     "2 new buckets, but 0 of the quota of 1 are used"),
    ("P501", {"route53.get_hosted_zone": refusal("NoSuchHostedZone")},
     "account 111111111111 has no hosted zone Z1, in which api.shop.example.com is to be"),
    ("P501", {"route53.get_hosted_zone": hosted_zone("other.example.org.")},
     "hosted zone Z1 is of other.example.org, which api.shop.example.com is no part of"),
    ("P501", {"route53.get_hosted_zone": hosted_zone("shop.example.com.", private=True)},
     "hosted zone Z1 is private"),
    ("P502", parent_zone("ns-9.example.net."),
     "zone example.com of account 111111111111 names other servers for shop.example.com"),
    ("P503", beside("A"), "zone Z1 has a record A api.shop.example.com already"),
    ("P503", beside("CNAME"), "zone Z1 has a record CNAME api.shop.example.com already"),
    ("P503", beside("A", HOME), "zone Z1 has a record A api.shop.example.com (us-east-1) already"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "answers", "words"), FOUND, ids=[row[2][:50] for row in FOUND])
def test_what_would_go_wrong_is_found(
    build: Manifest, tmp_path: Path, code: str, answers: dict[str, Answer], words: str
) -> None:
    found = look(build, tmp_path, GOOD | answers)
    assert {finding.code for finding in found} == {code}
    assert any(words in finding.problem.message for finding in found)
    assert all(finding.problem.hint for finding in found)
    assert {finding.blocking for finding in found} == {code not in {"P404", "P502"}}


TAKEN: dict[str, dict[str, Answer]] = {
    "AWS::ApiGateway::DomainName": {"apigateway.get_domain_name": {}},
    "AWS::ApiGatewayV2::DomainName": {"apigatewayv2.get_domain_name": {}},
    "AWS::CloudWatch::Alarm": {
        "cloudwatch.describe_alarms": {"MetricAlarms": [{"AlarmName": "N"}]}
    },
    "AWS::CodeBuild::Project": {"codebuild.batch_get_projects": {"projects": [{"name": "N"}]}},
    "AWS::CodeCommit::Repository": {
        "codecommit.get_repository": {"repositoryMetadata": {"repositoryId": "1-2-3"}}
    },
    "AWS::CodeDeploy::Application": {"codedeploy.get_application": {}},
    "AWS::CodePipeline::Pipeline": {"codepipeline.get_pipeline": {}},
    "AWS::DynamoDB::Table": {"dynamodb.describe_table": {}},
    "AWS::Events::EventBus": {"events.describe_event_bus": {}},
    "AWS::Events::Rule": {"events.list_rules": {"Rules": [{"Name": "N"}]}},
    "AWS::IAM::Role": {"iam.list_roles": {"Roles": [{"RoleName": "N"}]}},
    "AWS::KMS::Alias": {"kms.list_aliases": {"Aliases": [{"AliasName": "N"}]}},
    "AWS::KinesisFirehose::DeliveryStream": {"firehose.describe_delivery_stream": {}},
    "AWS::Lambda::Function": {"lambda.get_function_configuration": {}},
    "AWS::Logs::LogGroup": {"logs.describe_log_groups": {"logGroups": [{"logGroupName": "N"}]}},
    "AWS::SNS::Topic": {"sns.list_topics": {"Topics": [{"TopicArn": "arn:aws:sns:x:1:N"}]}},
    "AWS::SQS::Queue": {"sqs.list_queues": {"QueueUrls": ["https://sqs/1/N"]}},
    "AWS::SecretsManager::Secret": {
        "secretsmanager.describe_secret": {"ARN": "arn:N-x", "DeletedDate": 1}
    },
    "AWS::WAFv2::WebACL": {"wafv2.list_web_acls": {"WebACLs": [{"Name": "N"}]}},
}


def with_name(answer: Any, name: str) -> Any:
    """Put a name in place of N."""
    if isinstance(answer, dict):
        return {key: with_name(value, name) for key, value in answer.items()}
    if isinstance(answer, list):
        return [with_name(value, name) for value in answer]
    return answer.replace("N", name) if isinstance(answer, str) else answer


@pytest.mark.parametrize("type_name", NAMED)
def test_a_name_that_somebody_has_is_found_at_its_line(
    build: Manifest, tmp_path: Path, type_name: str
) -> None:
    number = list(NAMED).index(type_name)
    answers = with_name(TAKEN[type_name], f"shop-{number}-{HOME}")
    found = look(build, tmp_path, GOOD | answers)
    assert {finding.code for finding in found} == {"P202"}
    problem = next(f.problem for f in found if f" {HOME}:" in f.problem.message)
    assert f"shop-{number}-{HOME} exists already" in problem.message
    assert TEMPLATE.splitlines()[(problem.line or 0) - 1] == f"  Named{number}:"
    assert problem.file == "templates/service.yaml.j2"


def test_whose_it_is_is_told(build: Manifest, tmp_path: Path) -> None:
    role = f"shop-10-{HOME}"
    answers = {
        "iam.list_roles": {"Roles": [{"RoleName": role}]},
        "cloudformation.describe_stack_resources": {
            "StackResources": [
                {"PhysicalResourceId": role, "ResourceType": other, "StackName": stack}
                for other, stack in (("AWS::SNS::Topic", "no"), ("AWS::IAM::Role", "theirs"))
            ]
        },
    }
    [found] = look(build, tmp_path, GOOD | answers)
    assert found.problem.message.endswith("exists already, and belongs to stack theirs")


def test_what_the_stack_itself_made_is_no_collision(build: Manifest, tmp_path: Path) -> None:
    role = f"shop-10-{HOME}"
    answers = {
        "iam.list_roles": {"Roles": [{"RoleName": role}]},
        "cloudformation.describe_stack_resources": {
            "StackResources": [
                {
                    "PhysicalResourceId": role,
                    "ResourceType": "AWS::IAM::Role",
                    "StackName": "StackSet-shop-dev-service-1a2b",
                }
            ]
        },
    }
    assert look(build, tmp_path, GOOD | answers) == []


def test_of_a_stack_that_is_updated_only_what_is_new_is_looked_for(
    build: Manifest, tmp_path: Path
) -> None:
    there = ["Bucket", "Network", *(f"Named{n}" for n in range(len(NAMED)))]
    answers: dict[str, Answer] = {
        "s3.head_bucket": {},
        "dynamodb.describe_table": {},
        "service-quotas.get_service_quota": quotas(L_F678F1CE=0, L_AA0FF27B=0),
        "cloudformation.list_stack_instances": {
            "Summaries": [
                {"Account": a, "Region": r, "Status": "CURRENT", "StackId": f"arn:{r}"}
                for a, r in PAIRS
            ]
        },
        "cloudformation.list_stack_resources": {
            "StackResourceSummaries": [
                {"LogicalResourceId": one, "ResourceStatus": "CREATE_COMPLETE"} for one in there
            ]
        },
    }
    found = look(build, tmp_path, GOOD | answers, changes=Changes(updated={"service": PAIRS}))
    assert {finding.code for finding in found} == {"P408"}


def test_a_record_of_another_region_or_type_may_be_beside(build: Manifest, tmp_path: Path) -> None:
    assert look(build, tmp_path, GOOD | beside("A", "eu-west-1")) == []
    assert look(build, tmp_path, GOOD | beside("TXT")) == []


def test_code_is_missing_only_where_the_build_has_lost_it(build: Manifest, tmp_path: Path) -> None:
    answers = GOOD | {"s3.head_object": refusal("404")}
    assert look(build, tmp_path, answers) == []
    (tmp_path / build.functions[0].file).unlink()
    found = look(build, tmp_path, answers)
    assert [(f.code, str(f.problem.file)) for f in found] == [
        ("P601", "build/dev/packages/orders.zip")
    ] * 2
    assert look(build, tmp_path, GOOD | {"s3.head_object": {}}) == []


BLIND = {
    "P102": "ec2.describe_regions",
    "P103": "iam.get_role",
    "P201": "s3.head_bucket",
    "P202": "kms.list_aliases",
    "P401": "cloudformation.list_stacks",
    "P402": "cloudformation.list_stack_sets",
    "P403": "service-quotas.get_service_quota",
    "P404": "service-quotas.get_service_quota",
    "P405": "iam.get_account_summary",
    "P406": "iam.get_account_summary",
    "P407": "lambda.get_account_settings",
    "P408": "apigateway.get_rest_apis",
    "P409": "ec2.describe_vpcs",
    "P410": "logs.describe_resource_policies",
    "P411": "s3.list_buckets",
    "P501": "route53.get_hosted_zone",
    "P502": "route53.list_hosted_zones_by_name",
    "P503": "route53.list_resource_record_sets",
    "P601": "s3.head_object",
}


@pytest.mark.parametrize(("code", "call"), BLIND.items())
def test_what_may_not_be_looked_at_stops_nothing(
    build: Manifest, tmp_path: Path, code: str, call: str
) -> None:
    if code == "P601":
        (tmp_path / build.functions[0].file).unlink()
    denied = refusal("AccessDeniedException", "you are not authorized")
    answers = GOOD | {call: denied}
    if call == "s3.head_bucket":
        answers |= {call: refusal("403"), "s3.list_buckets": denied}
    found = look(build, tmp_path, answers)
    assert not any(finding.stops for finding in found)
    [finding] = [finding for finding in found if finding.code == code]
    assert "could not be looked at in 111111111111" in finding.problem.message
    assert "you are not authorized" in finding.problem.message


def test_an_answer_of_another_shape_stops_nothing(build: Manifest, tmp_path: Path) -> None:
    [found] = look(build, tmp_path, GOOD | {"sns.list_topics": {}})
    assert (found.code, found.stops) == ("P202", False)
    assert "not understood" in found.problem.message


def test_every_check_has_a_case_here() -> None:
    by_others = {"P101", "P301"}
    assert set(BLIND) == set(CODES) - by_others
    assert {row[0] for row in FOUND} | {"P202", "P601"} == set(CODES) - by_others


def test_an_account_that_is_not_reached_is_told_and_not_called(
    build: Manifest, tmp_path: Path
) -> None:
    cloud: Any = FakeCloud(GOOD)
    cloud.unreachable = {TOOLS}
    found = preflight(build, tmp_path, cloud, changes=NEW)
    assert cloud.calls == []
    assert not any(finding.stops for finding in found)
    assert all("is not reached from here" in finding.problem.message for finding in found)


def test_a_region_that_does_not_answer_is_told_once(build: Manifest, tmp_path: Path) -> None:
    refused_there = {f"{call}@{AWAY}": refusal("AuthFailure") for call in GOOD}
    answers = GOOD | refused_there | FOUND[0][1]
    found = look(build, tmp_path, answers)
    assert [finding.code for finding in found] == ["P102"]


def test_everything_is_told_at_once_the_most_serious_first(build: Manifest, tmp_path: Path) -> None:
    answers = {
        "ec2.describe_regions": regions(**{AWAY: "not-opted-in"}),
        "s3.head_bucket": refusal("403"),
        **parent_zone("ns-9.example.net."),
    }
    found = look(build, tmp_path, GOOD | answers)
    assert [finding.code for finding in found] == ["P102", "P201", "P201", "P502"]
    error = refused(found)
    assert error is not None
    assert error.problems[0].message.startswith("P102 region")
    assert "--ignore P102" in (error.problems[0].hint or "")


def test_an_ignored_finding_is_listed_and_stops_nothing(build: Manifest, tmp_path: Path) -> None:
    found = look(build, tmp_path, GOOD | FOUND[0][1], ignore=frozenset({"P102"}))
    assert [(f.code, f.ignored, f.stops) for f in found] == [("P102", True, False)]
    assert refused(found) is None


def test_the_report_shows_warnings_and_what_is_ignored(build: Manifest, tmp_path: Path) -> None:
    answers = GOOD | FOUND[0][1] | parent_zone("ns-9.example.net.")
    found = look(build, tmp_path, answers, ignore=frozenset({"P102"}))
    out = Console(file=StringIO(), width=400)
    show_findings(out, found)
    assert isinstance(out.file, StringIO)
    lines = out.file.getvalue().splitlines()
    assert any(line.startswith("warning: templates/service.yaml.j2:") for line in lines)
    assert any(line.startswith("ignored: P102 region af-south-1") for line in lines)


def test_roles_of_this_deployment_are_trusted_as_their_template_says(tmp_path: Path) -> None:
    roles = unit("roles", Kind.STACK, ((TOOLS, HOME),))
    template = """\
Parameters: {Project: {Type: String}, Environment: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${Project}-${Environment}-StackSetAdministration"
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: cloudformation.amazonaws.com}}]
"""
    small = "Resources: {Api: {Type: AWS::ApiGateway::RestApi}}\n"
    build = write_build(tmp_path, [(roles, template), (SERVICE, small)])
    changes = Changes(created={"roles": roles.pairs, "service": PAIRS})
    found = look(build, tmp_path, GOOD, changes=changes)
    assert [finding.code for finding in found] == ["P103"]
    named = template.replace(
        "cloudformation.amazonaws.com", f"[cloudformation.{AWAY}.amazonaws.com]"
    )
    build = write_build(tmp_path, [(roles, named), (SERVICE, small)])
    assert look(build, tmp_path, GOOD, changes=changes) == []


def test_codes_are_read_from_the_command_line() -> None:
    assert ignored_codes(["p201,P402", "P202"]) == {"P201", "P402", "P202"}


def test_a_code_that_does_not_exist_is_refused_with_the_close_ones() -> None:
    with pytest.raises(UsageError) as refusal_:
        ignored_codes(["P21", "P999", "P101"])
    first, _, pinned = refusal_.value.problems
    assert "there is no such code" in first.message
    assert "P201 (bucket names free)" in (first.hint or "")
    assert "cannot be ignored" in pinned.message


def test_the_option_reads_codes_and_refuses_others() -> None:
    @click.command()
    @ignore_option
    def command(*, ignore: frozenset[str]) -> None:
        click.echo(sorted(ignore))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(command, arguments)

    assert run().output == "[]\n"
    assert run("--ignore", "P201", "--ignore", "p409").output == "['P201', 'P409']\n"
    assert isinstance(run("--ignore", "P2O1").exception, UsageError)


def test_the_manual_lists_every_code_and_no_other() -> None:
    manual = (Path(__file__).parents[2] / "docs/preflight.md").read_text()
    table = manual.partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| P")]
    assert rows == [
        f"| {c.number} | {c.title} | {c.goes_wrong} | {c.to_do} | [AWS]({c.source}) |"
        for c in CODES.values()
    ]


def test_codes_are_numbers_of_three_digits_in_order() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(number[0] == "P" and number[1:].isdigit() and len(number) == 4 for number in CODES)
    assert all(dataclasses.asdict(code)["source"].startswith("https://") for code in CODES.values())
