"""Turn CloudFormation's properties into messages of a service's API, by botocore's model."""

import functools
import json
from typing import Any

import botocore.session


@functools.cache
def _model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


def message(service: str, operation: str, given: Any, *, member: str | None = None) -> Any:
    """Return properties as an operation, or one member of its, takes them.

    They have other first letters there, and real types.
    """
    shape = _model(service).operation_model(operation).input_shape
    return _converted(shape.members[member] if member else shape, given)


def _converted(shape: Any, value: Any) -> Any:
    match shape.type_name:
        case "structure":
            names = {name[:1].lower() + name[1:]: name for name in shape.members}
            found = {key[:1].lower() + key[1:]: inner for key, inner in value.items()}
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
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
