"""What calls a function besides the API does so on the local cloud, with the secrets it needs."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from demo import ORDER
from local.conftest import Project

pytestmark = pytest.mark.local

REGION = "us-east-1"
TABLE = "orders-dev-orders"


@pytest.fixture
def following(project: Project) -> Project:
    """The service with the function that follows orders, in one region."""
    prod = yaml.safe_load((project.root / "params" / "prod.yaml").read_text())
    file = project.root / "params" / "dev.yaml"
    values = yaml.safe_load(file.read_text()) | {
        "regions": {"primary": REGION, "waves": [[REGION]]},
        "functions": {"fulfilment": prod["functions"]["fulfilment"]},
        "secrets": prod["secrets"],
    }
    file.write_text(json.dumps(values))
    project.deploy()
    return project


def new_order(project: Project) -> str:
    status, order, _ = project.client(REGION).call("POST", "/orders", ORDER)
    assert status == 201
    return str(order["id"])


def parcel_of(project: Project, order: str) -> Any:
    table = project.cloud.client("dynamodb", region=REGION)
    item = table.get_item(TableName=TABLE, Key={"id": {"S": order}})["Item"]
    return item.get("parcel", {}).get("S")


def test_a_message_in_the_queue_is_worked_off_and_a_wrong_one_stays_alone(
    following: Project,
) -> None:
    order = new_order(following)
    sqs = following.cloud.client("sqs", region=REGION)
    inbox = following.outputs()[REGION]["FulfilmentInboxUrl"]
    move = {"order": order, "state": "packed", "at": "2026-11-21T10:00:00Z"}
    for body in ("no move at all", json.dumps(move)):
        sqs.send_message(QueueUrl=inbox, MessageBody=body)
    following.cloud.until(lambda: parcel_of(following, order), lambda seen: seen == "packed")

    def kept() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=names)["Attributes"]
        return sum(map(int, counts.values()))

    assert following.cloud.until(kept, lambda count: count == 1)


def test_an_event_of_the_bus_reaches_the_function(following: Project) -> None:
    order = new_order(following)
    move = {"order": order, "state": "delivered", "at": "2026-11-21T12:00:00Z"}
    sent = following.cloud.client("events", region=REGION).put_events(
        Entries=[
            {
                "Source": "shop.warehouse",
                "DetailType": "Parcel Moved",
                "Detail": json.dumps(move),
            }
        ]
    )
    assert sent["FailedEntryCount"] == 0
    following.cloud.until(lambda: parcel_of(following, order), lambda seen: seen == "delivered")


def test_the_secret_is_there_as_asked_for(following: Project) -> None:
    secrets = following.cloud.client("secretsmanager", region=REGION)
    arn = following.outputs()[REGION]["EventSigningSecretArn"]
    value = secrets.get_secret_value(SecretId=arn)["SecretString"]
    assert len(value) == 48
    assert not set(value) & set("\"'\\")
