"""Functions that gen itself adds: data, read by the build and the templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from generator.config.model import Config
from generator.config.names import COORDINATOR


@dataclass(frozen=True, slots=True)
class Support:
    """The code of functions that gen adds where the configuration asks for them."""

    name: str
    """Of its package; no function of the service may have it."""
    source: str
    """The folder of its code, from the project's root; where it has none, gen's own is taken."""
    needed: Callable[[Config], bool]
    unit: str = "service"
    """What it belongs to: only the service's functions are part of a release."""
    handler: str = "app.handler"
    runtime: str = "python3.13"
    architecture: Literal["arm64", "x86_64"] = "arm64"


def _traffic_is_checked(config: Config) -> bool:
    delivery = config.delivery
    return (delivery.pre_traffic_check or delivery.post_traffic_check) and any(
        function.traffic_check for function in config.functions.values()
    )


def _secrets_rotate(config: Config) -> bool:
    return any(secret.rotation_days for secret in config.secrets.values())


def _has_pipeline(config: Config) -> bool:
    return config.pipeline is not None


SUPPORT: tuple[Support, ...] = (
    Support("traffic-check", "lambda_code/traffic_check", _traffic_is_checked),
    Support("secret-rotation", "lambda_code/secret_rotation", _secrets_rotate),
    Support(COORDINATOR, "lambda_code/rollback_coordinator", _has_pipeline, unit="pipeline"),
)


def support_of(config: Config) -> list[Support]:
    """List the support functions that this configuration needs."""
    return [support for support in SUPPORT if support.needed(config)]
