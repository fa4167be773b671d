"""One of two templates that are compared, with the values that its parameters have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.plan.changes import RESOURCES
from generator.plan.evaluation import Evaluation
from generator.plan.leaves import Path
from generator.plan.templates import section
from generator.plan.values import ABSENT, Value, shown


class Side:
    """A template with its values."""

    def __init__(self, template: dict[str, Any], values: Mapping[str, Value]):
        self.template, self.values = template, values
        self.evaluation = Evaluation(template, values)
        self.resources = self.present(RESOURCES)

    def present(self, name: str) -> dict[str, dict[str, Any]]:
        """Give a section's entries without those whose condition does not hold."""
        return {
            entry: body
            for entry, body in section(self.template, name).items()
            if isinstance(body, dict) and not self._is_off(body.get("Condition"))
        }

    def _is_off(self, condition: Any) -> bool:
        return isinstance(condition, str) and self.evaluation.holds(condition) is False

    def values_of(self, body: dict[str, Any]) -> dict[str, Value]:
        """Work out an entry: attributes, and properties if it has any."""
        values = {key: self.evaluation.value(each) for key, each in body.items()}
        if isinstance(needed := values.get("DependsOn"), str):
            values["DependsOn"] = [needed]
        if isinstance(needed := values.get("DependsOn"), list):
            values["DependsOn"] = sorted(needed, key=shown)
        return {key: each for key, each in values.items() if each is not ABSENT}


def value_at(value: Value, path: Path) -> Value:
    """Follow a path into a value."""
    for key in path:
        value = value[key]
    return value


def told(value: Value) -> str | None:
    """Write a value for people; None where there is none."""
    return None if value is ABSENT else shown(value)


def dotted(path: Path) -> str:
    """Write a path for people: `Properties.Actions[1]`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")
