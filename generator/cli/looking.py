"""The cloud for commands that rather look at less than wait, or start anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.errors import GenError

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.config import Config


def hurried_cloud(config: Config | None, *, endpoint: str | None, profile: str | None) -> Cloud:
    """Reach AWS, or the local cloud at an endpoint, with short patience."""
    from generator.aws import Cloud

    return Cloud(
        profile=profile, endpoint=endpoint, hurried=True, patience=0.0,
        account=config.targets.tools_account if config else None,
        role_in_other_accounts=config.targets.assume_role if config else None,
    )  # fmt: skip


def local_cloud(root: Path | None) -> dict[str, Any]:
    """Ask the local cloud whether it runs and where; it is not started."""
    from generator.local import call

    if root is None:
        return {}
    try:
        found: dict[str, Any] = call(root, "status") or {}
    except GenError as error:
        return {"problem": error.problems[0].message}
    return found
