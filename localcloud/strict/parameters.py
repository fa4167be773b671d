"""Refuse parameters that a template does not have, and those that nobody gave a value."""

from collections.abc import Mapping
from typing import Any


def check(template: Mapping[str, Any], given: Mapping[str, bool]) -> None:
    """Refuse unknown and missing parameters, all at once as AWS does (ValueError).

    `given` has the names of the call's parameters; True marks those that keep their value.
    """
    declared = template.get("Parameters") or {}
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [
        name
        for name, definition in declared.items()
        if name not in given and "Default" not in definition
    ]
    if missing:
        raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
