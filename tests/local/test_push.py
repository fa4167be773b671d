"""A push to the local cloud, and what people see of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local
CONNECTION = "{type: connection, provider: GitHub, repository: example/orders, branch: main}"
DEADLINE_SECONDS = 60


def printed(project: Project, *arguments: str, code: int = 0) -> str:
    """Run gen; give what it printed on stdout."""
    process = project.start(*arguments)
    out, said = process.communicate(timeout=120)
    assert process.returncode == code, said
    assert "Traceback" not in said
    return out


def newest(project: Project) -> Any:
    """Give the newest execution once its source action has ended."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        (*_, view) = json.loads(printed(project, "pipeline", "--local", "--output", "json"))
        if view["stages"][0]["status"] in {"Succeeded", "Failed"}:
            return view
    raise AssertionError("the source action does not end")


def test_a_push_is_the_revision_of_an_execution(project: Project) -> None:
    project.deploy()
    commit = printed(project, "local", "push", "-m", "Answer with the region").strip()
    view = newest(project)
    assert view["stages"][0]["status"] == "Succeeded"
    (revision,) = view["revisions"]
    assert (revision["id"], revision["summary"]) == (commit, "Answer with the region")
    assert f"{commit[:7]} Answer with the region" in printed(project, "status", "--local")
    again = project.gen("local", "push")
    assert "nothing has changed since" in again


def test_nothing_can_be_pushed_before_the_handshake(project: Project) -> None:
    project.edit(
        "params/dev.yaml", "{type: codecommit, repository: orders, branch: main}", CONNECTION
    )
    project.deploy()
    assert "run `gen local connect -e dev`" in project.gen("local", "push", code=1)
    (waits,) = json.loads(printed(project, "status", "--local", "--output", "json"))["to_do"]
    assert "the connection to GitHub is PENDING" in waits["message"]
    assert printed(project, "local", "connect").startswith("arn:aws:codeconnections:")
    commit = printed(project, "local", "push").strip()
    assert newest(project)["revisions"][0]["id"] == commit
    assert json.loads(printed(project, "status", "--local", "--output", "json"))["to_do"] == []
