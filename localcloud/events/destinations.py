"""Send what came of an event to a queue, a topic, a bus or another function."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from localcloud import ministack, ministack_events, ministack_functions

log = logging.getLogger("localcloud")


def send(target: str, envelope: Mapping[str, Any], *, succeeded: bool) -> None:
    """Send a destination its envelope; one that refuses loses it, as on AWS."""
    text = json.dumps(envelope)
    service = target.split(":")[2]
    try:
        with ministack.at(ministack_functions.place_of(target)):
            if service == "sqs":
                _queue(target, text, {})
            elif service == "sns":
                ministack.call_form("sns", "Publish", {"TopicArn": target, "Message": text})
            elif service == "lambda":
                ministack_functions.in_background(
                    lambda: _invoke(target, envelope), "destination-function"
                )
            else:
                _put_event(envelope, target, succeeded=succeeded)
    except ValueError as error:
        log.warning("destination %s: %s", target, error)


def bury(target: str, event: Mapping[str, Any], reason: str) -> None:
    """Send an event itself to a dead-letter queue or topic, the error as attributes."""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": ministack.new_id()},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": reason[:1024] or "-"},
    }
    text = json.dumps(event)
    try:
        with ministack.at(ministack_functions.place_of(target)):
            if target.split(":")[2] == "sqs":
                _queue(target, text, attributes)
            else:
                ministack.call_form("sns", "Publish", {"TopicArn": target, "Message": text})
    except ValueError as error:
        log.warning("dead-letter target %s: %s", target, error)


def _queue(arn: str, body: str, attributes: Mapping[str, Any]) -> None:
    name = arn.rpartition(":")[2]
    url = ministack.call_json("sqs", "AmazonSQS.GetQueueUrl", {"QueueName": name})["QueueUrl"]
    message = {"QueueUrl": url, "MessageBody": body, "MessageAttributes": dict(attributes)}
    ministack.call_json("sqs", "AmazonSQS.SendMessage", message)


def _invoke(function: str, envelope: Mapping[str, Any]) -> None:
    outcome = ministack_functions.invoke(function, envelope)
    if outcome.error is not None:
        log.warning("destination %s failed: %s", function, outcome.payload)


def _put_event(envelope: Mapping[str, Any], bus: str, *, succeeded: bool) -> None:
    kind = "Success" if succeeded else "Failure"
    function = envelope["requestContext"]["functionArn"]
    ministack_events.put_event(
        "lambda",
        f"Lambda Function Invocation Result - {kind}",
        envelope,
        [bus, function],
        bus=bus.rpartition("/")[2],
    )
