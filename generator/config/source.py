"""Read YAML files into one merged tree that still knows where each value was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from generator.errors import GenError, Problem

Key = str | int


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; lines are 1-based."""

    file: str
    line: int


@dataclass(slots=True)
class Source:
    """A merged document: plain values, and the place of each key path in them."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[tuple[Key, ...], Place] = field(default_factory=dict)

    def place_of(self, path: tuple[Key, ...]) -> Place | None:
        """Find where `path` was written, or else its nearest parent."""
        for end in range(len(path), -1, -1):
            if (place := self.places.get(path[:end])) is not None:
                return place
        return None

    def merge(self, other: Source) -> None:
        """Lay `other` over this one: mappings merge, everything else is replaced."""
        self.values = self._merged(self.values, other, other.values, ())
        for path, place in other.places.items():
            self.places[path] = place

    def _merged(self, old: Any, other: Source, new: Any, path: tuple[Key, ...]) -> Any:
        if isinstance(old, dict) and isinstance(new, dict):
            merged = dict(old)
            for key, value in new.items():
                merged[key] = self._merged(old.get(key), other, value, (*path, key))
            return merged
        # What is replaced takes the places below it along.
        for known in [p for p in self.places if p[: len(path)] == path and len(p) > len(path)]:
            del self.places[known]
        return new


def read(file: Path, *, shown: str) -> Source:
    """Read one YAML file.

    `shown` is how messages name the file. Raises GenError for a file that is missing, is not YAML,
    is not a mapping, or says a key twice (YAML itself would let the last one win silently).
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise GenError(Problem(f"cannot read it: {error.strerror}", file=shown)) from error
    except UnicodeDecodeError as error:
        raise GenError(Problem("it is not UTF-8 text", file=shown)) from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise GenError(_syntax_problem(error, shown)) from error
    except yaml.YAMLError as error:
        raise GenError(Problem(f"not valid YAML: {error}", file=shown)) from error
    source = Source()
    if root is None:
        return source
    if not isinstance(root, yaml.MappingNode):
        raise GenError(Problem("the file must be a mapping of keys", file=shown, line=1))
    reader = _Reader(source, shown)
    source.values = reader.value(root, (), set())
    if reader.problems:
        raise GenError(reader.problems)
    return source


def _syntax_problem(error: yaml.MarkedYAMLError, shown: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = error.problem or "syntax error"
    if error.context:
        began = error.context_mark
        since = f" that begins on line {began.line + 1}" if began and began != mark else ""
        what += f" ({error.context}{since})"
    return Problem(f"not valid YAML: {what}", file=shown, line=mark.line + 1 if mark else None)


class _Reader:
    """Turn YAML nodes into values, noting the place of each."""

    def __init__(self, source: Source, shown: str):
        self.source = source
        self.shown = shown
        self.problems: list[Problem] = []
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: tuple[Key, ...], parents: set[int]) -> Any:
        line = node.start_mark.line + 1
        self.source.places.setdefault(path, Place(self.shown, line))
        if id(node) in parents:
            self._complain("an alias that contains itself", node)
            return None
        parents = parents | {id(node)}
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, parents)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(n, (*path, i), parents) for i, n in enumerate(node.value)]
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._complain(f"not a value that can be read here ({error})".split("\n")[0], node)
            return None

    def _mapping(
        self, node: yaml.MappingNode, path: tuple[Key, ...], parents: set[int]
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain("a key must be plain text", key_node)
                continue
            key = key_node.value
            if key in first:
                self._complain(f"'{key}' is said twice (first on line {first[key]})", key_node)
                continue
            first[key] = line
            self.source.places[(*path, key)] = Place(self.shown, line)
            result[key] = self.value(value_node, (*path, key), parents)
        return result

    def _complain(self, what: str, node: yaml.Node) -> None:
        self.problems.append(Problem(what, file=self.shown, line=node.start_mark.line + 1))
