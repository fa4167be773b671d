"""params/prod.yaml, deployed once to the local cloud: what each part of it does there."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from demo import Client, api_key, try_region
from localaws import control

if TYPE_CHECKING:
    from conftest import LocalCloud, Project

# One deployment serves all tests here: they run in one process, whatever the others do.
pytestmark = [pytest.mark.local, pytest.mark.xdist_group("prod")]

ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
CANARY = ("111111111111", "us-west-2")
ORDER = {
    "customer": "c-1",
    "currency": "EUR",
    "items": [{"sku": "a", "quantity": 1, "unit_price": 5}],
}
CALLS_A_MINUTE = 10


@dataclass(frozen=True)
class Prod:
    """The deployed system."""

    project: Project
    stacks: dict[tuple[str, str], dict[str, Any]]
    """The service's stack and its outputs, by account and region."""
    core: dict[str, str]
    """Outputs of the core stack."""

    @property
    def cloud(self) -> LocalCloud:
        return self.project.cloud

    def client(self, pair: tuple[str, str], *, key: bool = True) -> Client:
        stack = self.stacks[pair]
        value = api_key(self.cloud.endpoint, stack) if key else None
        return Client(self.cloud.endpoint, stack["outputs"]["ApiUrl"], api_key=value)

    def aws(self, service: str, pair: tuple[str, str]) -> Any:
        return self.cloud.client(service, account=pair[0], region=pair[1])


def deploy(project: Project, *, code: int = 0) -> str:
    project.gen("render", "-e", "prod")
    return project.gen("deploy", "-e", "prod", "--local", code=code)


def look(project: Project) -> Prod:
    """Read the outputs of everything that is deployed."""
    process = project.start("outputs", "-e", "prod", "--local")
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    rows = json.loads(printed)
    return Prod(
        project,
        {(r["account"], r["region"]): r for r in rows if r["unit"] == "service"},
        next(r["outputs"] for r in rows if r["unit"] == "core"),
    )


@pytest.fixture(scope="module")
def prod(lasting_project: Project) -> Prod:
    """Deploy prod to a cloud of its own."""
    # A busy machine answers slowly, which is no bad release.
    lasting_project.edit("params/prod.yaml", "latency_p99_ms: 800", "latency_p99_ms: 20000")
    deploy(lasting_project)
    return look(lasting_project)


def test_every_account_and_region_takes_and_gives_back_an_order(prod: Prod) -> None:
    assert set(prod.stacks) == {(account, region) for account in ACCOUNTS for region in REGIONS}
    for pair in prod.stacks:
        answer = try_region(pair[1], prod.client(pair))
        assert answer.ok, (pair, answer)


def test_a_call_without_the_key_is_forbidden_but_health_is_open(prod: Prod) -> None:
    for pair in prod.stacks:
        stranger = prod.client(pair, key=False)
        assert stranger.call("POST", "/orders", ORDER)[0] == 403
        assert stranger.call("GET", "/health")[0] == 200


def test_an_order_of_one_account_is_unknown_to_the_other(prod: Prod) -> None:
    one, other = ((account, "us-east-1") for account in ACCOUNTS)
    status, created, _ = prod.client(one).call("POST", "/orders", ORDER)
    assert status == 201
    assert prod.client(one).call("GET", f"/orders/{created['id']}")[0] == 200
    assert prod.client(other).call("GET", f"/orders/{created['id']}")[0] == 404


def test_the_secret_rotates_to_a_new_value(prod: Prod) -> None:
    secrets = prod.aws("secretsmanager", CANARY)
    arn = prod.stacks[CANARY]["outputs"]["EventSigningSecretArn"]

    def current() -> str:
        return str(secrets.get_secret_value(SecretId=arn)["SecretString"])

    before = current()
    secrets.rotate_secret(SecretId=arn)
    after = prod.cloud.until(current, lambda value: value != before)
    assert len(after) == len(before)


def test_a_log_line_of_every_region_arrives_in_the_central_archive(prod: Prod) -> None:
    for pair in prod.stacks:
        prod.client(pair).call("GET", "/health")
    archive = prod.cloud.client("s3", account=ACCOUNTS[0], region="us-east-1")

    def arrived() -> set[tuple[str, str]]:
        keys = archive.list_objects_v2(Bucket=prod.core["ArchiveBucketName"]).get("Contents", [])
        parts = [row["Key"].split("/") for row in keys]
        return {(part[0], part[1]) for part in parts if len(part) > 2}

    prod.cloud.until(arrived, lambda pairs: pairs >= set(prod.stacks))


def test_an_event_that_fails_to_the_end_waits_in_the_dead_letter_queue_and_turns_its_alarm(
    prod: Prod,
) -> None:
    outputs = prod.stacks[CANARY]["outputs"]
    sqs, watch = prod.aws("sqs", CANARY), prod.aws("cloudwatch", CANARY)

    def alarm() -> str:
        return str(
            watch.describe_alarms(AlarmNames=["orders-prod-fulfilment-dead-letters"])[
                "MetricAlarms"
            ][0]["StateValue"]
        )

    def waiting() -> str:
        return str(
            sqs.get_queue_attributes(
                QueueUrl=outputs["FulfilmentQueueUrl"],
                AttributeNames=["ApproximateNumberOfMessages"],
            )["Attributes"]["ApproximateNumberOfMessages"]
        )

    assert (waiting(), alarm() == "ALARM") == ("0", False)
    prod.aws("lambda", CANARY).invoke(
        FunctionName=outputs["FulfilmentAliasArn"],
        InvocationType="Event",
        Payload=json.dumps({"nonsense": True}),
    )
    assert prod.cloud.until(waiting, lambda n: n != "0") == "1"
    prod.cloud.until(alarm, lambda state: state == "ALARM")
    sqs.purge_queue(QueueUrl=outputs["FulfilmentQueueUrl"])
    prod.cloud.until(alarm, lambda state: state == "OK")


