"""The approval that waits, and what it would release."""

from __future__ import annotations

from generator.aws import Cloud, Objects
from generator.aws.pipelines import Approval
from generator.config import Config
from generator.deploy.pipeline.execution import ExecutionView
from generator.deploy.pipeline.pipeline import PipelineReader
from generator.errors import GenError
from generator.releases import Service


def waiting(reader: PipelineReader, execution: str | None) -> tuple[Approval, ExecutionView]:
    """Find the approval that waits, in an execution that is named or in the only one that does."""
    wanted = reader.find(execution).id if execution else None
    approvals = reader.pipelines.state(reader.lens.pipeline).approvals
    found = [approval for approval in approvals if wanted in (None, approval.execution)]
    if not found:
        where = f" of execution {wanted[:8]}" if wanted else ""
        raise GenError(f"no approval{where} waits in {reader.name}", hint="look at `gen pipeline`")
    if len(found) > 1:
        ids = ", ".join(approval.execution[:8] for approval in found)
        raise GenError(
            f"several approvals wait in {reader.name}: {ids}", hint="name one with --execution"
        )
    return found[0], reader.view(reader.find(found[0].execution))


def changes_of(view: ExecutionView, config: Config, cloud: Cloud) -> str | None:
    """Read what a release would change, which its build has written down."""
    if view.changes is None:
        return None
    service = Service.of_config(config)
    objects = Objects(cloud, bucket=service.bucket, region=service.primary_region)
    text = objects.get(view.changes)
    return text.decode(errors="replace").rstrip() if text else None
