"""A small project with a local cloud of its own, deployed once undisturbed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.harness import Harness
from local.conftest import TOOLS, copy_project, start_cloud

SMALL = Path(__file__).with_name("small.yaml")


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """The small project, and what its undisturbed deployment leaves."""
    cloud = start_cloud(tmp_path_factory.mktemp("faults-cloud"))
    project = copy_project(tmp_path_factory.mktemp("faults") / "project", cloud)
    shutil.copy(SMALL, project.root / "params" / SMALL.name)
    made = Harness(project, "small", [TOOLS], ["us-east-1", "us-west-2"])
    made.prepare()
    yield made
    cloud.stop()
