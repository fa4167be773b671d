"""A copy of this project, rendered, and a local cloud of its own for all tests here."""

from collections.abc import Iterator

import pytest
from local.conftest import Project, copy_project, start_cloud


@pytest.fixture(scope="session")
def rendered_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The copy; whoever changes its files makes a copy of their own."""
    cloud = start_cloud(tmp_path_factory.mktemp("taskcat-cloud"))
    project = copy_project(tmp_path_factory.mktemp("taskcat") / "project", cloud)
    project.gen("render", "-e", "dev")
    yield project
    cloud.stop()


@pytest.fixture
def rendered(rendered_once: Project) -> Project:
    """The copy, with an empty cloud."""
    rendered_once.cloud.reset()
    return rendered_once
