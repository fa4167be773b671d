"""What is deployed, where and in which order: data, read by everything else.

A unit is a CloudFormation stack or StackSet with a template of its name. Values that its template
asks for without giving a default are supplied from here; all others are the template's defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from generator.config import Config, logical_id
from generator.config.network_checks import EXISTING, values_of

Pair = tuple[str, str]
"""Account and region."""
Waves = tuple[tuple[Pair, ...], ...]
SERVICE = "service"
"""The unit that releases are about."""


class Kind(StrEnum):
    """How a unit is deployed."""

    STACK = "stack"
    STACK_SET = "stack-set"


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that is deployed as one CloudFormation template."""

    name: str
    kind: Kind
    purpose: str
    waves: Callable[[Config], Waves]
    """Where its stacks live; a unit without any is left out."""
    needs_code: bool = False
    """The functions' packages must be in every region's bucket before."""

    @property
    def template(self) -> str:
        return f"{self.name}.yaml.j2"


def _primary(config: Config) -> Waves:
    return (((config.targets.tools_account, config.regions.primary),),)


def _primary_of_other_accounts(config: Config) -> Waves:
    others = [a for a in config.targets.service_accounts if a != config.targets.tools_account]
    return (tuple((account, config.regions.primary) for account in others),) if others else ()


def _every_region_of_tools(config: Config) -> Waves:
    return (tuple((config.targets.tools_account, r) for r in config.regions.artifacts),)


def _service(config: Config) -> Waves:
    waves = (
        tuple(pair for pair in config.pairs if pair[1] in regions)
        for regions in config.regions.waves
    )
    return tuple(wave for wave in waves if wave)


def _where_rest_apis_log(config: Config) -> Waves:
    routes = any(function.routes for function in config.functions.values())
    return _service(config) if config.api.type == "rest" and routes else ()


def _pipeline(config: Config) -> Waves:
    return _primary(config) if config.pipeline else ()


UNITS: tuple[Unit, ...] = (
    Unit("roles", Kind.STACK, "the StackSets' roles", _primary),
    Unit(
        "execution-role", Kind.STACK, "the StackSets' role in each other target account",
        _primary_of_other_accounts,
    ),
    Unit("core", Kind.STACK, "event bus, alerts, log archive", _primary),
    Unit("artifacts", Kind.STACK_SET, "a bucket for code in every region", _every_region_of_tools),
    Unit(
        "account", Kind.STACK_SET, "the role by which API Gateway writes logs",
        _where_rest_apis_log,
    ),
    Unit(SERVICE, Kind.STACK_SET, "the functions and their API", _service, needs_code=True),
    Unit("pipeline", Kind.STACK, "delivery pipeline and dashboard", _pipeline),
)  # fmt: skip
"""In the order of deployment: each may rely on those before it."""

CAPABILITIES = ("CAPABILITY_NAMED_IAM",)
"""Every unit makes roles of its own, with names."""


def units_of(config: Config) -> list[Unit]:
    """List the units that this configuration deploys, in order."""
    return [unit for unit in UNITS if unit.waves(config)]


def _network_values(config: Config) -> dict[str, str]:
    """Give a set the existing network of its first instance: a set wants a value, too."""
    if config.network.mode != "existing":
        return {}
    first = values_of(config, config.pairs[0])
    return {name: first[name] for name in EXISTING}


def _signing_values(config: Config) -> dict[str, str]:
    """Leave the signing profile open: each region has its own, which a deployment looks up."""
    return {"SigningProfileVersionArn": ""} if config.signing else {}


def supplied_values(config: Config, *, release: str, code_keys: dict[str, str]) -> dict[str, str]:
    """Give the parameter values that depend on the identity or the release, by parameter name."""
    return {
        "Project": config.project,
        "Environment": config.environment,
        "ToolsAccount": config.targets.tools_account,
        "PrimaryRegion": config.regions.primary,
        "Release": release,
        **_network_values(config),
        **_signing_values(config),
        **{f"{logical_id(name)}CodeKey": key for name, key in code_keys.items()},
    }