def test_with_policies_enforced_every_function_still_does_its_work(prod: Prod) -> None:
    outputs = prod.stacks[CANARY]["outputs"]
    control(prod.cloud, "iam", {"enforce": True})
    try:
        for pair in prod.stacks:
            answer = try_region(pair[1], prod.client(pair))
            assert answer.ok, (pair, answer)
        created = prod.client(CANARY).call("POST", "/orders", ORDER)[1]
        prod.aws("sqs", CANARY).send_message(
            QueueUrl=outputs["FulfilmentInboxUrl"],
            MessageBody=json.dumps(
                {"order": created["id"], "state": "shipped", "at": "2026-11-21T12:00:00Z"}
            ),
        )
        # It writes the table, reads the secret and tells the bus, each by its own permission.
        table = prod.aws("dynamodb", CANARY)
        prod.cloud.until(
            lambda: table.get_item(
                TableName=outputs["OrdersTableName"], Key={"id": {"S": created["id"]}}
            )["Item"].get("parcel"),
            lambda parcel: parcel == {"S": "shipped"},
        )
        failures = prod.aws("sqs", CANARY).get_queue_attributes(
            QueueUrl=outputs["FulfilmentInboxFailuresUrl"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )["Attributes"]
        assert failures["ApproximateNumberOfMessages"] == "0"
    finally:
        control(prod.cloud, "iam", {"enforce": False})


def test_a_limit_changed_in_the_console_holds_there_at_once_and_gen_takes_it_back(
    prod: Prod,
) -> None:
    sets = prod.aws("cloudformation", (ACCOUNTS[0], "us-east-1"))
    started = sets.update_stack_instances(
        StackSetName="orders-prod-service",
        DeploymentTargets={"Accounts": [CANARY[0]]},
        Regions=[CANARY[1]],
        ParameterOverrides=[
            {"ParameterKey": "KeyRequestsPerSecond", "ParameterValue": "1"},
            {"ParameterKey": "KeyBurst", "ParameterValue": "1"},
        ],
    )["OperationId"]
    prod.cloud.until(
        lambda: sets.describe_stack_set_operation(
            StackSetName="orders-prod-service", OperationId=started
        )["StackSetOperation"]["Status"],
        lambda status: status == "SUCCEEDED",
    )
    client = prod.client(CANARY)
    assert 429 in [client.call("GET", "/orders?limit=1")[0] for _ in range(10)]
    deploy(prod.project)
    assert {client.call("GET", "/orders?limit=1")[0] for _ in range(10)} == {200}


def test_a_second_deployment_finds_nothing_to_do_and_writes_nothing(prod: Prod) -> None:
    before = len(prod.cloud.writes())
    said = prod.project.gen("deploy", "-e", "prod", "--local")
    assert "nothing to do" in said.splitlines()[-1]
    assert prod.cloud.writes()[before:] == []


class Caller(threading.Thread):
    """A client that never stops asking one region, and counts what it is answered."""

    def __init__(self, client: Client):
        super().__init__(daemon=True)
        self.answers: Counter[int] = Counter()
        self._client = client
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.03):
            self.answers[self._client.call("GET", "/orders?limit=1")[0]] += 1

    def stop(self) -> None:
        self._done.set()
        self.join()


def test_a_bad_release_is_stopped_in_the_canary_and_the_api_goes_on_answering(
    prod: Prod,
) -> None:
    before = {pair: prod.client(pair).call("GET", "/health")[1] for pair in prod.stacks}
    callers = [Caller(prod.client(pair)) for pair in prod.stacks]
    app = prod.project.root / "lambda_code" / "orders_api" / "app.py"
    good = app.read_text()
    first = "def list_orders() -> dict[str, Any]:\n"
    app.write_text(good.replace(first, first + '    raise RuntimeError("a bad release")\n'))
    assert app.read_text() != good
    for caller in callers:
        caller.start()
    # The canary meets traffic on a busy machine, too: one call in ten reaches it.
    prod.cloud.set_minute(1, calls=CALLS_A_MINUTE)
    try:
        said = deploy(prod.project, code=1)
    finally:
        for caller in callers:
            caller.stop()
        prod.cloud.set_minute(0.1)
        app.write_text(good)
    assert "us-west-2" in next(line for line in said.splitlines() if line.startswith("error: "))
    after = {pair: prod.client(pair).call("GET", "/health")[1] for pair in prod.stacks}
    assert {p: a["release"] for p, a in after.items()} == {
        p: b["release"] for p, b in before.items()
    }
    # Not a check before traffic stopped it: callers met the bad version.
    assert any(set(caller.answers) - {200} for caller in callers)
    for pair, caller in zip(prod.stacks, callers, strict=True):
        failed = sum(n for status, n in caller.answers.items() if status != 200)
        total = caller.answers.total()
        assert total > 20
        # A tenth of the calls reach the canary, whose last one may be under way when it is stopped.
        assert failed <= (total * 0.1 + 1 if pair[1] == "us-west-2" else 0), caller.answers
    deploy(prod.project)
