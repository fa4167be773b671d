"""`delivery`: how a new version takes over the traffic of a region."""

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
    latency_p99_ms: int = Field(default=1000, ge=1)
    throttles: int = Field(default=1, ge=1)
    """Throttled calls in a minute."""
    dlq_depth: int = Field(default=1, ge=1)
    """Messages waiting in a dead-letter queue."""
    queue_age_seconds: int = Field(default=900, ge=60)
    """Age of the oldest message that waits in a function's queue."""


class Delivery(Section):
    """How a new version takes over the traffic in a region."""

    strategy: Strategy = "Canary10Percent5Minutes"
    pre_traffic_check: bool = False
    """Try a new version before it gets any traffic."""
    post_traffic_check: bool = False
    """Try it again once it has all of it."""
    bake_minutes: int = Field(default=10, ge=0, le=120)
    """How long a wave's alarms must stay quiet before the next wave begins."""
    rollback_window_minutes: int = Field(default=60, ge=0, le=1440)
    """How long after a release an alarm still takes it back."""
    alarms: Alarms = Alarms()
