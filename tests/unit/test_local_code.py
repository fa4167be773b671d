from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.build.folder import write
from generator.build.make import make
from generator.build.manifest import Manifest
from generator.config import load
from generator.deploy.local_code import for_this_machine
from generator.units import UNITS

pytestmark = pytest.mark.unit
ELF = b"\x7fELF" + bytes(60)


@pytest.fixture
def built(project: Path) -> Callable[[], tuple[Manifest, Path]]:
    """Build the small project."""
    for unit in UNITS:
        (project / "templates" / unit.template).write_text(
            "Parameters:\n  OrdersCodeKey: {Type: String}\n"
            "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
            "    Properties: {QueueName: a, KmsMasterKeyId: !Ref OrdersCodeKey}\n"
        )

    def build() -> tuple[Manifest, Path]:
        result = make(project, load(project, "dev"), cache=project / "build" / "cache")
        return result.manifest, write(project, "dev", result.files)

    return build


def test_pure_python_is_deployed_locally_as_it_is(
    project: Path, built: Callable[[], tuple[Manifest, Path]]
) -> None:
    manifest, folder = built()
    said: list[str] = []
    assert for_this_machine(project, manifest, folder, say=said.append) == (manifest, folder)
    assert said == []


def test_compiled_code_is_packaged_for_this_machine_said_so_and_the_build_left_alone(
    project: Path, built: Callable[[], tuple[Manifest, Path]]
) -> None:
    (project / "code" / "orders" / "fast.so").write_bytes(ELF)
    manifest, folder = built()
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    said: list[str] = []
    local, scratch = for_this_machine(project, manifest, folder, say=said.append)
    assert scratch != folder
    assert said == ["orders is packaged for this machine (fast.so)"]
    service = local.unit("service")
    assert service is not None
    assert service.parameters["OrdersCodeKey"] == local.functions[0].key
    assert (scratch / local.functions[0].file).is_file()
    assert {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()} == before
