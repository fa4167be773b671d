"""What a function's role lets it do with the things around it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.lint.template import Resource
from generator.lint.template.pipelines import granted
from generator.picture.graph import Flow
from generator.picture.permissions import ROLE, brief
from generator.picture.unit import RenderedUnit

READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "ConditionCheck", "Receive")
SENDS = ("Send", "Publish", "PutEvents", "Invoke", "StartExecution")
KINDS = {
    "events": "event bus",
    "s3": "bucket",
    "sqs": "queue",
    "sns": "topic",
    "dynamodb": "table",
    "secretsmanager": "secret",
    "lambda": "function",
    "cloudformation": "StackSet",
    "codepipeline": "pipeline",
}
"""What functions are about; what every one of them needs (logs, keys, traces) is left out."""
FLOWS = {"sends": Flow.EVENT, "takes back": Flow.DELIVERY}


def access(
    unit: RenderedUnit, function: Resource
) -> Iterator[tuple[str, Resource | str, str, Flow]]:
    """Yield what a function may use: its kind, itself or its name, how, and what flows."""
    actions: dict[tuple[str, str], list[str]] = {}
    things: dict[tuple[str, str], Resource | str] = {}
    for service, action, thing in _allowed(unit, function):
        key = (service, thing if isinstance(thing, str) else thing.id)
        things[key] = thing
        actions.setdefault(key, []).append(action)
    for key, allowed in actions.items():
        label = _label(key[0], allowed)
        if label is not None:
            flow = FLOWS.get(label, Flow.DATA)
            yield KINDS[key[0]], things[key], label, flow


def _allowed(unit: RenderedUnit, function: Resource) -> Iterator[tuple[str, str, Resource | str]]:
    """Yield each action with what it is allowed on."""
    roles = (unit.template.target(node, ROLE) for node in function.get("Role"))
    for role in filter(None, roles):
        for statement in granted(unit.template, role):
            actions = [unit.said(each).partition(":") for each in statement.each("Action")]
            for resource in statement.each("Resource") if statement.allows else ():
                text = resource.text or ""
                # An index or an object belongs to what holds it.
                found = unit.template.target_of(text.split("/")[0])
                target = found or unit.template.target(resource)
                for service, _, action in actions:
                    thing = target or _named(brief(unit.said(resource), unit.here), service)
                    if service in KINDS and thing is not None:
                        yield service, action, thing


def _label(service: str, actions: list[str]) -> str | None:
    """Say in a word what actions do; nothing for what only works off a queue."""
    if service == "sqs":
        return "sends" if any(each.startswith(SENDS) for each in actions) else None
    if service == "cloudformation" and any(each.startswith("Update") for each in actions):
        return "takes back"
    if all(each.startswith(SENDS) for each in actions):
        return "sends"
    reads = [each.startswith(READS) for each in actions]
    if all(reads):
        return "reads"
    return "reads and writes" if any(reads) else "writes"


def _named(said: str, service: str) -> str | None:
    """Give the name that an ARN ends in; nothing where it names all."""
    name = said.removeprefix(f"{service} ")
    if service == "cloudformation" and not name.startswith("stackset/"):
        return None
    for kind in ("event-bus/", "table/", "secret:", "function:", "stackset/"):
        name = name.removeprefix(kind)
    name = name.split("/")[0].removesuffix(":*")
    return name if name.strip("*…") else None
