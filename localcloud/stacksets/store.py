"""The stack sets of all administrator accounts."""

from typing import Any

from localcloud.errors import AwsError
from localcloud.ministack import Place
from localcloud.stacksets.model import Operation, StackSet


class Store:
    """Remember stack sets; deleted ones stay listed, as on AWS."""

    def __init__(self) -> None:
        self._sets: list[StackSet] = []
        self.suspended: set[str] = set()
        """Accounts that AWS Organizations has suspended."""

    def add(self, stack_set: StackSet) -> None:
        self._sets.append(stack_set)

    def all(self) -> list[StackSet]:
        """Return the sets of all accounts that are not deleted."""
        return [one for one in self._sets if not one.deleted]

    def clear(self) -> None:
        self._sets.clear()
        self.suspended.clear()

    def suspend(self, message: dict[str, Any]) -> dict[str, Any]:
        """Suspend an account, or let it be active again."""
        account = str(message.get("account", ""))
        if message.get("active"):
            self.suspended.discard(account)
        else:
            self.suspended.add(account)
        return {"suspended": sorted(self.suspended)}

    def listed(self, account: str, region: str, status: str) -> list[StackSet]:
        """Return the sets of one administrator account and region, of one status or of any."""
        return [
            one
            for one in self._sets
            if (one.account, one.region) == (account, region)
            and status in ("", "DELETED" if one.deleted else "ACTIVE")
        ]

    def find(self, account: str, region: str, wanted: str) -> StackSet | None:
        """Return a set that is not deleted, by its name, id or ARN."""
        for one in self.listed(account, region, "ACTIVE"):
            if wanted in (one.name, one.set_id, one.arn):
                return one
        return None

    def arn(self, place: Place, wanted: str) -> str:
        """Return the ARN that permissions name, also of a set that is not there."""
        found = self.find(place.account, place.region, wanted)
        prefix = f"arn:aws:cloudformation:{place.region}:{place.account}:stackset"
        return found.arn if found is not None else f"{prefix}/{wanted}:*"

    def get(self, account: str, region: str, wanted: str) -> StackSet:
        """Return a set, or refuse as AWS does."""
        found = self.find(account, region, wanted)
        if found is None:
            raise AwsError("StackSetNotFoundException", f"StackSet {wanted} not found", 404)
        return found


def get_operation(stack_set: StackSet, operation_id: str) -> Operation:
    """Return an operation of a set, or refuse as AWS does."""
    operation = stack_set.operations.get(operation_id)
    if operation is None:
        raise AwsError(
            "OperationNotFoundException",
            f"Operation {operation_id} for stack set {stack_set.arn} not found",
            404,
        )
    return operation
