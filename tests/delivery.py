"""A project whose pushes go through a pipeline of the local cloud: what tests of deliveries share."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from scenario import ACCOUNT, PREFIX, PRIMARY, Timeline, World, clients_of, copy_project

PIPELINE = f"{PREFIX}-pipeline"
TEST = """\
from pathlib import Path


def test_it_lists_orders():
    assert "def list_orders" in Path("lambda_code/orders_api/app.py").read_text()
"""
"""The one test that the pushed project has: builds are quick."""


class Delivery(World):
    """A deployed project with a pipeline, and what people see of both."""

    @classmethod
    def begin(cls, root: Path, endpoint: str) -> Delivery:
        """Deploy the project in a folder; its releases wait for an approval."""
        world = cls(root, endpoint, Timeline())
        shutil.rmtree(root / "localcloud")
        shutil.rmtree(root / "tests")
        (root / "tests/lambda_code").mkdir(parents=True)
        (root / "tests/lambda_code/test_orders.py").write_text(TEST)
        world.edit("params/dev.yaml", "bake_minutes: 2", "bake_minutes: 1")
        world.edit("params/dev.yaml", "pipeline:", "pipeline:\n  approval: true")
        world.gen("render", "-e", "dev")
        world.gen("deploy", "-e", "dev", "--local")
        world.subscribe()
        world.clients = clients_of(world)
        return world

    # ---- releases

    def release(self, message: str) -> str:
        """Push a change of the function that changes nothing; give the execution."""
        app = self.root / "lambda_code/orders_api/app.py"
        app.write_text(app.read_text() + f"# {message}\n")
        return self.push(message)

    def has_a_good_execution(self) -> bool:
        """Say whether the stage that deploys has an execution to roll back to."""
        version = self.aws("codepipeline").get_pipeline(name=PIPELINE)["pipeline"]["version"]
        succeeded = self.aws("codepipeline").list_pipeline_executions(
            pipelineName=PIPELINE, filter={"succeededInStage": {"stageName": "Deploy"}}
        )["pipelineExecutionSummaries"]
        return any(
            self.execution(r["pipelineExecutionId"])["pipelineVersion"] == version
            for r in succeeded
        )

    def execution(self, execution: str) -> dict[str, Any]:
        found = self.aws("codepipeline").get_pipeline_execution(
            pipelineName=PIPELINE, pipelineExecutionId=execution
        )
        return dict(found["pipelineExecution"])

    def ended(self, execution: str, status: str) -> str:
        """Wait for an execution's end; give what `gen pipeline` shows of it then."""
        over = self.until(
            lambda: (
                (s := self.execution(execution)["status"]) not in ("InProgress", "Stopping") and s
            ),
            f"an end of {execution}",
        )
        shown = self.gen("pipeline", "-e", "dev", "--local", "--execution", execution)
        assert over == status, shown
        return shown

    def waits(self, execution: str) -> str:
        """Wait until an execution waits for its approval; give the token."""

        def look():
            assert self.execution(execution)["status"] == "InProgress", self.ended(
                execution, "Succeeded"
            )
            stages = self.aws("codepipeline").get_pipeline_state(name=PIPELINE)["stageStates"]
            stage = next(one for one in stages if one["stageName"] == "Approve")
            if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
                return None
            return stage["actionStates"][0].get("latestExecution", {}).get("token")

        return str(self.until(look, "a question"))

    def approve(self, execution: str) -> None:
        self.aws("codepipeline").put_approval_result(
            pipelineName=PIPELINE,
            stageName="Approve",
            actionName="Approve",
            result={"status": "Approved", "summary": "fine"},
            token=self.waits(execution),
        )

    def told(self) -> list[str]:
        """Take the messages that people have been sent since the last time."""
        sqs, url, found = self.aws("sqs"), self.queue("inbox"), []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"])["Message"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found
