"""The regions that an account can use: all, until it is told otherwise."""

from typing import Any

from localcloud import ministack, ministack_accounts
from localcloud.errors import LocalCloudError


class Regions:
    """Which regions accounts do not have."""

    def __init__(self) -> None:
        self._disabled: set[tuple[str, str]] = set()

    def install(self) -> None:
        """Let EC2 and Account Management answer by it."""
        ministack_accounts.tell_regions(
            lambda region: (ministack.current_place().account, region) in self._disabled
        )

    def clear(self) -> None:
        """Enable every region everywhere."""
        self._disabled.clear()

    def set(self, message: dict[str, Any]) -> dict[str, Any]:
        """Enable a region for an account, or disable it: only one that must be opted in to."""
        account, region = str(message.get("account", "")), str(message.get("region", ""))
        enabled = message.get("enabled")
        if not isinstance(enabled, bool) or not account:
            raise LocalCloudError("account, region and enabled (true or false) must be given")
        if region not in ministack_accounts.opt_in_regions():
            raise LocalCloudError(f"{region} is no region that an account can disable")
        (self._disabled.discard if enabled else self._disabled.add)((account, region))
        return {"account": account, "region": region, "enabled": enabled}
