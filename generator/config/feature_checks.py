"""Checks of what functions use besides routes and tables: secrets, events, versions, checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.config.finding import Finding, closest
from generator.config.functions import HEALTH
from generator.config.model import Config
from generator.config.names import added_functions
from generator.config.support import SUPPORT

SNAP_START_STORAGE = 512
"""MiB of /tmp at most. https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""
VISIBILITY_LIMIT = 43_200
"""Seconds that a message may be invisible. AWS asks for six timeouts of the function.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""


def feature_findings(config: Config, _root: Path) -> Iterator[Finding]:
    """Yield what is wrong with the functions' features."""
    for finds in (_reserved_names, _secrets, _versions, _events, _traffic_checks):
        yield from finds(config)


def _reserved_names(config: Config) -> Iterator[Finding]:
    added = added_functions(config)
    for name in config.functions:
        if any(name == support.name for support in SUPPORT):
            what = "code that gen adds"
        elif name in added:
            what = f"a function that gen adds for {added[name]}"
        else:
            continue
        yield ("functions", name), f"'{name}' is the name of {what}", "rename the function"


def _secrets(config: Config) -> Iterator[Finding]:
    for name, function in config.functions.items():
        for index, secret in enumerate(function.secrets):
            if secret not in config.secrets:
                yield (
                    ("functions", name, "secrets", index),
                    f"function '{name}' uses secret '{secret}', which is not under `secrets`",
                    closest(secret, tuple(config.secrets)),
                )
            variable = f"{secret.upper().replace('-', '_')}_SECRET_ARN"
            if variable in function.environment:
                yield (
                    ("functions", name, "environment", variable),
                    f"variable {variable} is set from `secrets`",
                    "rename the variable",
                )


def _versions(config: Config) -> Iterator[Finding]:
    for name, function in config.functions.items():
        provisioned = function.provisioned_concurrency
        reserved = function.reserved_concurrency
        if function.snap_start and provisioned:
            yield (
                ("functions", name, "snap_start"),
                f"'{name}' has both snap_start and provisioned_concurrency; Lambda takes one",
                "SnapStart for few calls, provisioned concurrency for steady ones",
            )
        if function.snap_start and function.ephemeral_storage > SNAP_START_STORAGE:
            yield (
                ("functions", name, "ephemeral_storage"),
                f"'{name}' has snap_start and {function.ephemeral_storage} MiB of /tmp, but a"
                f" snapshot holds {SNAP_START_STORAGE}",
                "leave one of them out",
            )
        if provisioned and reserved is not None and provisioned.max > reserved:
            yield (
                ("functions", name, "provisioned_concurrency"),
                f"'{name}' may provision {provisioned.max}, but reserves {reserved}",
                "raise reserved_concurrency, or lower max",
            )


def _events(config: Config) -> Iterator[Finding]:
    for name, function in config.functions.items():
        queues = [i for i, event in enumerate(function.events) if event.queue]
        if len(queues) > 1:
            yield (
                ("functions", name, "events", queues[1]),
                f"'{name}' has two queues",
                "one is enough: everything that is sent to it ends in the same function",
            )
        if queues and function.timeout * 6 > VISIBILITY_LIMIT:
            yield (
                ("functions", name, "timeout"),
                f"'{name}' has a queue, whose messages must be invisible for six timeouts:"
                f" {function.timeout * 6} seconds, but SQS allows {VISIBILITY_LIMIT}",
                "lower the timeout",
            )


def _traffic_checks(config: Config) -> Iterator[Finding]:
    if not (config.delivery.pre_traffic_check or config.delivery.post_traffic_check):
        return
    for name, function in config.functions.items():
        check = function.traffic_check
        if check and check.event is None and HEALTH not in function.routes:
            yield (
                ("functions", name),
                f"nothing says how to check '{name}': it has no route '{HEALTH}'"
                " and no traffic_check.event",
                "give traffic_check an event, or write `traffic_check: null` to leave it out",
            )
