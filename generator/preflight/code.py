"""P601: the functions' packages are in every region, or will be before they are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial

from generator.aws import Objects
from generator.build.manifest import BuiltFunction
from generator.codes import preflight as codes
from generator.errors import Problem
from generator.preflight.finding import Finding, Look
from generator.preflight.scene import Scene
from generator.units import Pair


class CodePresent:
    """Each package that this deployment cannot upload lies in the region's bucket."""

    code = codes.P601

    def looks(self, scene: Scene) -> Iterable[Look]:
        manifest = scene.manifest
        units = [unit for unit in manifest.units if unit.name in scene.changes.units]
        if not any(unit.needs_code for unit in units):
            return
        lost = [function for function in manifest.functions if not _is_here(scene, function)]
        for region, bucket in manifest.artifact_buckets.items():
            if lost and not self._is_made_now(scene, (manifest.tools_account, region)):
                yield Look(
                    manifest.tools_account, region, partial(self.find, scene, region, bucket, lost)
                )

    def find(
        self, scene: Scene, region: str, bucket: str, lost: list[BuiltFunction]
    ) -> Iterator[Finding]:
        objects = Objects(scene.cloud, bucket=bucket, region=region)
        for function in lost:
            if not objects.has(function.key):
                yield Finding(
                    self.code.number,
                    Problem(
                        f"{region}: s3://{bucket}/{function.key}, the code of {function.name}, is"
                        " missing, and so is the package in the build",
                        file=f"build/{scene.manifest.environment}/{function.file}",
                        hint=f"run `gen render -e {scene.manifest.environment}`",
                    ),
                )

    @staticmethod
    def _is_made_now(scene: Scene, pair: Pair) -> bool:
        return pair in scene.changes.created.get("artifacts", ())


def _is_here(scene: Scene, function: BuiltFunction) -> bool:
    try:
        data = (scene.folder / function.file).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(data).hexdigest() == function.sha256
