"""The pipeline as it runs: stages and actions in order, and which of them are gates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby

from generator.config import Config
from generator.config.operations import CodeCommitSource, ConnectionSource, S3Source
from generator.lint.template.pipelines import Action, Pipeline, pipelines
from generator.picture.unit import RenderedUnit

WORDS = {
    "CodeStarSourceConnection": "The connection",
    "Manual": "The pipeline",
    "CloudFormationStackSet": "CloudFormation",
    "CloudFormationStackInstances": "CloudFormation",
}


@dataclass(frozen=True, slots=True)
class Step:
    """An action of a stage."""

    name: str
    by: str
    """What carries it out."""
    does: str
    gate: str | None
    """What must be so for the release to pass; None for what only works."""
    regions: tuple[str, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the pipeline; its steps run one after the other, those in a tuple together."""

    name: str
    steps: tuple[tuple[Step, ...], ...]
    on_failure: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a release reaches the regions."""

    pipeline: str | None
    stages: tuple[Stage, ...]
    source: tuple[str, str] | None
    """What a push goes to: its kind and name."""
    strategy: str
    """How traffic shifts to a new version, within each region."""
    bake_minutes: int
    rollback_window_minutes: int
    checks: tuple[str, ...]
    """When a new version is tried: `before traffic`, `after traffic`."""


def delivery_of(config: Config, unit: RenderedUnit | None, service: RenderedUnit) -> Delivery:
    """Read the pipeline, if there is one, and how traffic shifts."""
    found = pipelines(unit.template) if unit else []
    checked = any(function.traffic_check for function in config.functions.values())
    checks = (
        ("before traffic", config.delivery.pre_traffic_check),
        ("after traffic", config.delivery.post_traffic_check),
    )
    return Delivery(
        pipeline=unit.name_of(found[0].resource) if unit and found else None,
        stages=tuple(_stages(config, unit, found[0])) if unit and found else (),
        source=_source(config),
        strategy=service.parameters.get("DeploymentStrategy", "").rpartition(".")[2],
        bake_minutes=config.delivery.bake_minutes,
        rollback_window_minutes=config.delivery.rollback_window_minutes,
        checks=tuple(name for name, wanted in checks if wanted and checked),
    )


def _source(config: Config) -> tuple[str, str] | None:
    match config.pipeline and config.pipeline.source:
        case ConnectionSource(provider=provider, repository=repository):
            return f"repository at {provider}", repository
        case CodeCommitSource(repository=repository):
            return "CodeCommit repository", repository
        case S3Source(bucket=bucket, key=key):
            return "archive in S3", f"{bucket}/{key}"
    return None


def _stages(config: Config, unit: RenderedUnit, pipeline: Pipeline) -> list[Stage]:
    stages = []
    for node in pipeline.stages:
        actions = sorted(pipeline.of(node), key=lambda action: action.order)
        steps = [
            tuple(_step(config, unit, action) for action in together)
            for _, together in groupby(actions, key=lambda action: action.order)
        ]
        failed = next(node.get("OnFailure", "Result")).literal
        stages.append(Stage(unit.said(next(node.get("Name"))), tuple(steps), failed))
    return stages


def _step(config: Config, unit: RenderedUnit, action: Action) -> Step:
    provider = action.provider or ""
    does, gate = _meaning(config, unit, action)
    return Step(
        name=unit.said(next(action.node.get("Name"))),
        by=WORDS.get(provider, provider),
        does=does,
        gate=gate,
        regions=_listed(unit, action, "Regions"),
        accounts=_listed(unit, action, "DeploymentTargets"),
    )


def _meaning(config: Config, unit: RenderedUnit, action: Action) -> tuple[str, str | None]:
    """Say what an action does, and what it lets nothing pass without."""
    if action.category == "Source":
        where = [
            unit.said(node)
            for name in ("FullRepositoryId", "RepositoryName", "S3Bucket", "BranchName")
            for node in action.configured(name)
            if not node.is_absent
        ]
        return f"starts at a push to {', '.join(where)}", None
    if action.category == "Approval":
        return "waits for a person, who sees what would change", "somebody says yes"
    if action.provider == "CloudFormationStackSet":
        return (
            "gives the StackSet template and parameters, and updates these stack instances",
            "every stack instance is current",
        )
    if action.category == "Deploy":
        return "updates these stack instances", "every stack instance is current"
    match _step_of(action):
        case "promote":
            return (
                "compares every package with its digest, in every region's bucket",
                "what is deployed is what was built, byte for byte",
            )
        case "record":
            return "records the release as good", "all waves were verified"
        case str():
            quiet = f"alarms stay quiet for {config.delivery.bake_minutes} min"
            return (
                "asks each region from the outside",
                f"each region answers for its health with this release; {quiet}",
            )
    if action.category == "Build":
        return (
            "tests, packages, renders, lints, and uploads to every region",
            "tests pass, and every template is proven",
        )
    if "scan" in action.names and config.pipeline:
        wanted = {
            "secrets in the source": config.pipeline.scan.secrets,
            "packages with known weaknesses": config.pipeline.scan.dependencies,
            "lax policies": config.pipeline.scan.policies,
        }
        looked = ", ".join(name for name, is_ in wanted.items() if is_)
        return f"looks for {looked}", "nothing is found"
    return "runs a build", "the build succeeds"


def _step_of(action: Action) -> str | None:
    for node in action.configured("EnvironmentVariables"):
        try:
            variables = json.loads(node.text or "")
        except ValueError:
            continue
        for each in variables if isinstance(variables, list) else ():
            if isinstance(each, dict) and each.get("name") == "GEN_STEP":
                return str(each.get("value"))
    return None


def _listed(unit: RenderedUnit, action: Action, name: str) -> tuple[str, ...]:
    """Read a list that is joined from a parameter: `!Join [",", !Ref Wave1Regions]`."""
    for node in action.configured(name):
        match node.value:
            case {"Fn::Join": [str(), {"Ref": str(parameter)}]}:
                given = unit.parameters.get(parameter, "")
            case _:
                given = "" if node.is_absent else unit.said(node)
        return tuple(each.strip() for each in given.split(",") if each.strip())
    return ()
