"""Deployment configurations: how traffic moves from one version to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PREFIX = "CodeDeployDefault."
DEFAULT_CONFIG = f"{_PREFIX}LambdaAllAtOnce"


@dataclass(frozen=True, slots=True)
class Step:
    """A share of traffic for the new version, and how long it stays so."""

    percent: int
    minutes: int


def all_at_once() -> dict[str, Any]:
    return {"type": "AllAtOnce"}


def canary(percent: int, minutes: int) -> dict[str, Any]:
    given = {"canaryPercentage": percent, "canaryInterval": minutes}
    return {"type": "TimeBasedCanary", "timeBasedCanary": given}


def linear(percent: int, minutes: int) -> dict[str, Any]:
    given = {"linearPercentage": percent, "linearInterval": minutes}
    return {"type": "TimeBasedLinear", "timeBasedLinear": given}


# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
PREDEFINED: Mapping[str, dict[str, Any]] = {
    DEFAULT_CONFIG: all_at_once(),
    **{
        f"{_PREFIX}LambdaCanary10Percent{minutes}Minutes": canary(10, minutes)
        for minutes in (5, 10, 15, 30)
    },
    **{
        f"{_PREFIX}LambdaLinear10PercentEvery{minutes}Minute{'s' if minutes > 1 else ''}": linear(
            10, minutes
        )
        for minutes in (1, 2, 3, 10)
    },
}


def steps(routing: Mapping[str, Any]) -> list[Step]:
    """Return the steps of a traffic routing configuration; the last one is 100 percent."""
    match routing["type"]:
        case "TimeBasedCanary":
            given = routing["timeBasedCanary"]
            first = Step(given["canaryPercentage"], given["canaryInterval"])
            return [first, Step(100, 0)]
        case "TimeBasedLinear":
            given = routing["timeBasedLinear"]
            share, minutes = given["linearPercentage"], given["linearInterval"]
            return [*(Step(percent, minutes) for percent in range(share, 100, share)), Step(100, 0)]
        case _:
            return [Step(100, 0)]


def problem(routing: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a traffic routing configuration, if anything."""
    kind = routing.get("type")
    if kind == "AllAtOnce":
        return None
    names = {
        "TimeBasedCanary": ("timeBasedCanary", "canaryPercentage", "canaryInterval"),
        "TimeBasedLinear": ("timeBasedLinear", "linearPercentage", "linearInterval"),
    }.get(str(kind))
    if names is None:
        return "The traffic routing type is not valid"
    given = routing.get(names[0]) or {}
    percent, minutes = given.get(names[1]), given.get(names[2])
    if not isinstance(percent, int) or not 1 <= percent <= 99:
        return f"{names[1]} must be between 1 and 99"
    if not isinstance(minutes, int) or not 1 <= minutes <= 2880:
        return f"{names[2]} must be between 1 and 2880 minutes"
    return None
