"""A StackSet, its pipeline, its history, a topic and a queue: what the coordinator sees.

One object answers for all six clients; botocore's models say whether a call may be made so. Lists
have pages of two. `killed_after` ends the function, with an exception that nothing catches, when
its n-th call has taken effect.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore import validate, xform_name
from botocore.exceptions import ClientError

BUCKET = "orders-prod-artifacts-111111111111-eu-central-1"
ACCOUNT = "111111111111"
REGIONS = ("eu-central-1", "us-east-1", "us-west-2")
F, G, X, Y = "f" * 12, "a" * 12, "b" * 12, "c" * 12
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
VISIBILITY = timedelta(minutes=6)

ENVIRONMENT = {
    "PROJECT": "orders",
    "ENVIRONMENT": "prod",
    "STACK_SET": "orders-prod-service",
    "ADMINISTRATION_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/orders-prod-administration",
    "EXECUTION_ROLE": "orders-prod-execution",
    "ARTIFACT_BUCKET": BUCKET,
    "AWS_REGION": "eu-central-1",
    "PIPELINE": "orders-prod-pipeline",
    "DEPLOY_STAGE": "Deploy",
    "ALERTS_TOPIC_ARN": f"arn:aws:sns:eu-central-1:{ACCOUNT}:orders-prod-alerts",
    "CURRENT_PARAMETER": "/orders/prod/release/current",
    "LAST_GOOD_PARAMETER": "/orders/prod/release/last-good",
    "WINDOW_MINUTES": "60",
    "QUEUE_URL": "https://sqs/orders-prod-rollback-events",
}


class KilledError(BaseException):
    """The function is no more."""


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, "Call")


@functools.cache
def model_of(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


@dataclass(frozen=True)
class Client:
    """A client of one service, as strict about arguments as boto3's."""

    service: str
    aws: ReleaseCloud

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operations = {xform_name(name): name for name in model_of(self.service).operation_names}
        model = model_of(self.service).operation_model(operations[method])

        def call(**arguments: Any) -> Any:
            problems = validate.ParamValidator().validate(arguments, model.input_shape)
            assert not problems.has_errors(), problems.generate_report()
            return getattr(self.aws, method)(**arguments)

        return call


@dataclass
class Message:
    id: str
    body: str
    visible: datetime
    received: int = 0


