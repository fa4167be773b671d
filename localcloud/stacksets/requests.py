"""Read a StackSets call, as the Query protocol carries it, into typed values."""

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.errors import validation_error
from localcloud.stacksets.model import Preferences, Target


@dataclass(frozen=True, slots=True)
class Query:
    """A call's parameters by their names in the Query protocol."""

    params: Mapping[str, list[str]]

    def text(self, name: str, default: str = "") -> str:
        return self.params.get(name, [default])[0]

    def optional(self, name: str) -> str | None:
        return self.params[name][0] if name in self.params else None

    def flag(self, name: str) -> bool | None:
        given = self.optional(name)
        return None if given is None else given.lower() == "true"

    def number(self, name: str) -> int | None:
        given = self.optional(name)
        return None if given is None else int(given)

    def has(self, name: str) -> bool:
        """Tell whether a list or structure was given, even an empty one."""
        return any(key == name or key.startswith(f"{name}.") for key in self.params)

    def strings(self, name: str) -> list[str]:
        found: list[str] = []
        while (key := f"{name}.member.{len(found) + 1}") in self.params:
            found.append(self.params[key][0])
        return found

    def structures(self, name: str) -> list["Query"]:
        """Return the members of a list of structures."""
        members: list[Query] = []
        while True:
            prefix = f"{name}.member.{len(members) + 1}."
            member = {
                key.removeprefix(prefix): value
                for key, value in self.params.items()
                if key.startswith(prefix)
            }
            if not member:
                return members
            members.append(Query(member))


def read_parameters(query: Query, name: str, previous: Mapping[str, str]) -> dict[str, str]:
    """Return parameter values by key; UsePreviousValue takes the previous one."""
    values = {}
    for member in query.structures(name):
        key = member.text("ParameterKey")
        if member.flag("UsePreviousValue"):
            if key not in previous:
                raise validation_error(f"Parameters: [{key}] must have values")
            values[key] = previous[key]
        else:
            values[key] = member.text("ParameterValue")
    return values


def read_tags(query: Query) -> dict[str, str]:
    """Return tags by key, refused where AWS refuses them."""
    tags = {member.text("Key"): member.text("Value") for member in query.structures("Tags")}
    if len(tags) > 50:
        raise validation_error("A maximum number of 50 tags can be specified")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise validation_error(f"Tag key '{key}' is reserved: the aws: prefix cannot be used")
    return tags


def read_targets(query: Query) -> list[Target]:
    """Return every pair of the call's accounts and regions, region by region as given."""
    if query.has("DeploymentTargets.OrganizationalUnitIds"):
        raise validation_error(
            "OrganizationalUnitIds may only be specified for StackSets with permission model "
            "SERVICE_MANAGED"
        )
    direct = query.strings("Accounts")
    nested = query.strings("DeploymentTargets.Accounts")
    if direct and nested:
        raise validation_error("You can specify Accounts or DeploymentTargets, but not both")
    accounts, regions = direct or nested, query.strings("Regions")
    if bool(accounts) != bool(regions):
        raise validation_error("Accounts and Regions must be specified together")
    for account in accounts:
        if not (account.isdigit() and len(account) == 12):
            raise validation_error(f"Account {account} is not a valid account id")
    pairs = [Target(account, region) for region in regions for account in accounts]
    return list(dict.fromkeys(pairs))


def read_preferences(query: Query) -> Preferences:
    """Return the call's operation preferences, refused where they contradict each other."""
    at = "OperationPreferences"
    for what in ("FailureTolerance", "MaxConcurrent"):
        if query.has(f"{at}.{what}Count") and query.has(f"{at}.{what}Percentage"):
            raise validation_error(f"Only one of {what}Count and {what}Percentage can be specified")
    concurrency = query.text(f"{at}.RegionConcurrencyType", "SEQUENTIAL")
    mode = query.text(f"{at}.ConcurrencyMode", "STRICT_FAILURE_TOLERANCE")
    if concurrency not in ("SEQUENTIAL", "PARALLEL"):
        raise validation_error("RegionConcurrencyType must be SEQUENTIAL or PARALLEL")
    if mode not in ("STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"):
        raise validation_error(
            "ConcurrencyMode must be STRICT_FAILURE_TOLERANCE or SOFT_FAILURE_TOLERANCE"
        )
    return Preferences(
        region_concurrency="PARALLEL" if concurrency == "PARALLEL" else "SEQUENTIAL",
        region_order=tuple(query.strings(f"{at}.RegionOrder")),
        tolerance_count=query.number(f"{at}.FailureToleranceCount"),
        tolerance_percentage=query.number(f"{at}.FailureTolerancePercentage"),
        concurrent_count=query.number(f"{at}.MaxConcurrentCount"),
        concurrent_percentage=query.number(f"{at}.MaxConcurrentPercentage"),
        mode=(
            "SOFT_FAILURE_TOLERANCE"
            if mode == "SOFT_FAILURE_TOLERANCE"
            else "STRICT_FAILURE_TOLERANCE"
        ),
    )
