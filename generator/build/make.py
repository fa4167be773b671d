"""From configuration to the files of a build, in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from generator.build import limits, schemas
from generator.build.inputs import digest
from generator.build.judge import all_functions, missing_buildspecs, rendered_units, wrong_handlers
from generator.build.manifest import BuiltFunction, BuiltUnit, InstanceParameters, Manifest
from generator.build.parameters import as_file, gather, instance_parameters
from generator.config import Config, Loaded, Names
from generator.config.functions import HEALTH
from generator.config.support import support_of
from generator.errors import GenError, Problem
from generator.lint import Level, Store, Subject, prove
from generator.package import Package, Target, build, release_key
from generator.plan.schemas import FILE
from generator.shipped import find
from generator.units import CAPABILITIES, SERVICE, UNITS, supplied_values, units_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Build:
    """A complete build, and what is remarked on it without refusing it."""

    manifest: Manifest
    files: dict[str, bytes]
    warnings: tuple[Problem, ...]


def make(root: Path, loaded: Loaded, *, cache: Path) -> Build:
    """Package, render, prove and gather.

    Raises GenError with every problem found in functions, templates and parameters together.
    """
    # Before anything is read: what changes meanwhile makes the build out of date, and not unseen.
    inputs = digest(root, loaded)
    problems: list[Problem] = []
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="package") as pool:
        packaging = _start_packaging(pool, root, loaded, cache, problems)
        store = Store(cache / "lint")
        subjects = rendered_units(root, loaded, problems, store)
        regions = loaded.config.regions.artifacts
        findings = prove(list(subjects.values()), regions=regions, store=store)
        problems += [f.as_problem() for f in findings if f.level is Level.ERROR]
        if wrong := limits.too_many_tags(loaded.config.all_tags):
            problems.append(loaded.problem(("tags",), wrong))
        problems += missing_buildspecs(root, loaded)
        near = _check_sizes(subjects, problems)
        packages = _collect({name: job.result for name, job in packaging.items()}, problems)
    if problems:
        raise GenError(dict.fromkeys(problems))
    manifest, files = _assemble(loaded, subjects, packages, store, inputs=inputs)
    warned = [f.as_problem() for f in findings if f.level is Level.WARNING]
    return Build(manifest, files, (*warned, *near))


def _start_packaging(
    pool: ThreadPoolExecutor, root: Path, loaded: Loaded, cache: Path, problems: list[Problem]
) -> dict[str, Future[Package]]:
    jobs: dict[str, Future[Package]] = {}
    problems += wrong_handlers(root, loaded)
    for name, function in all_functions(loaded.config).items():
        target = Target(
            python=function.runtime.removeprefix("python"), architecture=function.architecture
        )
        jobs[name] = pool.submit(build, find(root, function.source), target=target, cache=cache)
    return jobs


def _collect(jobs: dict[str, Callable[[], T]], problems: list[Problem]) -> dict[str, T]:
    """Run every job although one fails; note the problems of those that do."""
    done: dict[str, T] = {}
    for name, job in jobs.items():
        try:
            done[name] = job()
        except GenError as error:
            problems.extend(error.problems)
    return done


def _check_sizes(subjects: dict[str, Subject], problems: list[Problem]) -> list[Problem]:
    """Note the templates over a limit; give those near one."""
    near: list[Problem] = []
    for unit in UNITS:
        if (subject := subjects.get(unit.name)) is not None:
            for over, problem in limits.check_size(unit, subject):
                (problems if over else near).append(problem)
    return near


def _assemble(
    loaded: Loaded,
    subjects: dict[str, Subject],
    packages: dict[str, Package],
    store: Store,
    *,
    inputs: str,
) -> tuple[Manifest, dict[str, bytes]]:
    config, names = loaded.config, Names.of(loaded.config)
    elsewhere = {each.name for each in support_of(config) if each.unit != SERVICE}
    code_keys = {
        name: release_key(
            name, package.sha256, signed=config.signing is not None and name not in elsewhere
        )
        for name, package in packages.items()
    }
    of_service = {name: key for name, key in code_keys.items() if name not in elsewhere}
    release = _release(config, subjects[SERVICE].text, of_service)
    supplied = supplied_values(config, release=release, code_keys=code_keys)
    problems: list[Problem] = []
    set_once = schemas.as_file((each.text for each in subjects.values()), store=store)
    files: dict[str, bytes] = {FILE: set_once.encode()}
    units: list[BuiltUnit] = []
    for unit in units_of(config):
        subject = subjects[unit.name]
        parameters = gather(subject, supplied, problems)
        problems += limits.check_values(unit, parameters)
        own = instance_parameters(loaded, parameters, problems) if unit.name == SERVICE else {}
        files[f"templates/{unit.name}.yaml"] = subject.text.encode()
        files[f"parameters/{unit.name}.json"] = as_file(parameters).encode()
        files[f"sources/{unit.name}.json"] = (
            json.dumps(subject.origins.as_rows(), separators=(",", ":")) + "\n"
        ).encode()
        units.append(
            BuiltUnit(
                name=unit.name,
                kind=unit.kind,
                stack_name=names.stack(unit.name),
                template=f"templates/{unit.name}.yaml",
                sources=f"sources/{unit.name}.json",
                parameters=parameters,
                waves=unit.waves(config),
                needs_code=unit.needs_code,
                capabilities=CAPABILITIES,
                overrides=tuple(InstanceParameters(*pair, own[pair]) for pair in own),
            )
        )
    functions = []
    for name, package in packages.items():
        file = f"packages/{name}.zip"
        files[file] = package.data
        functions.append(
            BuiltFunction(
                name=name,
                source=all_functions(config)[name].source,
                file=file,
                key=code_keys[name],
                sha256=package.sha256,
                compiled=package.compiled,
            )
        )
    if problems:
        raise GenError(problems)
    account = config.targets.tools_account
    manifest = Manifest(
        project=config.project,
        environment=config.environment,
        release=release,
        inputs=inputs,
        tools_account=account,
        primary_region=config.regions.primary,
        administration_role=names.administration_role_arn(config),
        execution_role=names.execution_role,
        assume_role=config.targets.assume_role,
        artifact_buckets={r: names.artifact_bucket(account, r) for r in config.regions.artifacts},
        tags=config.all_tags,
        bake_minutes=config.delivery.bake_minutes,
        health_function=next((n for n, f in config.functions.items() if HEALTH in f.routes), None),
        units=tuple(units),
        functions=tuple(functions),
        files={name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
        termination_protection=config.protection.termination,
        stack_policy=config.protection.stack_policy,
    )
    files["manifest.json"] = manifest.to_json().encode()
    return manifest, files


def _release(config: Config, template: str, code_keys: dict[str, str]) -> str:
    """Name what the service's regions will be given: template, code, values and tags."""
    values = supplied_values(config, release="", code_keys=code_keys)
    content = json.dumps([template, values, config.all_tags], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
