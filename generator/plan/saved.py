"""A plan that was saved, and whether it is still what would be done."""

from __future__ import annotations

import json
from dataclasses import dataclass

from generator.plan.document import FORMAT, Plan, UnitPlan


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a deployment needs to know of a plan that was saved: what it would do, not why."""

    id: str
    project: str
    environment: str
    release: str
    build: str
    prune: bool
    units: dict[str, tuple[str, tuple[str, ...]]]
    """By unit: what it was based on, and the operations that it would start."""

    @classmethod
    def from_json(cls, text: str) -> SavedPlan:
        """Read a saved plan; raises ValueError, KeyError or TypeError for anything else."""
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError("another format")
        return cls(
            id=data["id"],
            project=data["project"],
            environment=data["environment"],
            release=data["release"],
            build=data["build"],
            prune=bool(data["prune"]),
            units={
                unit["name"]: (
                    unit["basis"],
                    tuple(
                        call["arguments"]["OperationId"]
                        for call in unit["calls"]
                        if "OperationId" in call["arguments"]
                    ),
                )
                for unit in data["units"]
            },
        )

    def differences(self, plan: Plan) -> list[str]:
        """Say where a plan of now is another one, unless this plan's own work made the difference.

        A unit may have become what it should be, or have been left half-way by an operation that
        this plan started.
        """
        if (self.project, self.environment) != (plan.project, plan.environment):
            return [f"the plan is for {self.project}-{self.environment}"]
        if self.prune != plan.prune:
            return ["the plan was made without --prune" if plan.prune else "--prune was planned"]
        if (self.release, self.build) != (plan.release, plan.build):
            return [f"the build is another one: the plan was made for release {self.release}"]
        moved = [
            f"{unit.name} is not as it was when the plan was made"
            for unit in plan.units
            if unit.changes and not self._still_fits(unit)
        ]
        gone = self.units.keys() - {unit.name for unit in plan.units}
        return moved + [f"{name} is no unit any more" for name in sorted(gone)]

    def _still_fits(self, unit: UnitPlan) -> bool:
        basis, operations = self.units.get(unit.name, (None, ()))
        return unit.basis == basis or unit.latest_operation in operations
