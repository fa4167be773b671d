"""Checks of `network` against the targets."""

from __future__ import annotations

from collections.abc import Iterator

from generator.config.finding import Finding
from generator.config.model import Config

EXISTING = ("SubnetIds", "SecurityGroupIds")
"""The parameters that say where functions run in a network that is there."""
_GATEWAYS = {"s3", "dynamodb"}


def values_of(config: Config, pair: tuple[str, str]) -> dict[str, str]:
    """Give the parameter values that the overrides set for an account and region."""
    account, region = pair
    values: dict[str, str] = {}
    for override in config.targets.overrides:
        if (not override.accounts or account in override.accounts) and (
            not override.regions or region in override.regions
        ):
            values |= override.parameters
    return values


def network_findings(config: Config) -> Iterator[Finding]:
    """Yield what the network's mode lacks, or has no use for."""
    network = config.network
    if network.mode == "existing":
        for pair in config.pairs:
            given = values_of(config, pair)
            for name in EXISTING:
                if not given.get(name):
                    yield (
                        ("network", "mode"),
                        f"{name} of {pair[0]} in {pair[1]} is not said: an existing network is"
                        " another one in each account and region",
                        f"give it under targets.overrides: {{accounts: [...], regions:"
                        f" [{pair[1]}], parameters: {{{name}: ...}}}}",
                    )
    if network.mode != "managed":
        for key in sorted({"zones", "cidr", "nat", "endpoints"} & network.model_fields_set):
            if getattr(network, key) != type(network).model_fields[key].default:
                yield (
                    ("network", key),
                    f"'{key}' is of a network that the service makes, but mode is '{network.mode}'",
                    f"choose `mode: managed`, or leave '{key}' out",
                )
    for index, name in enumerate(network.endpoints):
        if name in _GATEWAYS:
            yield (
                ("network", "endpoints", index),
                f"a managed network has a gateway endpoint for {name} already",
                f"leave {name} out",
            )
