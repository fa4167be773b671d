"""Small builds on disk, without rendering: a template for each unit, and a manifest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from generator.build.manifest import BuiltFunction, BuiltUnit, Manifest
from generator.units import Kind, Pair

TOOLS = "111111111111"
HOME = "us-east-1"
PARAMETERS = {"Project": "shop", "Environment": "dev"}


def unit(name: str, kind: Kind, pairs: tuple[Pair, ...], *, needs_code: bool = False) -> BuiltUnit:
    """Describe a unit with one wave."""
    return BuiltUnit(
        name=name,
        kind=kind,
        stack_name=f"shop-dev-{name}",
        template=f"templates/{name}.yaml",
        sources=f"sources/{name}.json",
        parameters=PARAMETERS,
        waves=(pairs,),
        needs_code=needs_code,
        capabilities=(),
    )


def write_build(
    folder: Path, units: list[tuple[BuiltUnit, str]], *, packages: dict[str, bytes] | None = None
) -> Manifest:
    """Write templates; every line of one comes from the same line of templates/<unit>.yaml.j2."""
    for part in ("templates", "sources", "packages"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for built, text in units:
        (folder / built.template).write_text(text)
        rows = [[f"{built.template}.j2", n] for n in range(1, text.count("\n") + 2)]
        (folder / built.sources).write_text(json.dumps(rows))
    functions = []
    for name, data in (packages or {}).items():
        (folder / f"packages/{name}.zip").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        functions.append(
            BuiltFunction(
                name=name,
                source=f"code/{name}",
                file=f"packages/{name}.zip",
                key=f"releases/{name}/{digest}.zip",
                sha256=digest,
                compiled=(),
            )
        )
    regions = {region for built, _ in units for _, region in built.pairs}
    return Manifest(
        project="shop",
        environment="dev",
        release="0123456789ab",
        inputs="",
        tools_account=TOOLS,
        primary_region=HOME,
        administration_role=f"arn:aws:iam::{TOOLS}:role/shop-dev-StackSetAdministration",
        execution_role="shop-dev-StackSetExecution",
        assume_role=None,
        artifact_buckets={r: f"shop-dev-artifacts-{TOOLS}-{r}" for r in sorted(regions)},
        tags={},
        bake_minutes=0,
        health_function=None,
        units=tuple(built for built, _ in units),
        functions=tuple(functions),
        files={},
    )
