"""Read buildspecs, version 0.2.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
OnFailure = Literal["ABORT", "CONTINUE"]
_TOP = {"version", "run-as", "env", "proxy", "phases", "reports", "artifacts", "cache"}
_PHASE = {"run-as", "on-failure", "runtime-versions", "commands", "finally", "steps"}


class BuildspecError(Exception):
    """A buildspec that CodeBuild would not take: what is wrong with it, in one line."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase runs; without `on_failure` a failure takes AWS's usual way."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: OnFailure | None = None
    runtimes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Files:
    """Files to take: of a report or of an artifact."""

    patterns: tuple[str, ...] = ()
    base_directory: str = ""
    discard_paths: bool = False
    name: str = ""
    exclude: tuple[str, ...] = ()
    file_format: str = "JunitXml"


@dataclass(frozen=True, slots=True)
class Buildspec:
    """A buildspec, checked."""

    shell: str = "/bin/sh"
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    phases: Mapping[str, Phase] = field(default_factory=dict)
    reports: Mapping[str, Files] = field(default_factory=dict)
    artifacts: Files | None = None
    secondary_artifacts: Mapping[str, Files] = field(default_factory=dict)
    cache_paths: tuple[str, ...] = ()


def parse(text: str) -> Buildspec:
    """Return a buildspec from its text (BuildspecError when CodeBuild would refuse it)."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(" ".join(str(error).split())) from error
    top = _mapping(document, "the buildspec")
    if str(top.get("version")) != "0.2":
        raise BuildspecError(
            f"the local cloud knows version 0.2 of the buildspec, not {top.get('version')}"
        )
    _refuse_unknown(top, _TOP, "the buildspec")
    env = _mapping(top.get("env"), "env")
    phases = _mapping(top.get("phases"), "phases")
    _refuse_unknown(phases, set(PHASES), "phases")
    if not any(name in phases for name in PHASES):
        raise BuildspecError("phases are missing: at least one is needed")
    artifacts = _mapping(top.get("artifacts"), "artifacts")
    secondary = _mapping(artifacts.get("secondary-artifacts"), "secondary-artifacts")
    reports = _mapping(top.get("reports"), "reports")
    return Buildspec(
        shell=str(env.get("shell", "/bin/sh")),
        variables=_texts(env.get("variables"), "env/variables"),
        parameters=_texts(env.get("parameter-store"), "env/parameter-store"),
        secrets=_texts(env.get("secrets-manager"), "env/secrets-manager"),
        exported=_lines(env.get("exported-variables"), "env/exported-variables"),
        phases={name: _phase(name, phases[name]) for name in PHASES if name in phases},
        reports={name: _files(one, f"reports/{name}") for name, one in reports.items()},
        artifacts=_files(artifacts, "artifacts") if artifacts else None,
        secondary_artifacts={
            name: _files(one, f"secondary-artifacts/{name}") for name, one in secondary.items()
        },
        cache_paths=_lines(_mapping(top.get("cache"), "cache").get("paths"), "cache/paths"),
    )


def _phase(name: str, given: Any) -> Phase:
    phase = _mapping(given, f"phases/{name}")
    _refuse_unknown(phase, _PHASE, f"phases/{name}")
    on_failure = phase.get("on-failure")
    if on_failure not in (None, "ABORT", "CONTINUE"):
        raise BuildspecError(
            f"phases/{name}/on-failure: the local cloud knows ABORT and CONTINUE, not {on_failure}"
        )
    return Phase(
        commands=_lines(phase.get("commands"), f"phases/{name}/commands"),
        finally_=_lines(phase.get("finally"), f"phases/{name}/finally"),
        on_failure=on_failure,
        runtimes=_texts(phase.get("runtime-versions"), f"phases/{name}/runtime-versions"),
    )


def _files(given: Any, where: str) -> Files:
    found = _mapping(given, where)
    return Files(
        patterns=_lines(found.get("files"), f"{where}/files"),
        base_directory=str(found.get("base-directory") or ""),
        discard_paths=_truth(found.get("discard-paths")),
        name=str(found.get("name") or ""),
        exclude=_lines(found.get("exclude-paths"), f"{where}/exclude-paths"),
        file_format=str(found.get("file-format") or "JunitXml"),
    )


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() in ("yes", "true")


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BuildspecError(f"{where} must be a mapping")
    return value


def _texts(value: Any, where: str) -> dict[str, str]:
    found = {}
    for name, one in _mapping(value, where).items():
        if isinstance(one, Mapping | list):
            raise BuildspecError(f"{where}/{name} must be text")
        # YAML makes a boolean of true; a shell wants it as it was written.
        found[str(name)] = str(one).lower() if isinstance(one, bool) else str(one)
    return found


def _lines(value: Any, where: str) -> tuple[str, ...]:
    """Return a list of texts; a single text is a list of one."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Sequence) or not all(
        isinstance(one, str | int | float) for one in value
    ):
        raise BuildspecError(f"{where} must be a list of texts")
    return tuple(str(one) for one in value)


def _refuse_unknown(found: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(name) for name in found.keys() - known)
    if unknown:
        raise BuildspecError(f"{where}: unknown {', '.join(unknown)}")
