"""A taskcat project: its configuration, the templates, the code as it lies in the buckets.

The code of a region's functions must lie in a bucket of that region, under a key of its own.
taskcat can do that by itself: with `s3_regional_buckets` it makes the bucket `<s3_bucket>-<region>`
in each region, and puts every file of the project into it, under the project's name. So the project
is named as the keys begin, and its folder looks as the buckets do.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from generator.build.manifest import BuiltUnit, Manifest
from generator.errors import GenError, Problem
from generator.trial.copies import copy_of
from generator.trial.design import Trial
from generator.units import SERVICE, Pair

CONFIG = ".taskcat.yml"
OUTPUTS = "taskcat_outputs"
"""Where taskcat's reports go by default; it does not upload them."""
_RECORD = ".trial.json"
_REGION = "templates/region.yaml"
_KEYS = "releases"
Overrides = dict[Pair, dict[str, str]]


def folder_of(root: Path, environment: str, *, local: bool) -> Path:
    """Say where an environment's taskcat project is; the name of none has a dot."""
    return root / "build" / "taskcat" / f"{environment}{'.local' if local else ''}"


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Refuse to go on while another process is at work on the project of a folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GenError(
                Problem("another gen test is at work", file=folder, hint="wait for its end")
            ) from None
        yield


def read(folder: Path) -> Trial | None:
    """Read what the project of a folder makes; None when there is none."""
    try:
        return Trial.from_json((folder / _RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise GenError(
            Problem("not written by this version of gen", file=folder / _RECORD)
        ) from None


def write(
    folder: Path, trial: Trial, manifest: Manifest, build: Path, overrides: Overrides
) -> dict[str, tuple[str, ...]]:
    """Write the project anew; say which resources each unit's copy does without.

    `overrides` are values of service instances that gen looks up when it deploys.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "templates").mkdir(parents=True)
    (folder / OUTPUTS).mkdir()
    tried = dict.fromkeys(one.unit for one in trial.subjects)
    units = [unit for unit in manifest.units if unit.name in tried]
    left_out = {}
    for unit in units:
        copy = copy_of((build / unit.template).read_text(encoding="utf-8"))
        (folder / unit.template).write_text(copy.text, encoding="utf-8")
        left_out[unit.name] = copy.left_out
    nested = {one.unit for one in trial.subjects if one.nested}
    if nested:
        inner = [unit for unit in units if unit.name in nested]
        _write_yaml(folder / _REGION, _region(trial, inner, overrides))
    if SERVICE in tried:
        _copy_code(folder, manifest, build)
    _write_yaml(
        folder / CONFIG,
        _config(trial, units),
        comment=f"Written by gen test -e {trial.environment}. `taskcat test run` in this folder"
        " takes it as it is;\n# the buckets of code that it leaves behind go by"
        f" {trial.cleaning}.",
    )
    (folder / _RECORD).write_text(trial.to_json(), encoding="utf-8")
    return left_out


def _write_yaml(file: Path, value: dict[str, Any], *, comment: str = "") -> None:
    text = yaml.safe_dump(value, sort_keys=False, width=100)
    file.write_text(f"# {comment}\n{text}" if comment else text, encoding="utf-8")


def _copy_code(folder: Path, manifest: Manifest, build: Path) -> None:
    """Lay the service's packages where their keys say."""
    service = manifest.service
    wanted = {*service.parameters.values()}
    for own in service.overrides:
        wanted |= {*own.parameters.values()}
    for function in manifest.functions:
        if function.key in wanted:
            target = folder / function.key.removeprefix(f"{_KEYS}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(build / function.file, target)


def _config(trial: Trial, units: list[BuiltUnit]) -> dict[str, Any]:
    tests: dict[str, Any] = {}
    for subject in trial.subjects:
        name = SERVICE if subject.nested else subject.unit
        if name in tests:
            if subject.region not in tests[name]["regions"]:
                tests[name]["regions"].append(subject.region)
            continue
        tests[name] = {
            "template": _REGION if subject.nested else f"templates/{subject.unit}.yaml",
            "stack_name": subject.stack,
            "regions": [subject.region],
        }
        if not subject.nested:
            unit = next(unit for unit in units if unit.name == subject.unit)
            tests[name]["parameters"] = _values(trial, unit, {})
    return {
        "project": {
            "name": _KEYS,
            # gen has packaged them: taskcat would want Docker, and make other zips each time.
            "package_lambda": False,
            "s3_bucket": trial.staging,
            "s3_regional_buckets": True,
            # New buckets take no other one: taskcat's own choice, `private`, may be refused.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
            "s3_object_acl": "bucket-owner-full-control",
            "tags": trial.tags,
        },
        "tests": tests,
    }


def _region(trial: Trial, units: list[BuiltUnit], overrides: Overrides) -> dict[str, Any]:
    """Nest the units of a region in one template: made one after the other, deleted together."""
    resources: dict[str, Any] = {}
    mappings: dict[str, dict[str, dict[str, str]]] = {}
    regions = [one.region for one in trial.subjects if one.nested]
    before = None
    for unit in units:
        logical_id = unit.name.capitalize()
        own = {region: _own(unit, region, overrides) for region in dict.fromkeys(regions)}
        differing = sorted({name for values in own.values() for name in values})
        if differing:
            mappings[logical_id] = {
                region: {name: values.get(name, unit.parameters[name]) for name in differing}
                for region, values in own.items()
            }
        values = _values(
            trial,
            unit,
            {n: {"Fn::FindInMap": [logical_id, {"Ref": "AWS::Region"}, n]} for n in differing},
        )
        if "PrimaryRegion" in values:
            values["PrimaryRegion"] = {"Ref": "AWS::Region"}
        resources[logical_id] = {
            "Type": "AWS::CloudFormation::Stack",
            **({"DependsOn": before} if before else {}),
            "Properties": {
                "TemplateURL": {
                    "Fn::Sub": f"https://{trial.staging}-${{AWS::Region}}.s3.${{AWS::Region}}"
                    f".${{AWS::URLSuffix}}/{_KEYS}/{unit.template}"
                },
                "Parameters": values,
            },
        }
        before = logical_id
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{trial.project}: what a region needs to stand alone, for a test",
        **({"Mappings": mappings} if mappings else {}),
        "Resources": resources,
    }


def _own(unit: BuiltUnit, region: str, overrides: Overrides) -> dict[str, str]:
    """Give the values that a region's instance has instead of the set's."""
    pair = next((pair for pair in unit.pairs if pair[1] == region), None)
    if pair is None:
        return {}
    looked_up = overrides.get(pair, {}) if unit.name == SERVICE else {}
    return {**unit.overrides_of(pair), **looked_up}


def _values(trial: Trial, unit: BuiltUnit, own: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {**unit.parameters, **own}
    values["Environment"] = trial.environment_of(unit.name)
    # What nobody must meet by chance, and what could not be deleted.
    if domain := unit.parameters.get("ApiDomainName"):
        values["ApiDomainName"] = f"{trial.name}.{domain}"
    if "TableDeletionProtection" in values:
        values["TableDeletionProtection"] = "false"
    return values
