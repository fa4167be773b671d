"""Connect CodeBuild's JSON protocol, its resource type and its builds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud import ministack, ministack_requests
from localcloud.codebuild import cloudformation
from localcloud.codebuild.builds import Builds
from localcloud.codebuild.caches import Caches
from localcloud.codebuild.interpreter import Interpreter
from localcloud.codebuild.model import Store
from localcloud.codebuild.projects import Projects
from localcloud.codebuild.runner import Runner
from localcloud.codebuild.workplace import Workshop
from localcloud.ministack_types import ResourceType


class CodeBuild:
    """All of CodeBuild, put together."""

    def __init__(self, endpoint: str, scratch: Path) -> None:
        store = Store()
        self._store = store
        self._caches = Caches(scratch / "build-caches")
        interpreter = Interpreter(scratch / "build-python")
        self._runner = Runner(
            Workshop(endpoint, scratch / "builds", interpreter, self._caches, store)
        )
        self.projects = Projects(store)
        self.builds = Builds(store, self.projects, self._runner)

    def resource_types(self) -> dict[str, ResourceType]:
        """Return how CloudFormation makes projects."""
        return cloudformation.resource_types(self.projects)

    def stop_builds(self) -> None:
        """End every build, its processes too, and wait until they are gone."""
        self._runner.stop_all(wait=True)

    def close(self) -> None:
        """End every build; the cloud answers none of their calls any more."""
        self._runner.stop_all(wait=False)

    def forget(self) -> None:
        """Drop everything; after the builds were stopped."""
        self._store.clear()
        self._caches.clear()

    def seed_caches(self, message: dict[str, Any]) -> dict[str, Any]:
        """Let the caches of all projects begin with a copy of a folder of this machine."""
        self._caches.seed(str(message.get("folder", "")), Path(str(message.get("from", ""))))
        return {"seeded": True}


def install(endpoint: str, scratch: Path) -> CodeBuild:
    """Let the cloud answer CodeBuild's actions by really building."""
    whole = CodeBuild(endpoint, scratch)
    projects, builds = whole.projects, whole.builds
    ministack.add_json_service(
        "codebuild",
        "CodeBuild_20161006",
        {
            "CreateProject": projects.create,
            "BatchGetProjects": projects.batch_get,
            "ListProjects": projects.list,
            "UpdateProject": projects.update,
            "DeleteProject": projects.delete,
            "StartBuild": builds.start,
            "StopBuild": builds.stop,
            "BatchGetBuilds": builds.batch_get,
            "ListBuilds": builds.list,
            "ListBuildsForProject": builds.list_for_project,
            "BatchDeleteBuilds": builds.batch_delete,
            "BatchGetReports": builds.batch_get_reports,
        },
    )
    ministack_requests.name_resources("codebuild", _resource)
    return whole


def _resource(message: Mapping[str, Any]) -> str | None:
    """Return what a call is about: permissions for builds are given on their project."""
    named = [message.get(key) for key in ("projectName", "name", "id")]
    named += [(message.get(key) or [None])[0] for key in ("names", "ids", "reportArns")]
    name = next((str(one) for one in named if one), None)
    if name is None or ":report/" in name:
        return name
    place = ministack.current_place()
    project = name.rpartition("/")[2].partition(":")[0]
    return f"arn:aws:codebuild:{place.region}:{place.account}:project/{project}"
