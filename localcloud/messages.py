"""Turn a resource's properties into a message of its service's API."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import botocore.session


def message(service: str, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as an API takes them: names in its own spelling, real types.

    What the operation does not know is left out.
    """
    return dict(_converted(_model(service).operation_model(operation).input_shape, given))


@functools.cache
def _model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


def _converted(shape: Any, value: Any) -> Any:
    match shape.type_name:
        case "structure":
            # A template says BuildSpec where CodeBuild's API says buildspec.
            names = {name.lower(): name for name in shape.members}
            found = {key.lower(): inner for key, inner in value.items()}
            return {
                names[key]: _converted(shape.members[names[key]], inner)
                for key, inner in found.items()
                if key in names
            }
        case "list":
            return [_converted(shape.member, one) for one in value]
        case "map":
            return {key: _converted(shape.value, inner) for key, inner in value.items()}
        case "boolean":
            return str(value).lower() == "true"
        case "integer" | "long":
            return int(value)
        case _:
            return _text(value)


def _text(value: Any) -> str:
    """Return a text as CloudFormation makes one of what YAML takes for something else."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
