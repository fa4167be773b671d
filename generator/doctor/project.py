"""The project: its parameter files, and whether what was built is of what they say now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.config import Config, environments, load
from generator.doctor.finding import Finding, Level, told
from generator.errors import GenError

_GROUP = "project"


@dataclass(frozen=True, slots=True)
class Project:
    """What was found, and the configuration of the environment at hand as far as it is right."""

    findings: tuple[Finding, ...]
    config: Config | None = None


def examine_project(root: Path | None, environment: str) -> Project:
    """Look at a project; None: there is none here."""
    if root is None:
        missing = Finding(
            _GROUP, "project", Level.WARN,
            "neither this folder nor one above it has a params/*.yaml",
            "change to the project's folder, or begin one: `gen init`",
        )  # fmt: skip
        return Project((missing,))
    findings = [Finding(_GROUP, "project", Level.OK, str(root))]
    config: Config | None = None
    names = environments(root)
    for name in names:
        try:
            loaded = load(root, name)
        except GenError as error:
            findings.append(told(_GROUP, name, error))
            continue
        if name == environment:
            config = loaded.config
        findings.append(Finding(_GROUP, name, Level.OK, _summary(loaded.config)))
        findings.append(_build(root, name))
    if environment not in names:
        known = f"there are {', '.join(names)}" if names else "write params/<environment>.yaml"
        findings.append(
            Finding(_GROUP, environment, Level.FAIL, f"no params/{environment}.yaml", known)
        )
    return Project(tuple(findings), config)


def _summary(config: Config) -> str:
    regions, accounts = len(config.regions.artifacts), len({pair[0] for pair in config.pairs})
    return (
        f"right: {regions} region{'s' * (regions != 1)}, {accounts} account{'s' * (accounts != 1)},"
        f" pinned to {config.targets.tools_account}"
    )


def _build(root: Path, environment: str) -> Finding:
    from generator.build.folder import open_build

    subject = f"build of {environment}"
    try:
        manifest, _ = open_build(root, load(root, environment))
    except GenError as error:
        return told(_GROUP, subject, error, Level.WARN)
    return Finding(_GROUP, subject, Level.OK, f"up to date: release {manifest.release}")
