"""Drift as AWS found it, and which of its values must not be shown. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from generator.plan.evaluation import secret_parameters
from generator.plan.templates import read_template, section
from generator.plan.text import MASKED
from generator.plan.values import function_of

CHANGED = frozenset({"MODIFIED", "DELETED"})
_SECURE = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")
_SECRET_NAME = re.compile(
    r"(?i)(password|passwd|secret|token|credential|private_?key|api_?key)(?!.*(arn|id|name)s?$)"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A property that is not as the template says."""

    path: str
    """`/VisibilityTimeout`, `/RedrivePolicy/maxReceiveCount`."""
    expected: str
    actual: str
    type: str
    """ADD, REMOVE or NOT_EQUAL."""


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """What drift detection found of a resource."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    """IN_SYNC, MODIFIED, DELETED, UNKNOWN, UNSUPPORTED or NOT_CHECKED."""
    reason: str = ""
    differences: tuple[Difference, ...] = ()


class Mask:
    """What of the resources of a deployed template is secret."""

    def __init__(self, template: str):
        data = read_template(template)
        self._resources = section(data, "Resources")
        self._parameters = secret_parameters(data)

    def masked(self, drift: ResourceDrift) -> ResourceDrift:
        """Hide the values of secret properties: NoEcho, resolved, or secret by their name."""
        return replace(
            drift,
            differences=tuple(
                replace(one, expected=_hidden(one.expected), actual=_hidden(one.actual))
                if self._hides(drift.logical_id, one)
                else one
                for one in drift.differences
            ),
        )

    def _hides(self, logical_id: str, one: Difference) -> bool:
        names = [*one.path.split("/"), *_keys(one.expected), *_keys(one.actual)]
        if any(map(_SECRET_NAME.search, names)):
            return True
        if any(mark in one.expected for mark in _SECURE):
            return True
        return any(map(self._is_secret, _texts(self._source(logical_id, one.path))))

    def _source(self, logical_id: str, path: str) -> Any:
        """Give what the template says at a path, or the function that stands on the way to it."""
        found = self._resources.get(logical_id)
        found = found.get("Properties") if isinstance(found, dict) else None
        for key in path.strip("/").split("/"):
            if isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            elif isinstance(found, dict) and key in found:
                found = found[key]
            else:
                return found if function_of(found) else None
        return found

    def _is_secret(self, text: str) -> bool:
        if any(mark in text for mark in _SECURE):
            return True
        return any(text == name or f"${{{name}}}" in text for name in self._parameters)


def _hidden(value: str) -> str:
    """Mask a value; that there is none is no secret."""
    return value if value == "null" else MASKED


def _keys(value: str) -> Iterator[str]:
    """Yield the names within a value that is a structure."""
    if not value.startswith(("{", "[")):
        return
    try:
        waiting = [json.loads(value)]
    except ValueError:
        return
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield from found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
