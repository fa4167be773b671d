"""Deliver events and logs to the destinations that ministack does not serve.

Events: buses of other regions and accounts, log groups, Firehose streams. Logs: Firehose streams.
"""

import logging
from collections.abc import Mapping
from typing import Any

from localcloud import ministack, ministack_events, ministack_logs
from localcloud.ministack import Place

log = logging.getLogger("localcloud")


def install() -> None:
    """Let EventBridge and CloudWatch Logs deliver everywhere."""
    ministack_events.on_event_target(_deliver_event)
    ministack_logs.on_subscribed_logs(_deliver_logs)


def _deliver_event(arn: str, text: str, event: Mapping[str, Any]) -> bool:
    service, place, resource = _parts(arn)
    if service == "events" and resource.startswith("event-bus/"):
        return _forward(arn, place, resource.partition("/")[2], event)
    if place != ministack.current_place():
        return False
    if service == "logs":
        group = resource.removeprefix("log-group:").removesuffix(":*")
        ministack_logs.put_log_line(group, ministack.new_id(), text)
        return True
    if service == "firehose":
        ministack_logs.put_record(resource.partition("/")[2], text.encode())
        return True
    return False


def _forward(arn: str, place: Place, bus: str, event: Mapping[str, Any]) -> bool:
    """Forward an event to a bus of elsewhere; one of this place is left to ministack."""
    source = ministack.current_place()
    if place == source:
        return False
    with ministack.at(place):
        if not ministack_events.bus_exists(bus):
            log.warning("event bus %s does not exist", arn)
        elif place.account != source.account and not _allows(bus, source.account):
            log.warning("event bus %s does not let account %s put events", arn, source.account)
        else:
            ministack_events.forward_event(bus, event)
    return True


def _allows(bus: str, account: str) -> bool:
    """Tell whether a bus's policy names an account, or everybody."""
    accepted = {"*", account, f"arn:aws:iam::{account}:root"}
    for statement in ministack_events.bus_statements(bus):
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else principal
        names = {named} if isinstance(named, str) else set(named or [])
        if statement.get("Effect") == "Allow" and names & accepted:
            return True
    return False


def _deliver_logs(arn: str, data: bytes) -> None:
    service, place, resource = _parts(arn)
    if service == "firehose":
        with ministack.at(place):
            ministack_logs.put_record(resource.partition("/")[2], data)


def _parts(arn: str) -> tuple[str, Place, str]:
    """Return an ARN's service, place and resource."""
    _, _, service, region, account, resource = arn.split(":", 5)
    return service, Place(account, region), resource
