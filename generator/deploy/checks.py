"""Look at a plan before it is carried out: what would fail half-way, and what would lose data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.aws import Cloud
from generator.build.manifest import Manifest
from generator.deploy.desired import Desired
from generator.errors import Problem, UsageError
from generator.plan import Action, Replacement, ResourceChange
from generator.plan.document import Change, Plan, UnitPlan
from generator.plan.losses import losses
from generator.preflight import STATEFUL, Changes, Finding, preflight
from generator.units import Pair

_FATES = {
    (Action.REMOVE, Replacement.NEVER): "would be deleted",
    (Action.MODIFY, Replacement.ALWAYS): "would be replaced",
    (Action.MODIFY, Replacement.CONDITIONAL): "might be replaced",
}


def findings(
    plan: Plan, manifest: Manifest, folder: Path, cloud: Cloud, *,
    allow_replace: frozenset[str] = frozenset(), ignore: frozenset[str] = frozenset(),
) -> list[Finding]:  # fmt: skip
    """Say what speaks against a plan; a plan that changes nothing is not looked at.

    Raises UsageError for a resource to be replaced of which the plan has none.
    """
    lost = losses(plan, stack_policy=manifest.stack_policy)
    if unknown := sorted(allow_replace - {change.logical_id for _, change in lost}):
        raise UsageError(
            f"nothing stateful named {', '.join(unknown)} would be replaced or deleted",
            hint="--allow-replace takes the logical ids that gen deploy refuses",
        )
    if not plan.changes:
        return []
    desired = Desired(manifest, folder, cloud)
    kept = [
        _loss(unit, change, manifest, desired)
        for unit, change in lost
        if change.logical_id not in allow_replace
    ]
    return [*kept, *preflight(manifest, folder, cloud, changes=_changes(plan), ignore=ignore)]


def _loss(unit: UnitPlan, change: ResourceChange, manifest: Manifest, desired: Desired) -> Finding:
    built = manifest.unit(unit.name)
    origin = desired.lines(built).origin(change.logical_id) if built else None
    fate = _FATES.get((change.action, change.replacement), "would be replaced")
    if change.action is Action.REMOVE and not change.data_loss:
        fate = "would leave its stack"
    return Finding(
        STATEFUL.number,
        Problem(
            f"{unit.stack_name}: {change.logical_id} ({change.type}) {fate}: {change.consequence}",
            file=origin.file if origin else None,
            line=origin.line if origin else None,
            hint=f"see gen plan; if it is meant: --allow-replace {change.logical_id}",
        ),
    )


def _changes(plan: Plan) -> Changes:
    return Changes(
        created=_pairs(plan, {Change.ADD}), updated=_pairs(plan, {Change.UPDATE, Change.RETRY})
    )


def _pairs(plan: Plan, wanted: set[Change]) -> dict[str, tuple[Pair, ...]]:
    def of(unit: UnitPlan) -> Iterator[Pair]:
        yield from ((one.account, one.region) for one in unit.pairs if one.change in wanted)

    return {unit.name: pairs for unit in plan.units if (pairs := tuple(of(unit)))}
