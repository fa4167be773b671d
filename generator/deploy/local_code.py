"""Functions with compiled dependencies, on the local cloud: packaged for this machine instead.

The local cloud runs handlers with this machine's Python, where a wheel for Lambda does not load. A
release for AWS is never made from these packages: they exist in a scratch build only.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from generator.build.manifest import BuiltFunction, BuiltUnit, InstanceParameters, Manifest
from generator.package import Target, build, is_signed, release_key
from generator.shipped import find


def for_this_machine(
    root: Path, manifest: Manifest, folder: Path, *, say: Callable[[str], None]
) -> tuple[Manifest, Path]:
    """Replace the packages that would not run here; a build without any is given back as it is."""
    compiled = [function for function in manifest.functions if function.compiled]
    if not compiled:
        return manifest, folder
    scratch = root / "build" / "local" / manifest.environment
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(folder, scratch)
    # Other code is another release: records of what AWS gets are not made from these packages.
    keys: dict[str, str] = {}
    functions: list[BuiltFunction] = []
    for function in manifest.functions:
        if function in compiled:
            say(f"{function.name} is packaged for this machine ({', '.join(function.compiled)})")
            cache = root / "build" / "cache"
            package = build(find(root, function.source), target=Target.here(), cache=cache)
            (scratch / function.file).write_bytes(package.data)
            signed = is_signed(function.key)
            key = release_key(function.name, package.sha256, signed=signed)
            keys[function.key] = key
            function = dataclasses.replace(function, key=key, sha256=package.sha256)
        functions.append(function)

    release = hashlib.sha256(f"{manifest.release} {sorted(keys.items())}".encode()).hexdigest()[:12]
    keys[manifest.release] = release

    def replaced(values: dict[str, str]) -> dict[str, str]:
        return {name: keys.get(value, value) for name, value in values.items()}

    def unit_with_keys(unit: BuiltUnit) -> BuiltUnit:
        own = tuple(
            InstanceParameters(o.account, o.region, replaced(o.parameters)) for o in unit.overrides
        )
        return dataclasses.replace(unit, parameters=replaced(unit.parameters), overrides=own)

    units = tuple(unit_with_keys(unit) for unit in manifest.units)
    return dataclasses.replace(
        manifest, release=release, units=units, functions=tuple(functions)
    ), scratch
