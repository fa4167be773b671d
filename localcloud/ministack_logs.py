"""What we need of ministack's CloudWatch Logs and Firehose."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import base64
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import ministack.app as _app
from ministack.services import cloudwatch_logs as _logs

from localcloud.ministack import current_place, new_id


def on_subscribed_logs(deliver: Callable[[str, bytes], None]) -> None:
    """Hand log events to the destinations that ministack does not serve.

    `deliver` gets the destination's ARN and the events as CloudWatch Logs sends them.
    """
    fan_out = _logs._fanout_to_subscription_filters

    def fan_out_and_deliver(group: str, stream: str, events: Any) -> None:
        fan_out(group, stream, events)
        filters = (_logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}
        for one in filters.values():
            pattern = one.get("filterPattern", "")
            wanted = [
                {"id": new_id(), "timestamp": event["timestamp"], "message": event["message"]}
                for event in events
                if _logs._subscription_pattern_matches(pattern, event.get("message", ""))
            ]
            message = {
                "messageType": "DATA_MESSAGE",
                "owner": current_place().account,
                "logGroup": group,
                "logStream": stream,
                "subscriptionFilters": [one["filterName"]],
                "logEvents": wanted,
            }
            if wanted:
                deliver(one["destinationArn"], gzip.compress(json.dumps(message).encode()))

    _logs._fanout_to_subscription_filters = fan_out_and_deliver


def put_record(delivery_stream: str, data: bytes) -> None:
    """Put a record into a Firehose stream of the present place."""
    record = {"Data": base64.b64encode(data).decode()}
    _app._get_module("firehose")._put_record(
        {"DeliveryStreamName": delivery_stream, "Record": record}
    )


def put_log_line(group: str, stream: str, message: str) -> None:
    """Write one line into a new stream of a log group of the present place."""
    _logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    line = {"timestamp": int(time.time() * 1000), "message": message}
    _logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [line]})
