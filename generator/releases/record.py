"""A release's record: all that it takes to give the set this release again. Written once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from generator.build.manifest import Manifest
from generator.config import logical_id
from generator.config.support import SUPPORT
from generator.package import is_signed, package_key

FORMAT = 1
"""Goes up when an older reader could misread a newer record."""
FOLDER = "records/"


@dataclass(frozen=True, slots=True)
class Code:
    """An object in the artifact buckets, and the digest that its bytes must have.

    Of a signed package it is the digest of what was signed: each region has a signature of its own.
    """

    key: str
    sha256: str

    @property
    def is_signed(self) -> bool:
        return is_signed(self.key)

    @property
    def package(self) -> Code:
        """The package as it was built: what was signed, or this itself."""
        return Code(package_key(self.key), self.sha256)


@dataclass(frozen=True, slots=True)
class Record:
    """What a release is made of, where it comes from, and who made it."""

    release: str
    project: str
    environment: str
    template: Code
    parameters: dict[str, str]
    capabilities: tuple[str, ...]
    tags: dict[str, str]
    functions: dict[str, Code]
    """The packages by the function's name, or of what gen adds by its name."""
    health_function: str | None
    """The function that answers GET /health."""
    commit: str | None
    built: str
    """ISO 8601, UTC."""
    built_by: str

    @classmethod
    def of_build(cls, manifest: Manifest, *, commit: str | None, built: str, by: str) -> Record:
        """Make the record of a build."""
        unit = manifest.service
        digest = manifest.files[unit.template]
        keys = set(unit.parameters.values())
        return cls(
            release=manifest.release,
            project=manifest.project,
            environment=manifest.environment,
            template=Code(template_key(digest), digest),
            parameters=unit.parameters,
            capabilities=unit.capabilities,
            tags=manifest.tags,
            functions={
                function.name: Code(function.key, function.sha256)
                for function in manifest.functions
                if function.key in keys
            },
            health_function=manifest.health_function,
            commit=commit,
            built=built,
            built_by=by,
        )

    @property
    def key(self) -> str:
        return record_key(self.release)

    @property
    def aliased(self) -> tuple[str, ...]:
        """Name the functions that have an alias `live`: not those that gen adds."""
        return tuple(name for name in self.functions if name not in _ADDED)

    @property
    def ignores_alarms(self) -> bool:
        """Whether its deployment goes on although alarms turn."""
        return self.parameters.get("IgnoreAlarmsInDeployment") == "true"

    def same_content(self, other: Record) -> bool:
        """Say whether both would give the regions the same, whoever built it from which commit."""
        return self._content() == other._content()

    def code_in(self, function: str, own: dict[str, str]) -> Code:
        """Give the package that a function must have in an instance.

        `own` are the instance's overrides: an operator may give one region another package.
        """
        if (key := own.get(f"{logical_id(function)}CodeKey")) is not None:
            return Code(key, key.rsplit("/", 1)[-1].split(".")[0])
        return self.functions[function]

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read a record; raises ValueError, KeyError or TypeError when it is none of ours."""
        data: dict[str, Any] = json.loads(text)
        if data.pop("format") != FORMAT:
            raise ValueError("another format")
        data["template"] = Code(**data["template"])
        data["functions"] = {name: Code(**code) for name, code in data["functions"].items()}
        data["capabilities"] = tuple(data["capabilities"])
        return cls(**data)

    def _content(self) -> dict[str, Any]:
        told = asdict(self)
        return {k: v for k, v in told.items() if k not in {"commit", "built", "built_by"}}


_ADDED = frozenset(support.name for support in SUPPORT)


def record_key(release: str) -> str:
    """Say where a release's record lies."""
    return f"{FOLDER}{release}.json"


def template_key(sha256: str) -> str:
    """Say where a release's template lies."""
    return f"templates/service/{sha256}.yaml"
