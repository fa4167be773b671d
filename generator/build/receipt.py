"""Know, without making a build again, that it would become the one that is there: its receipt.

A build is made of nothing but parameter files, templates, functions' folders and what is installed.
A receipt notes the digests of all these beside that of the manifest, which has those of all other
files. It is believed only when all of it holds; lost, spoilt or of another build, it costs the time
of making the build again. Nothing heavy is imported here: that is where the time would go.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from generator.build.inputs import digest_of
from generator.errors import Problem
from generator.installed import content_of, files_below, fingerprint

if TYPE_CHECKING:
    from generator.build.make import Build

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Summary:
    """What there is to say of a build."""

    release: str
    units: tuple[str, ...]
    regions: tuple[str, ...]
    functions: tuple[str, ...]
    warnings: tuple[Problem, ...]

    @classmethod
    def of(cls, build: Build) -> Self:
        """Name what a build holds."""
        made = build.manifest
        return cls(
            release=made.release,
            units=tuple(unit.name for unit in made.units),
            regions=tuple(made.artifact_buckets),
            functions=tuple(function.name for function in made.functions),
            warnings=build.warnings,
        )


class Receipt:
    """The receipt of an environment's build; begun before anything of its inputs is read."""

    def __init__(self, root: Path, environment: str):
        self._root = root
        self._folder = root / "build" / environment
        self._file = root / "build" / "cache" / "receipts" / f"{environment}.json"
        files = (root / "params" / "defaults.yaml", root / "params" / f"{environment}.yaml")
        self._parameters = [file for file in files if file.is_file()]
        # What is read of them later may be newer: then this receipt is never believed.
        contents = {file.name: content_of(file) for file in self._parameters}
        self._made_by = _digest([FORMAT, fingerprint(), contents])

    def standing(self) -> Summary | None:
        """Sum up the build that is there; None unless making it again would give the same."""
        try:
            noted = json.loads(self._file.read_bytes())
            said = noted["said"]
            if noted["sha256"] != _digest(said) or said["made_by"] != self._made_by:
                return None
            folders = [self._root / folder for folder in said["folders"]]
            if said["inputs"] != digest_of(self._root, self._parameters, folders):
                return None
            if not self._is_intact(said["manifest"]):
                return None
            summary = said["summary"]
            warnings = tuple(Problem(**row) for row in summary.pop("warnings"))
            names: dict[str, Any] = {
                key: tuple(summary.pop(key)) for key in ("units", "regions", "functions")
            }
            return Summary(**summary, **names, warnings=warnings)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep(self, build: Build, folders: Iterable[Path]) -> None:
        """Write the receipt of a build that is in place, made from these folders."""
        summary = asdict(Summary.of(build))
        for row in summary["warnings"]:
            row["file"] = None if row["file"] is None else str(row["file"])
        said = {
            "made_by": self._made_by,
            "folders": [_from(self._root, folder) for folder in folders],
            "inputs": build.manifest.inputs,
            "manifest": hashlib.sha256(build.files["manifest.json"]).hexdigest(),
            "summary": summary,
        }
        with contextlib.suppress(OSError):  # a full disk only costs time, the next time
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._file.parent, prefix=".") as scratch:
                fresh = Path(scratch, "receipt.json")
                fresh.write_text(json.dumps({"sha256": _digest(said), "said": said}))
                fresh.replace(self._file)

    def _is_intact(self, manifest: str) -> bool:
        """Tell whether the build's folder holds just what its manifest says."""
        file = self._folder / "manifest.json"
        if content_of(file) != manifest:
            return False
        files: dict[str, str] = json.loads(file.read_bytes())["files"]
        there = {each.relative_to(self._folder).as_posix() for each in files_below(self._folder)}
        return there == {*files, file.name} and all(
            content_of(self._folder / name) == sha256 for name, sha256 in files.items()
        )


def _from(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
