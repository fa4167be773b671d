"""Say what is wrong with a configuration: every mistake at once, by file and line."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from generator.config.checks import check
from generator.config.finding import closest
from generator.config.model import Config
from generator.config.regions import PARTITIONS
from generator.config.source import Key, Source
from generator.errors import GenError, Problem

_MESSAGES = {
    "missing": "'{key}' is missing",
    "extra_forbidden": "unknown key '{key}'",
    "string_type": "'{key}' must be text (put it in quotes), not {input}",
    "int_type": "'{key}' must be a whole number, not {input}",
    "float_type": "'{key}' must be a number, not {input}",
    "bool_type": "'{key}' must be true or false, not {input}",
    "tuple_type": "'{key}' must be a list, not {input}",
    "dict_type": "'{key}' must be a mapping, not {input}",
    "model_type": "'{key}' must be a mapping, not {input}",
    "model_attributes_type": "'{key}' must be a mapping, not {input}",
    "literal_error": "'{key}' is {input}, but must be {expected}",
    "greater_than": "'{key}' is {input}, but must be more than {gt}",
    "greater_than_equal": "'{key}' is {input}, but must be at least {ge}",
    "less_than_equal": "'{key}' is {input}, but may be at most {le}",
    "string_too_long": "'{key}' has more than {max_length} characters",
    "string_too_short": "'{key}' is empty",
    "string_pattern_mismatch": "'{key}' is {input}, which does not fit the pattern {pattern}",
    "too_short": "'{key}' needs at least {min_length}",
    "too_long": "'{key}' may have at most {max_length}",
    "union_tag_invalid": "'{key}' has type {tag}, but must have one of {expected_tags}",
    "union_tag_not_found": "'{key}' has no 'type'",
}


_ORGANIZATIONS = tuple(
    ("targets", key) for key in ("organizational_units", "permission_model", "call_as")
)
_NO_UNITS = (
    "name the accounts under targets.accounts, so that a plan stays true; why, says"
    " docs/decisions/0006-accounts-are-named.md"
)
_SECRET = re.compile(r"token|secret|passw|credential|api_?key|(^|_)(pat|key)$", re.IGNORECASE)
_NO_SECRETS = (("pipeline",), ("pipeline", "source"))
"""Where people look for a place for the token of their repository."""
_NO_TOKEN = (
    "no secret belongs here, and none is needed: a source of type 'connection' is approved once in"
    " the console"
)


def validate(source: Source, environment: str, root: Path) -> Config:
    """Make the typed configuration, or raise GenError with all mistakes.

    When single values are wrong, the checks across sections still run on what remains without
    these values: one round of mending, not two.
    """
    config, errors = _parse(source.values)
    problems = [_problem(error, source) for error in _telling(errors, source)]
    broken: frozenset[str] = frozenset()
    if config is None:
        config, broken = _repaired(source, errors)
    if config is not None:
        if "environment" not in broken and config.environment != environment:
            problems.append(
                _at(
                    source, ("environment",),
                    f"'environment' is '{config.environment}', but the file is for '{environment}'",
                    "a parameter file is named after its environment",
                )
            )  # fmt: skip
        problems += [
            _at(source, path, what, hint) for path, what, hint in check(config, root, broken)
        ]
    if problems or config is None:
        distinct = {(p.file, p.line, p.message): p for p in problems}
        raise GenError(sorted(distinct.values(), key=lambda p: (str(p.file), p.line or 0)))
    return config


def _parse(values: dict[str, Any]) -> tuple[Config | None, list[ErrorDetails]]:
    try:
        # By way of JSON, because strict types then still let a list become a tuple.
        return Config.model_validate_json(json.dumps(values, default=str)), []
    except ValidationError as error:
        return None, error.errors()


_STAND_INS: dict[str, Any] = {
    "project": "stand-in",
    "environment": "stand-in",
    "tags": {"Owner": "-", "CostCenter": "-"},
    "regions": {"primary": "us-east-1", "waves": [["us-east-1"]]},
    "targets": {"tools_account": "0" * 12},
    "functions": {"stand-in": {"source": "."}},
}
"""Valid values for the sections that must be there."""


_ROUNDS = 4
"""What is taken away can leave something incomplete, which is then taken away as well."""


def _repaired(source: Source, errors: list[ErrorDetails]) -> tuple[Config | None, frozenset[str]]:
    """Make a configuration without the wrong values; say which sections had to be stood in for."""
    values, config, left = source.values, None, errors
    for _ in range(_ROUNDS):
        values = _without(values, [_wrong_path(error, source) for error in left])
        config, left = _parse(values)
        if config is not None:
            return config, frozenset()
    broken = frozenset(str(error["loc"][0]) for error in left)
    kept = {key: value for key, value in values.items() if key not in broken}
    config, _ = _parse(kept | {k: v for k, v in _STAND_INS.items() if k in broken})
    return config, broken


def _wrong_path(error: ErrorDetails, source: Source) -> tuple[Key, ...]:
    """Say what to take away: the wrong value, or that which lacks one it must have."""
    path = _real_path(error["loc"], source)
    return path[:-1] if error["type"] == "missing" and len(path) > 1 else path


def _telling(errors: list[ErrorDetails], source: Source) -> list[ErrorDetails]:
    """Leave out that a key is missing where it is only misspelt."""
    meant: set[tuple[Key, ...]] = set()
    for error in errors:
        if error["type"] == "extra_forbidden":
            path = _real_path(error["loc"], source)
            meant |= {(*path[:-1], key) for key in _keys_at(path[:-1]) if _similar(path[-1], key)}
    return [e for e in errors if e["type"] != "missing" or tuple(e["loc"]) not in meant]


def _similar(word: Key, key: str) -> bool:
    return closest(str(word), [key]) is not None


def _problem(error: ErrorDetails, source: Source) -> Problem:
    path = _real_path(error["loc"], source)
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")
    given = error.get("input")
    shown = json.dumps(given) if isinstance(given, str | int | float | bool) else (
        "empty" if given is None else "a list" if isinstance(given, list) else "a mapping"
    )  # fmt: skip
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"])
    else:
        text = _MESSAGES.get(error["type"])
        message = (
            text.format_map(dict(error.get("ctx", {})) | {"key": key, "input": shown})
            if text
            else f"'{key}': {error['msg']}"
        )
    return _at(source, path, message, _hint(error, path))


def _hint(error: ErrorDetails, path: tuple[Key, ...]) -> str | None:
    if error["type"] == "extra_forbidden":
        if path[:-1] in _NO_SECRETS and _SECRET.search(str(path[-1])):
            return _NO_TOKEN
        if path in _ORGANIZATIONS:
            return _NO_UNITS
        known = _keys_at(path[:-1])
        return closest(str(path[-1]), known) or f"known here: {', '.join(known)}"
    if error["type"] in {"literal_error", "value_error"} and isinstance(error.get("input"), str):
        expected = error.get("ctx", {}).get("expected", "")
        words = [w.strip("' ") for w in str(expected).replace(" or ", ",").split(",")]
        regions = sorted(set().union(*PARTITIONS.values()))
        return closest(error["input"], words) or closest(error["input"], regions)
    return None


def _keys_at(path: tuple[Key, ...]) -> list[str]:
    """List the keys that the model knows at a path."""
    here: Any = Config
    for part in path:
        model = _model_in(here)
        if model is not None and part in model.model_fields:
            here = model.model_fields[str(part)].annotation
        elif not (isinstance(part, int) or _is_mapping(here)):
            return []
    model = _model_in(here)
    return list(model.model_fields) if model else []


def _is_mapping(annotation: Any) -> bool:
    return "dict[" in str(annotation) or "tuple[" in str(annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _real_path(loc: tuple[Key, ...], source: Source) -> tuple[Key, ...]:
    """Drop the parts of a pydantic location that are no keys: union tags, '[key]' marks."""
    path: tuple[Key, ...] = ()
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if (*path, part) in source.places or (last and part != "[key]"):
            path = (*path, part)
    return path


def _without(values: dict[str, Any], paths: list[tuple[Key, ...]]) -> dict[str, Any]:
    """Copy `values` without what stands at `paths`."""
    remaining = copy.deepcopy(values)
    # List items from the back, so that earlier positions keep their meaning.
    for path in sorted(paths, key=lambda p: [(isinstance(k, int), k) for k in p], reverse=True):
        here: Any = remaining
        try:
            for part in path[:-1]:
                here = here[part]
            del here[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    return remaining


def _at(source: Source, path: tuple[Key, ...], message: str, hint: str | None = None) -> Problem:
    place = source.place_of(path)
    return Problem(
        message, file=place.file if place else None, line=place.line if place else None, hint=hint
    )