@dataclass
class ReleaseCloud:
    """The state that calls read and change."""

    clock: datetime = START
    operations: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(REGIONS))
    """Which release each region has."""
    status: dict[str, str] = field(default_factory=lambda: dict.fromkeys(REGIONS, "CURRENT"))
    parameters: dict[str, str] = field(default_factory=dict)
    exists: bool = True
    objects: dict[str, bytes] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)
    published: list[dict[str, str]] = field(default_factory=list)
    queue: dict[str, Message] = field(default_factory=dict)
    sent: int = 0
    delays: list[int] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    stage: dict[str, Any] | None = None
    version: int = 1
    executions: list[dict[str, Any]] = field(default_factory=list)
    """Those that succeeded in the stage, the newest first."""
    failing: dict[str, int] = field(default_factory=dict)
    """How many more restores fail in a region."""
    takes: timedelta = 1.5 * MINUTE
    """How long an operation takes."""
    at: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    """What others do, and when."""
    killed_after: set[int] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    before_call: Callable[[], None] = lambda: None
    lock: threading.RLock = field(default_factory=threading.RLock)

    # ---- The story so far

    def later(self, minutes: float = 1) -> datetime:
        self.clock += minutes * MINUTE
        self._pass()
        return self.clock

    def record(self, release: str, **changes: Any) -> None:
        template = f"Description: {release}\n".encode()
        digest = hashlib.sha256(template).hexdigest()
        key = f"templates/service/{digest}.yaml"
        self.objects[key] = template
        body = {
            "format": 1,
            "release": release,
            "template": {"key": key, "sha256": digest},
            "parameters": {
                "Release": release,
                "OrdersMemory": "512",
                "DeploymentStrategy": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
                "IgnoreAlarmsInDeployment": "false",
            },
            "capabilities": ["CAPABILITY_NAMED_IAM"],
            "tags": {"Project": "orders"},
            **changes,
        }
        self.objects[f"records/{release}.json"] = json.dumps(body).encode()

    def write(self, release: str, what: str, **body: Any) -> None:
        """Write history as gen does."""
        stamp = f"{self.clock:%Y%m%dT%H%M%S}.{self.clock.microsecond // 1000:03}Z"
        self.objects[f"history/{stamp}-{release}-{what}.json"] = json.dumps(body).encode()
        if what != "bad":
            self.pointers[ENVIRONMENT["CURRENT_PARAMETER"]] = release
        if what == "good":
            self.pointers[ENVIRONMENT["LAST_GOOD_PARAMETER"]] = release

    def operate(
        self, release: str, *, action: str = "UPDATE", fails: Iterable[str] = (),
        regions: Iterable[str] = REGIONS, id: str | None = None, status: str | None = None,
    ) -> str:  # fmt: skip
        """Let somebody carry out an operation of two minutes."""
        id = id or f"gen-{len(self.operations)}"
        self._begin(id, action, release, set(regions), set(fails))
        self.later(2)
        if status:
            self.operations[0]["Status"] = status
        return id

    def deploy(
        self, release: str, *, fails: Iterable[str] = (), good: bool = True,
        execution: str | None = None, waves: tuple[tuple[str, ...], ...] = (REGIONS,),
    ) -> str:  # fmt: skip
        """Deploy a release, wave by wave up to the first bad one; return the last operation."""
        self.record(release)
        self.later()
        self.write(release, "deploying", **({"execution": execution} if execution else {}))
        for wave in waves:
            self.later(0.1)
            last = self.operate(release, regions=wave, fails=set(fails) & set(wave))
            if set(fails) & set(wave):
                return last
        if good:
            self.later()
            self.write(release, "good")
        return last

    # ---- What AWS sends

    def operation_failed(self, id: str, status: str = "FAILED") -> str:
        detail = {
            "stack-set-arn": f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stackset/s:1",
            "stack-set-operation-id": id,
            "status-details": {"status": status},
        }
        return self.event("CloudFormation StackSet Operation Status Change", detail)

    def stage_failed(self, execution: str, state: str = "FAILED") -> str:
        detail = {
            "pipeline": ENVIRONMENT["PIPELINE"],
            "execution-id": execution,
            "stage": "Deploy",
            "state": state,
            "version": 1,
        }
        return self.event("CodePipeline Stage Execution State Change", detail)

    def deployment_failed(self, region: str = "us-east-1", state: str = "FAILURE") -> str:
        detail = {
            "application": "orders-prod",
            "deploymentGroup": "orders-prod-orders",
            "deploymentId": "d-ABCDEF123",
            "state": state,
        }
        return self.event("CodeDeploy Deployment State-change Notification", detail, region)

    def alarm(self, region: str = "us-east-1", name: str = "orders-error-rate") -> str:
        told = f"{self.clock:%Y-%m-%dT%H:%M:%S}.{self.clock.microsecond // 1000:03}+0000"
        detail = {
            "alarmName": f"orders-prod-{name}",
            "state": {"value": "ALARM", "timestamp": told},
        }
        return self.event("CloudWatch Alarm State Change", detail, region)

    def event(self, kind: str, detail: dict[str, Any], region: str = "eu-central-1") -> str:
        body = {
            "detail-type": kind,
            "account": ACCOUNT,
            "region": region,
            "time": f"{self.clock:%Y-%m-%dT%H:%M:%SZ}",
            "detail": detail,
        }
        return json.dumps(body)

    def send(self, body: str, *, after: float = 0) -> str:
        """Put a message into the queue, to be seen after some seconds."""
        self.sent += 1
        id = f"m-{self.sent}"
        self.queue[id] = Message(id, body, self.clock + timedelta(seconds=after))
        return id

    # ---- The event source mapping

    def run(self, function: SimpleNamespace, *, most: int = 200) -> None:
        """Deliver messages until the queue is empty."""
        for _ in range(most):
            if not self.queue:
                return
            message = min(self.queue.values(), key=lambda one: (one.visible, one.id))
            self.clock = max(self.clock, message.visible)
            self._pass()
            self.deliver(function, message)
        raise AssertionError(f"still there: {[m.body for m in self.queue.values()]}")

    def deliver(self, function: SimpleNamespace, message: Message) -> None:
        with self.lock:
            message.received += 1
            message.visible = self.clock + VISIBILITY
        record = {
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": str(message.received)},
        }
        settings = function.settings.Settings.of(ENVIRONMENT)
        try:
            done = function.app.handle(record, self.cloud(function), settings)
        except KilledError:
            return
        if done:
            with self.lock:
                self.queue.pop(message.id, None)

    def cloud(self, function: SimpleNamespace) -> Any:
        names = ("cloudformation", "codepipeline", "s3", "ssm", "sns", "sqs")
        clients = {name: Client(name, self) for name in names}
        return function.settings.Cloud(**clients, now=lambda: self.clock)

    # ---- Calls

    def _call(self, name: str, answer: Callable[[], Any]) -> Any:
        self.before_call()
        with self.lock:
            self.clock += timedelta(milliseconds=7)
            self._pass()
            self.calls.append(name)
            answered = answer()
            if len(self.calls) in self.killed_after:
                raise KilledError
            return answered

    def describe_stack_set(self, *, StackSetName: str) -> dict[str, Any]:  # noqa: N803
        def answer() -> dict[str, Any]:
            self._must_exist()
            listed = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]
            return {"StackSet": {"StackSetName": StackSetName, "Parameters": listed}}

        return self._call("describe_stack_set", answer)

    def list_stack_set_operations(self, **arguments: Any) -> dict[str, Any]:
        def answer() -> dict[str, Any]:
            self._must_exist()
            return _page("Summaries", self.operations, "NextToken", arguments)

        return self._call("list_stack_set_operations", answer)

    def list_stack_instances(self, **arguments: Any) -> dict[str, Any]:
        rows = [{"Account": ACCOUNT, "Region": r, "Status": s} for r, s in self.status.items()]
        return self._call(
            "list_stack_instances", lambda: _page("Summaries", rows, "NextToken", arguments)
        )

    def list_stack_set_operation_results(self, **arguments: Any) -> dict[str, Any]:
        rows = [
            {
                "Account": ACCOUNT,
                "Region": region,
                "Status": status,
                **({"StatusReason": "no more quota"} if status == "FAILED" else {}),
            }
            for region, status in self.results[arguments["OperationId"]].items()
        ]
        return self._call(
            "list_stack_set_operation_results",
            lambda: _page("Summaries", rows, "NextToken", arguments),
        )

    def update_stack_set(self, **arguments: Any) -> dict[str, Any]:
        def answer() -> dict[str, Any]:
            if any(one["OperationId"] == arguments["OperationId"] for one in self.operations):
                raise client_error("OperationIdAlreadyExistsException")
            if any(one["Status"] == "RUNNING" for one in self.operations):
                raise client_error("OperationInProgressException")
            self.updates.append(arguments)
            given = {p["ParameterKey"]: p["ParameterValue"] for p in arguments["Parameters"]}
            fails = {region for region, times in self.failing.items() if times > 0}
            for region in fails:
                self.failing[region] -= 1
            self._begin(
                arguments["OperationId"], "UPDATE", given["Release"], set(REGIONS), fails,
                status="SUCCEEDED" if fails != set(REGIONS) else "FAILED",
            )  # fmt: skip
            return {"OperationId": arguments["OperationId"]}

        return self._call("update_stack_set", answer)

    def get_pipeline_state(self, *, name: str) -> dict[str, Any]:
        stages = [{"stageName": "Source"}, {"stageName": "Deploy", **(self.stage or {})}]
        return self._call(
            "get_pipeline_state", lambda: {"pipelineVersion": self.version, "stageStates": stages}
        )

    def list_pipeline_executions(self, **arguments: Any) -> dict[str, Any]:
        assert arguments["filter"] == {"succeededInStage": {"stageName": "Deploy"}}
        return self._call(
            "list_pipeline_executions",
            lambda: _page("pipelineExecutionSummaries", self.executions, "nextToken", arguments),
        )

    def get_pipeline_execution(self, **arguments: Any) -> dict[str, Any]:
        (found,) = [
            one
            for one in self.executions
            if one["pipelineExecutionId"] == arguments["pipelineExecutionId"]
        ]
        return self._call(
            "get_pipeline_execution",
            lambda: {"pipelineExecution": {"pipelineVersion": found["version"]}},
        )

    def list_objects_v2(self, **arguments: Any) -> dict[str, Any]:
        def answer() -> dict[str, Any]:
            under = [k for k in sorted(self.objects) if k.startswith(arguments["Prefix"])]
            if arguments.get("Delimiter"):
                under = [k for k in under if "/" not in k.removeprefix(arguments["Prefix"])]
            return _page(
                "Contents",
                [{"Key": k} for k in under],
                "ContinuationToken",
                arguments,
                "NextContinuationToken",
            )

        return self._call("list_objects_v2", answer)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert Bucket == BUCKET

        def answer() -> dict[str, Any]:
            if Key not in self.objects:
                raise client_error("AccessDenied")  # as who may list some of the bucket is told
            return {"Body": io.BytesIO(self.objects[Key])}

        return self._call("get_object", answer)

    def put_object(self, *, Key: str, Body: bytes, **more: Any) -> dict[str, Any]:  # noqa: N803
        assert Key.startswith("history/")

        def answer() -> dict[str, Any]:
            if Key in self.objects and more.get("IfNoneMatch") == "*":
                raise client_error("PreconditionFailed")
            self.objects[Key] = Body
            return {}

        return self._call("put_object", answer)

    def put_parameter(self, *, Name: str, Value: str, Type: str, Overwrite: bool) -> None:  # noqa: N803
        assert (Type, Overwrite) == ("String", True)
        self._call("put_parameter", lambda: self.pointers.update({Name: Value}))

    def publish(self, **arguments: Any) -> None:
        assert arguments["Subject"].isascii()
        assert len(arguments["Subject"]) <= 100
        self._call("publish", lambda: self.published.append(arguments))

    def change_message_visibility(self, **arguments: Any) -> None:
        def answer() -> None:
            self.delays.append(arguments["VisibilityTimeout"])
            if message := self.queue.get(arguments["ReceiptHandle"]):
                message.visible = self.clock + timedelta(seconds=arguments["VisibilityTimeout"])

        self._call("change_message_visibility", answer)

    # ---- What one sees at the end

    def history(self) -> list[str]:
        """List what the history says, without the times."""
        keys = [k for k in sorted(self.objects) if k.startswith("history/2")]
        return [key.split("Z-", 1)[1].removesuffix(".json") for key in keys]

    def subjects(self) -> list[str]:
        return [one["Subject"].removeprefix("[orders prod] ") for one in self.published]

    def restores(self) -> list[str]:
        ids = [one["OperationId"] for one in reversed(self.operations)]
        return [id for id in ids if id.startswith("restore-")]

    @property
    def current(self) -> str | None:
        return self.pointers.get(ENVIRONMENT["CURRENT_PARAMETER"])

    @property
    def last_good(self) -> str | None:
        return self.pointers.get(ENVIRONMENT["LAST_GOOD_PARAMETER"])

    # ---- Time passes

    def _begin(
        self, id: str, action: str, release: str, regions: set[str], fails: set[str],
        *, status: str | None = None,
    ) -> None:  # fmt: skip
        operation: dict[str, Any] = {
            "OperationId": id,
            "Action": action,
            "Status": "RUNNING",
            "CreationTimestamp": self.clock,
            "StatusDetails": {"FailedStackInstancesCount": 0},
        }
        if action != "DELETE":
            self.parameters = {**self.parameters, "Release": release}
            self.status = dict.fromkeys(REGIONS, "OUTDATED") | (
                {r: s for r, s in self.status.items() if r not in regions}
                if action == "CREATE"
                else {}
            )
        self.operations.insert(0, operation)

        def end() -> None:
            reached = regions - fails
            if action != "DELETE":
                self.runs.update(dict.fromkeys(reached, release))
                self.status.update(dict.fromkeys(reached, "CURRENT"))
            self.results[id] = {r: "FAILED" if r in fails else "SUCCEEDED" for r in sorted(regions)}
            operation["EndTimestamp"] = self.clock
            operation["StatusDetails"] = {"FailedStackInstancesCount": len(fails)}
            operation["Status"] = status or ("FAILED" if fails else "SUCCEEDED")
            if id.startswith("restore-") and operation["Status"] == "FAILED":
                self.send(self.operation_failed(id))

        self.at.append((self.clock + self.takes, end))

    def _pass(self) -> None:
        due = sorted((one for one in self.at if one[0] <= self.clock), key=lambda one: one[0])
        self.at = [one for one in self.at if one[0] > self.clock]
        for _, happens in due:
            happens()

    def _must_exist(self) -> None:
        if not self.exists:
            raise client_error("StackSetNotFoundException")


def _page(
    items: str, rows: list[Any], token: str, arguments: dict[str, Any], following: str | None = None
) -> dict[str, Any]:
    start = int(arguments.get(token, 0))
    more = {following or token: str(start + 2)} if start + 2 < len(rows) else {}
    return {items: rows[start : start + 2], **more}
