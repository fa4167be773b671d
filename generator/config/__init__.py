"""`params/defaults.yaml` + `params/<environment>.yaml` → one typed, frozen `Config`.

source.py reads YAML and remembers the line of every key; model.py is the shape, with a file for
each group of sections (targets, functions, api, delivery, operations); checks.py looks across them;
problems.py says what is wrong, where, and what was probably meant: all mistakes at once. names.py
is the naming convention.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.config.model import Config
from generator.config.names import Names, logical_id
from generator.config.problems import validate
from generator.config.source import Key, Source, read
from generator.errors import GenError, Problem, UsageError

__all__ = ["Config", "Loaded", "Names", "environments", "load", "logical_id"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid configuration, and where each of its values was written."""

    config: Config
    source: Source
    files: tuple[Path, ...]

    def problem(self, path: tuple[Key, ...], message: str, *, hint: str | None = None) -> Problem:
        """Describe a problem with the value at `path`, by the line it stands on."""
        place = self.source.place_of(path)
        return Problem(
            message, file=place.file if place else None, line=place.line if place else None,
            hint=hint,
        )  # fmt: skip


def environments(root: Path) -> list[str]:
    """List the environments that have a parameter file."""
    return sorted(p.stem for p in (root / "params").glob("*.yaml") if p.stem != "defaults")


def load(root: Path, environment: str) -> Loaded:
    """Load one environment's configuration from the project at `root`.

    Raises UsageError for an environment without a file, GenError with every mistake in the files.
    """
    file = root / "params" / f"{environment}.yaml"
    if not file.is_file():
        known = environments(root)
        raise UsageError(
            f"there is no environment '{environment}' (no params/{environment}.yaml)",
            hint=f"environments here: {', '.join(known)}" if known else "see `gen --help`",
        )
    files = [f for f in (root / "params" / "defaults.yaml", file) if f.is_file()]
    source = Source()
    unreadable: list[Problem] = []
    for each in files:
        try:
            source.merge(read(each, shown=f"params/{each.name}"))
        except GenError as error:
            unreadable.extend(error.problems)
    if unreadable:
        raise GenError(unreadable)
    return Loaded(validate(source, environment, root), source, tuple(files))
