"""`delivery`: how a new version takes over the traffic of a region, and how long it is watched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.config.fields import Section

Strategy = Literal[
    "AllAtOnce", "Canary10Percent5Minutes", "Canary10Percent10Minutes",
    "Canary10Percent15Minutes", "Canary10Percent30Minutes", "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes", "Linear10PercentEvery3Minutes", "Linear10PercentEvery10Minutes",
]  # fmt: skip
"""https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"""


class Alarms(Section):
    """Thresholds; each is a parameter of the service template."""

    error_rate_percent: float = Field(default=1, gt=0, le=100)
    """The share of calls, or of API requests, that may fail."""
    latency_p99_ms: int = Field(default=1000, ge=1)
    """What 99 of 100 calls must stay under."""
    throttles: int = Field(default=1, ge=1)
    """Throttled calls in a minute."""
    dlq_depth: int = Field(default=1, ge=1)
    """Messages waiting in a dead-letter queue."""
    queue_age_seconds: int = Field(default=900, ge=60)
    """Age of the oldest message that waits in a function's queue."""


class Delivery(Section):
    """How a new version takes over the traffic in a region."""

    strategy: Strategy = "Canary10Percent5Minutes"
    """How CodeDeploy shifts a region's traffic to a new version."""
    pre_traffic_check: bool = False
    """Try a new version before it gets any traffic."""
    post_traffic_check: bool = False
    """Try it again once it has all of it."""
    bake_minutes: int = Field(default=10, ge=0, le=120)
    """Minutes for which a wave's alarms must stay quiet before the pipeline goes on."""
    rollback_window_minutes: int = Field(default=60, ge=0, le=1440)
    """Minutes after a release in which an alarm of one region takes it back in all; 0 is never."""
    alarms: Alarms = Alarms()
