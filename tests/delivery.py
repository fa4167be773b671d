"""What tests of deliveries share: a project whose pushes go through a pipeline, and what shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world import PREFIX, Timeline, World, clients_of

PIPELINE = f"{PREFIX}-pipeline"
MINUTE = 0.2
"""Seconds that a minute of AWS lasts."""
TEST = "tests/lambda_code/test_orders.py"
PASSES = """\
from pathlib import Path


def test_orders_are_listed():
    code = Path("lambda_code/orders_api/app.py").read_text()
    assert "def list_orders" in code
"""
"""The one test that the pushed project has, so that it is built quickly."""


@dataclass(frozen=True)
class Snapshot:
    """What the regions run, and what is known of it."""

    health: dict[str, str]
    current: str
    last_good: str
    history: int
    operations: int


class Delivery(World):
    """A project whose releases wait for an approval, deployed to a local cloud."""

    @classmethod
    def begin(cls, root: Path, endpoint: str) -> Delivery:
        """Deploy a copy of this project, with less to build and to search."""
        world = cls(root, endpoint, Timeline())
        shutil.rmtree(root / "tests")
        (root / TEST).parent.mkdir(parents=True)
        (root / TEST).write_text(PASSES)
        world.edit("params/dev.yaml", "bake_minutes: 2", "bake_minutes: 1")
        world.edit("params/dev.yaml", "pipeline:", "pipeline:\n  approval: true")
        world.gen("render", "-e", "dev")
        world.gen("deploy", "-e", "dev", "--local")
        world.subscribe()
        world.clients = clients_of(world)
        return world

    # ---- what people do

    def release(self, message: str) -> str:
        """Push a new release that works; give its execution."""
        app = self.root / "lambda_code/orders_api/app.py"
        app.write_text(f"{app.read_text()}# {message}\n")
        return self.push(message)

    def approve(self, execution: str) -> None:
        """Release what waits for an approval."""
        self.asked(execution)
        self.gen_pipeline(execution, "--approve", "fine", "--yes")

    def release_and_see(self, message: str) -> None:
        """Push a new release, and see it go everywhere."""
        execution = self.release(message)
        self.approve(execution)
        self.ended(execution, "Succeeded")
        assert self.pointer("last-good") == self.pointer("current")
        assert len(set(self.health().values())) == 1

    def change_pipeline(self) -> None:
        """Change the pipeline's definition, in a way that changes nothing it does."""
        pipelines = self.aws("codepipeline")
        found = pipelines.get_pipeline(name=PIPELINE)["pipeline"]
        (approve,) = (one for one in found["stages"] if one["name"] == "Approve")
        minutes = approve["actions"][0].get("timeoutInMinutes", 1000)
        approve["actions"][0]["timeoutInMinutes"] = minutes + 1
        pipelines.update_pipeline(pipeline=found)

    @contextmanager
    def written(self, file: str, text: str) -> Iterator[None]:
        """Have a file with other content, or one more, for one release."""
        path = self.root / file
        before = path.read_text() if path.exists() else None
        path.write_text(text)
        try:
            yield
        finally:
            path.unlink() if before is None else path.write_text(before)

    @contextmanager
    def minutes_of(self, seconds: float) -> Iterator[None]:
        """Let the clock go slower."""
        self.control("clock", {"minute_seconds": seconds})
        try:
            yield
        finally:
            self.control("clock", {"minute_seconds": MINUTE})

    # ---- what people see

    def gen_pipeline(self, execution: str, *options: str) -> str:
        """Give what `gen pipeline` shows of an execution."""
        return self.gen("pipeline", "-e", "dev", "--local", "--execution", execution, *options)

    def ended(self, execution: str, status: str) -> str:
        """Wait for an execution's end; give what `gen pipeline` shows of it then."""

        def look() -> str | None:
            now = str(self.execution(execution)["status"])
            return None if now in ("InProgress", "Stopping") else now

        over = self.until(look, f"an end of {execution}")
        shown = self.gen_pipeline(execution)
        assert over == status, shown
        return shown

    def told(self, text: str) -> str:
        """Wait until people have been told something; give all that they were told so far."""
        found: list[str] = []

        def look() -> bool:
            found.extend(self._take())
            return any(text in one for one in found)

        self.until(look, f"an alert with '{text}'")
        return "\n".join(found)

    def _take(self) -> Iterator[str]:
        sqs, url = self.aws("sqs"), self.queue("inbox")
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                yield str(json.loads(message["Body"])["Message"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    # ---- what is

    def snapshot(self) -> Snapshot:
        return Snapshot(
            self.health(), self.pointer("current"), self.pointer("last-good"),
            len(self.history()), len(self.operations()),
        )  # fmt: skip

    def execution(self, execution: str) -> dict[str, Any]:
        found = self.aws("codepipeline").get_pipeline_execution(
            pipelineName=PIPELINE, pipelineExecutionId=execution
        )
        return dict(found["pipelineExecution"])

    def actions(self, execution: str) -> dict[str, dict[str, Any]]:
        """Give the newest run of each action of an execution."""
        found = self.aws("codepipeline").list_action_executions(
            pipelineName=PIPELINE, filter={"pipelineExecutionId": execution}
        )["actionExecutionDetails"]
        return {one["actionName"]: one for one in reversed(found)}

    def reached(self, execution: str, action: str, status: str) -> None:
        """Wait until an action of an execution has a status."""

        def look() -> bool:
            found = self.actions(execution)
            assert found.get(action, {}).get("status") == status or (
                self.execution(execution)["status"] == "InProgress"
            ), self.gen_pipeline(execution)
            return bool(found.get(action, {}).get("status") == status)

        self.until(look, f"{action} {status}")

    def asked(self, execution: str) -> None:
        """Wait until an execution waits for its approval."""
        self.reached(execution, "Approve", "InProgress")

    def can_roll_back(self) -> bool:
        """Say whether the stage that deploys has an execution to roll back to."""
        pipelines = self.aws("codepipeline")
        version = pipelines.get_pipeline(name=PIPELINE)["pipeline"]["version"]
        succeeded = pipelines.list_pipeline_executions(
            pipelineName=PIPELINE, filter={"succeededInStage": {"stageName": "Deploy"}}
        )["pipelineExecutionSummaries"]
        found = (self.execution(one["pipelineExecutionId"]) for one in succeeded)
        return any(one["pipelineVersion"] == version for one in found)
