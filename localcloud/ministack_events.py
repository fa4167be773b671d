"""What we need of ministack's EventBridge."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import eventbridge as _events


def put_event(
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    arns: list[str],
    bus: str = "default",
) -> None:
    """Publish an event of an AWS service on a bus of the present place."""
    entry = {"Source": source, "DetailType": detail_type, "Resources": arns, "EventBusName": bus}
    entries = [{**entry, "Detail": json.dumps(detail)}]
    _events._put_events({"Entries": entries}, allow_aws_source=True)


def on_event_target(deliver: Callable[[str, str, Mapping[str, Any]], bool]) -> None:
    """Ask first whether somebody else delivers an event to a target.

    `deliver` gets the target's ARN, the text to deliver and the event; False leaves the target
    to ministack.
    """
    invoke = _events._invoke_target

    def invoke_or_deliver(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        view = view or _events._pattern_event_view(event)
        text = json.dumps(view.event_with_detail())
        if target.get("InputTransformer"):
            text = _events._apply_input_transformer(target["InputTransformer"], rule, view)
        elif target.get("Input"):
            text = target["Input"]
        if not deliver(target["Arn"], text, event):
            invoke(target, event, rule, view)

    _events._invoke_target = invoke_or_deliver


def bus_exists(bus: str) -> bool:
    return bus == "default" or bus in _events._event_buses


def bus_statements(bus: str) -> list[dict[str, Any]]:
    """Return the statements of an event bus's resource policy in the present place."""
    return list((_events._event_bus_policies.get(bus) or {}).get("Statement", []))


def set_bus_statements(bus: str, statements: list[dict[str, Any]]) -> None:
    """Replace the resource policy of an event bus of the present place."""
    _events._event_bus_policies.pop(bus, None)
    if statements:
        _events._event_bus_policies[bus] = {"Version": "2012-10-17", "Statement": statements}


def forward_event(bus: str, event: Mapping[str, Any]) -> None:
    """Put an event of elsewhere on a bus of the present place, its origin unchanged."""
    _events._dispatch_event({**event, "EventBusName": bus})
