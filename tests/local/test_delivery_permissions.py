"""Every role of the delivery may do its job in the local cloud, and nothing beside it.

Calls that are allowed are made so that they change nothing: CloudFormation and CodeBuild refuse
them after they were judged. Which role a call passes on is judged by no call here: the templates'
tests see to it.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import as_role, control

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("delivery-permissions")]

TOOLS, OTHER, REGION, PREFIX = "111111111111", "222222222222", "us-east-1", "orders-dev"
CANARY = "us-west-2"
DENIED = {"AccessDenied", "AccessDeniedException", "AccessDeniedFault", "AuthorizationError"}

BUCKET = f"{PREFIX}-artifacts-{TOOLS}-{REGION}"
CANARY_BUCKET = f"{PREFIX}-artifacts-{TOOLS}-{CANARY}"
ARCHIVE = f"{PREFIX}-archive-{TOOLS}-{REGION}"
HANDED_ON = f"{PREFIX}-pipeline/BuildOutp/x"
PACKAGE = "releases/orders/x.zip"
RECORD, ENTRY = "records/x.json", "history/20260101T000000.000Z-x-good.json"
SET, OTHER_SET = f"{PREFIX}-service", f"{PREFIX}-artifacts"
PIPELINE, OTHER_PIPELINE = f"{PREFIX}-pipeline", "another"
FUNCTION, COORDINATOR = f"{PREFIX}-orders", f"{PREFIX}-rollback-coordinator"
EVENTS = f"{PREFIX}-rollback-events"
CURRENT, LAST_GOOD = "/orders/dev/release/current", "/orders/dev/release/last-good"
EXECUTION = f"arn:aws:iam::{TOOLS}:role/{PREFIX}-StackSetExecution"
ADMINISTRATION = f"arn:aws:iam::{TOOLS}:role/{PREFIX}-StackSetAdministration"
VERIFICATION = f"arn:aws:iam::{OTHER}:role/{PREFIX}-Verification"
TOPIC = f"arn:aws:sns:{REGION}:{TOOLS}:{PREFIX}-alerts"
OTHER_TOPIC = f"arn:aws:sns:{REGION}:{TOOLS}:another"

Call = tuple[str, str, dict[str, Any]]


def read(bucket: str, key: str) -> Call:
    return "s3", "get_object", {"Bucket": bucket, "Key": key}


def write(bucket: str, key: str, *, once: bool = False) -> Call:
    """Put an object; `once` says that it must not be there yet."""
    condition = {"IfNoneMatch": "*"} if once else {}
    return "s3", "put_object", {"Bucket": bucket, "Key": key, "Body": b"x", **condition}


def erase(bucket: str, key: str) -> Call:
    return "s3", "delete_object", {"Bucket": bucket, "Key": key}


def list_keys(bucket: str) -> Call:
    return "s3", "list_objects_v2", {"Bucket": bucket}


def on_set(call: str, name: str, **more: Any) -> Call:
    return "cloudformation", call, {"StackSetName": name, **more}


def change_set(call: str, name: str, **more: Any) -> Call:
    """Change a set by preferences that contradict each other, which CloudFormation refuses."""
    both = {"FailureToleranceCount": 1, "FailureTolerancePercentage": 1}
    return on_set(call, name, OperationPreferences=both, **more)


def change_instances(call: str, name: str = SET, **more: Any) -> Call:
    return change_set(call, name, Accounts=[TOOLS], Regions=[REGION], **more)


def update_set(name: str) -> Call:
    return change_set("update_stack_set", name, UsePreviousTemplate=True)


CREATE_SET = ("cloudformation", "create_stack_set", {"StackSetName": "new", "TemplateBody": "{}"})
REMOVE_INSTANCES = change_instances("delete_stack_instances", RetainStacks=True)


def build(project: str) -> Call:
    """Start a build that names no source, which CodeBuild refuses."""
    return "codebuild", "start_build", {"projectName": f"{PREFIX}-{project}"}


def builds(project: str) -> Call:
    return "codebuild", "batch_get_builds", {"ids": [f"{PREFIX}-{project}:x"]}


def run_pipeline(name: str) -> Call:
    return "codepipeline", "start_pipeline_execution", {"name": name, "clientRequestToken": "x"}


def pipeline(call: str, name: str, **more: Any) -> Call:
    key = "pipelineName" if call.endswith("executions") else "name"
    return "codepipeline", call, {key: name, **more}


def parameter(name: str) -> Call:
    return "ssm", "get_parameter", {"Name": name}


def set_parameter(name: str) -> Call:
    return "ssm", "put_parameter", {"Name": name, "Value": "x", "Type": "String", "Overwrite": True}


def of_function(call: str, name: str, **more: Any) -> Call:
    return "lambda", call, {"FunctionName": name, **more}


def assume(role: str) -> Call:
    return "sts", "assume_role", {"RoleArn": role, "RoleSessionName": "test"}


def log(group: str) -> Call:
    return "logs", "create_log_stream", {"logGroupName": group, "logStreamName": "a-stream"}


def queue(call: str, name: str, **more: Any) -> Call:
    return "sqs", call, {"QueueUrl": f"http://localhost/{TOOLS}/{name}", **more}


def tell(topic: str) -> Call:
    return "sns", "publish", {"TopicArn": topic, "Message": "x"}


def with_key(alias: str) -> Call:
    """Use a key as nobody but a service may, whoever calls."""
    return "kms", "generate_data_key", {"KeyId": f"alias/{PREFIX}-{alias}", "KeySpec": "AES_256"}


SECRET = ("secretsmanager", "get_secret_value", {"SecretId": f"{PREFIX}-token"})
PASS_ON = (
    "iam",
    "put_role_policy",
    {"RoleName": f"{PREFIX}-scan-{REGION}", "PolicyName": "x", "PolicyDocument": "{}"},
)
CODE_CHANGE = of_function("update_function_code", FUNCTION, S3Bucket=BUCKET, S3Key=PACKAGE)
ALIAS = {"Name": "live"}
ALIAS_CHANGE = of_function("update_alias", FUNCTION, **ALIAS, FunctionVersion="1")
ALARMS = ("cloudwatch", "describe_alarms", {})
SILENCE = ("cloudwatch", "disable_alarm_actions", {"AlarmNames": ["x"]})
APPROVE = ("codepipeline", "put_approval_result", {
    "pipelineName": PIPELINE, "stageName": "Approve", "actionName": "Approve", "token": "x" * 36,
    "result": {"summary": "x", "status": "Approved"},
})  # fmt: skip

NOBODY = [
    CREATE_SET, REMOVE_INSTANCES, on_set("delete_stack_set", SET), update_set(OTHER_SET),
    on_set("delete_stack_set", OTHER_SET), change_instances("create_stack_instances", OTHER_SET),
    erase(BUCKET, PACKAGE), erase(CANARY_BUCKET, PACKAGE), erase(BUCKET, ENTRY),
    read(ARCHIVE, "x"), write(ARCHIVE, "x", once=True), write(BUCKET, PACKAGE),
    write(BUCKET, ENTRY),
    write(BUCKET, RECORD), write(BUCKET, "elsewhere", once=True), read(BUCKET, "elsewhere"),
    assume(EXECUTION), assume(ADMINISTRATION),
    assume(f"arn:aws:iam::{TOOLS}:role/{PREFIX}-build-{REGION}"),
    SECRET, PASS_ON, CODE_CHANGE, ALIAS_CHANGE, of_function("delete_function", FUNCTION),
    of_function("invoke", FUNCTION, InvocationType="DryRun"), SILENCE, APPROVE,
    run_pipeline(OTHER_PIPELINE), parameter("/orders/dev/another"),
    set_parameter("/orders/dev/another"),
    ("ssm", "delete_parameter", {"Name": CURRENT}), with_key("artifacts"), with_key("alerts"),
    log("/aws/lambda/another"), tell(OTHER_TOPIC),
]  # fmt: skip
"""What no role of the delivery may do."""

NO_STARTER = run_pipeline(PIPELINE)

# Role, what it must be allowed, what it must be denied besides.
JOBS: dict[str, tuple[list[Call], list[Call]]] = {
    "pipeline": (
        [
            read(BUCKET, HANDED_ON), write(BUCKET, HANDED_ON),
            ("s3", "get_bucket_versioning", {"Bucket": BUCKET}),
            ("codecommit", "get_branch", {"repositoryName": "orders", "branchName": "main"}),
            build("build"), build("scan"), build("verify"), builds("build"),
            on_set("describe_stack_set", SET), on_set("list_stack_instances", SET),
            update_set(SET), change_instances("create_stack_instances"),
            change_instances("update_stack_instances"),
        ],
        [
            NO_STARTER, read(BUCKET, PACKAGE), read(BUCKET, RECORD),
            write(BUCKET, PACKAGE, once=True), write(BUCKET, ENTRY, once=True), list_keys(BUCKET),
            ("codecommit", "get_branch", {"repositoryName": "another", "branchName": "main"}),
            ("codecommit", "delete_branch", {"repositoryName": "orders", "branchName": "main"}),
            ("codebuild", "start_build", {"projectName": "another"}),
            ("codebuild", "update_project", {"name": f"{PREFIX}-build", "description": "x"}),
            on_set("stop_stack_set_operation", SET, OperationId="x"),
            parameter(CURRENT), set_parameter(CURRENT), assume(VERIFICATION), tell(TOPIC),
            of_function("get_alias", FUNCTION, **ALIAS),
        ],
    ),
    "start": (
        [run_pipeline(PIPELINE)],
        [
            pipeline("get_pipeline_state", PIPELINE),
            pipeline("list_pipeline_executions", PIPELINE),
            build("build"), update_set(SET), read(BUCKET, HANDED_ON), assume(VERIFICATION),
        ],
    ),
    "build": (
        [
            log(f"/aws/codebuild/{PREFIX}-build"), read(BUCKET, HANDED_ON),
            write(BUCKET, HANDED_ON),
            list_keys(BUCKET), list_keys(CANARY_BUCKET), read(CANARY_BUCKET, PACKAGE),
            write(BUCKET, PACKAGE, once=True), write(CANARY_BUCKET, PACKAGE, once=True),
            write(BUCKET, "templates/service/x.yaml", once=True), write(BUCKET, RECORD, once=True),
            write(BUCKET, "changes/x.txt", once=True), read(BUCKET, RECORD), read(BUCKET, ENTRY),
            parameter(LAST_GOOD), parameter(CURRENT),
        ],
        [
            NO_STARTER, build("build"), write(BUCKET, ENTRY, once=True), set_parameter(CURRENT),
            write(CANARY_BUCKET, RECORD, once=True), read(CANARY_BUCKET, RECORD),
            write(CANARY_BUCKET, HANDED_ON), write(BUCKET, "templates/core/x.yaml", once=True),
            on_set("describe_stack_set", SET), update_set(SET), assume(VERIFICATION), ALARMS,
            log(f"/aws/codebuild/{PREFIX}-verify"), list_keys(ARCHIVE), tell(TOPIC),
        ],
    ),
    "scan": (
        [log(f"/aws/codebuild/{PREFIX}-scan"), read(BUCKET, HANDED_ON)],
        [
            NO_STARTER, write(BUCKET, HANDED_ON), list_keys(BUCKET), read(BUCKET, PACKAGE),
            read(BUCKET, RECORD), write(BUCKET, PACKAGE, once=True), parameter(CURRENT),
            update_set(SET), on_set("describe_stack_set", SET), assume(VERIFICATION), ALARMS,
            log(f"/aws/codebuild/{PREFIX}-build"),
        ],
    ),
    "verify": (
        [
            log(f"/aws/codebuild/{PREFIX}-verify"), read(BUCKET, HANDED_ON),
            list_keys(CANARY_BUCKET),
            read(CANARY_BUCKET, PACKAGE), read(BUCKET, RECORD),
            read(BUCKET, "templates/service/x.yaml"),
            read(BUCKET, ENTRY), write(BUCKET, ENTRY, once=True), set_parameter(CURRENT),
            set_parameter(LAST_GOOD), on_set("describe_stack_set", SET), ALARMS,
            on_set("list_stack_instances", SET), of_function("get_alias", FUNCTION, **ALIAS),
            assume(VERIFICATION),
        ],
        [
            NO_STARTER, write(BUCKET, HANDED_ON), write(BUCKET, RECORD, once=True),
            write(BUCKET, PACKAGE, once=True), write(BUCKET, "changes/x.txt", once=True),
            read(BUCKET, "templates/core/x.yaml"), update_set(SET),
            change_instances("update_stack_instances"), build("verify"),
            of_function("get_alias", "another", **ALIAS), of_function("get_function", FUNCTION),
            assume(f"arn:aws:iam::{OTHER}:role/{PREFIX}-StackSetExecution"), tell(TOPIC),
            ("cloudformation", "describe_stacks", {"StackName": f"{PREFIX}-core"}),
        ],
    ),
    "rollback-coordinator": (
        [
            log(f"/aws/lambda/{COORDINATOR}"), list_keys(BUCKET), read(BUCKET, RECORD),
            read(BUCKET, ENTRY), read(BUCKET, "templates/service/x.yaml"),
            write(BUCKET, ENTRY, once=True), write(BUCKET, "history/alerts/x-claimed.json"),
            on_set("describe_stack_set", SET), on_set("list_stack_set_operations", SET),
            on_set("list_stack_instances", SET), update_set(SET),
            pipeline("get_pipeline_state", PIPELINE),
            pipeline("list_pipeline_executions", PIPELINE),
            set_parameter(CURRENT), set_parameter(LAST_GOOD),
            queue("get_queue_attributes", EVENTS), tell(TOPIC),
        ],
        [
            NO_STARTER, write(BUCKET, RECORD, once=True), write(BUCKET, PACKAGE, once=True),
            read(BUCKET, PACKAGE), read(BUCKET, HANDED_ON), read(CANARY_BUCKET, PACKAGE),
            change_instances("create_stack_instances"), change_instances("update_stack_instances"),
            on_set("stop_stack_set_operation", SET, OperationId="x"),
            pipeline("get_pipeline_state", OTHER_PIPELINE), pipeline("delete_pipeline", PIPELINE),
            ("codepipeline", "stop_pipeline_execution",
             {"pipelineName": PIPELINE, "pipelineExecutionId": "0" * 36}),
            queue("send_message", EVENTS, MessageBody="x"), queue("purge_queue", EVENTS),
            queue("receive_message", f"{EVENTS}-failed"), build("build"), assume(VERIFICATION),
            of_function("update_function_configuration", COORDINATOR), ALARMS,
        ],
    ),
}  # fmt: skip

LOOK_ELSEWHERE: tuple[list[Call], list[Call]] = (
    [of_function("get_alias", FUNCTION, **ALIAS), ALARMS],
    [
        of_function("get_alias", "another", **ALIAS), of_function("get_function", FUNCTION),
        CODE_CHANGE, ALIAS_CHANGE, of_function("delete_function", FUNCTION), SILENCE,
        of_function("invoke", FUNCTION, InvocationType="DryRun"), SECRET,
        ("cloudformation", "describe_stacks", {"StackName": f"{PREFIX}-execution-role"}),
        ("cloudformation", "delete_stack", {"StackName": "StackSet-x"}),
        assume(f"arn:aws:iam::{OTHER}:role/{PREFIX}-StackSetExecution"), read(BUCKET, PACKAGE),
        ("dynamodb", "scan", {"TableName": f"{PREFIX}-orders"}), tell(OTHER_TOPIC),
    ],
)  # fmt: skip
"""What the role in another account may do, and may not."""


def allowed(cloud: Any, role: str, call: Call, region: str = REGION) -> bool:
    """Say whether a role may make a call: it fails, if at all, for another reason."""
    service, name, arguments = call
    try:
        getattr(as_role(cloud, role, service, region), name)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIED
    return True


def judge(cloud: Any, role: str, expected: bool, calls: list[Call], **where: str) -> list[str]:
    """Make calls as a role; say which were not judged as expected."""
    return [
        f"{role.rpartition('/')[2]} {service}.{name} {arguments}:"
        f" {'denied' if expected else 'allowed'}"
        for service, name, arguments in calls
        if allowed(cloud, role, (service, name, arguments), **where) is not expected
    ]


@pytest.fixture(scope="module")
def judged(lasting_project: Any) -> Any:
    """A pipeline and a service in two accounts, and every call judged."""
    lasting_project.edit(
        "params/dev.yaml", 'tools_account: "111111111111"',
        f'tools_account: "{TOOLS}"\n  accounts: ["{TOOLS}", "{OTHER}"]',
    )  # fmt: skip
    lasting_project.deploy()
    cloud = lasting_project.cloud
    # What must not be reached has to be there.
    cloud.client("sns").create_topic(Name="another")
    cloud.client("ssm").put_parameter(Name="/orders/dev/another", Value="x", Type="String")
    cloud.client("secretsmanager").create_secret(Name=f"{PREFIX}-token", SecretString="x")
    control(cloud, "iam", {"enforce": True})
    return cloud


@pytest.mark.parametrize("role", JOBS)
def test_every_role_may_do_its_job_and_nothing_beside_it(judged: Any, role: str) -> None:
    arn = f"arn:aws:iam::{TOOLS}:role/{PREFIX}-{role}-{REGION}"
    may, may_not = JOBS[role]
    elsewhere = [call for call in NOBODY if call not in may]
    wrong = judge(judged, arn, True, may) + judge(judged, arn, False, [*may_not, *elsewhere])
    assert not wrong, "\n".join(wrong)


def test_who_looks_at_another_account_changes_and_reads_nothing_there(judged: Any) -> None:
    may, may_not = LOOK_ELSEWHERE
    wrong = [
        line
        for region in (CANARY, REGION)
        for line in judge(judged, VERIFICATION, True, may, region=region)
    ]
    wrong += judge(judged, VERIFICATION, False, may_not)
    # Nor does it look into a region that the service does not live in.
    wrong += judge(judged, VERIFICATION, False, may, region="eu-west-1")
    assert not wrong, "\n".join(wrong)


def test_only_who_verifies_may_look_at_another_account(judged: Any) -> None:
    for role in JOBS:
        arn = f"arn:aws:iam::{TOOLS}:role/{PREFIX}-{role}-{REGION}"
        assert allowed(judged, arn, assume(VERIFICATION)) is (role == "verify"), role


def test_no_role_of_the_pipeline_is_forgotten(judged: Any) -> None:
    found = judged.client("cloudformation").list_stack_resources(StackName=PIPELINE)
    roles = {
        row["PhysicalResourceId"]
        for row in found["StackResourceSummaries"]
        if row["ResourceType"] == "AWS::IAM::Role"
    }
    assert roles == {f"{PREFIX}-{role}-{REGION}" for role in JOBS}
