"""Artifacts that a buildspec hands on, and whether anything makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from generator.lint.buildspec import Buildspec
from generator.lint.guardrail import Spot

UNTOLD = re.compile(r"[*?$\[\]{}]|^\.aws-sam/")
MAKERS = re.compile(
    r"\b(?:make|cmake|mvnw?|gradlew?|ant|sbt|bazel|npm\s+(?:run|exec|pack)|npx|yarn|pnpm|node|grunt"
    r"|gulp|webpack|dotnet|msbuild|go\s+(?:build|run|generate)|cargo|rake|bundle|composer|php|ruby"
    r"|tox|nox|invoke|cdk|sls|serverless|terraform|hugo|jekyll|mkdocs|sphinx-build|tsc|unzip|tar"
    r"|git\s+(?:clone|checkout|archive|submodule|pull)|jq|xargs|bash|sh|source|task|just|cp\s+-r|mv"
    r"|curl|wget|aws\s+s3\s+(?:cp|sync)|docker\s+(?:run|cp|build|compose)|poetry|uv|hatch"
    r"|envsubst)\b"
    r"|(?:^|[\s;&|])\.{1,2}/|\.(?:sh|py|js|rb|ps1)\b|\bpython3?(?:\.\d+)?\s+(?:-c|-m\s+(?!pip|pytest"
    r"|unittest|flake8|black|mypy|ruff|pylint|bandit))|>\s*[\"']?\$",
    re.MULTILINE,
)
"""Commands that may make files of any name."""


def unmade(buildspec: Buildspec, path: Path | None) -> Iterator[Spot]:
    """Find artifacts that no command makes and that the source does not have."""
    commands = "\n".join(command.text for _, command in buildspec.commands())
    # Of what stands in a template, the source is not known.
    if path is None or MAKERS.search(commands):
        return
    for place, base, name in _files(buildspec):
        if UNTOLD.search(name) or Path(name).name in commands or _is_in_source(base, name, path):
            continue
        yield Spot(
            *buildspec.document.at(place),
            f"let a command make {name} and test that it is there (test -s {name})",
            place,
        )


def _files(buildspec: Buildspec) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    artifacts = buildspec.document.value.get("artifacts")
    if not isinstance(artifacts, dict):
        return
    groups: list[tuple[tuple[str | int, ...], object]] = [(("artifacts",), artifacts)]
    secondary = artifacts.get("secondary-artifacts")
    if isinstance(secondary, dict):
        groups += [(("artifacts", "secondary-artifacts", n), g) for n, g in secondary.items()]
    for path, group in groups:
        if not isinstance(group, dict):
            continue
        listed, base = group.get("files"), str(group.get("base-directory") or "")
        for n, name in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(name, str):
                yield (*path, "files", n), base, name


def _is_in_source(base: str, name: str, path: Path) -> bool:
    return any((folder / base / name).exists() for folder in list(path.parents)[:4])
