"""Let rules and schedules fire on demand, where waiting for their time would take too long."""

from typing import Any

from localcloud import ministack_functions
from localcloud.errors import LocalCloudError


def fire(message: dict[str, Any]) -> dict[str, Any]:
    """Fire the rule or schedule whose ARN is given."""
    arn = str(message.get("arn", ""))
    if arn.count(":") < 5 or not ministack_functions.fire(arn):
        raise LocalCloudError(f"no enabled rule or schedule that recurs: {arn}")
    return {"fired": arn}
