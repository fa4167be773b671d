"""What of an environment waits for a person, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection

from generator.aws import Cloud, connection_status, unconfirmed
from generator.aws.console import connections_page
from generator.config import Config, Names
from generator.config.operations import ConnectionSource
from generator.config.regions import partition_of
from generator.deploy.inspection.set_status import SetStatus
from generator.deploy.operations.causes import named
from generator.errors import Problem
from generator.plan.state import StackState
from generator.units import Pair


class ToDo:
    """Looks for what nobody but a person can do."""

    def __init__(self, config: Config, cloud: Cloud):
        self._config = config
        self._cloud = cloud
        self._names = Names.of(config)
        self._home = {"account": config.targets.tools_account, "region": config.regions.primary}

    def _run(self, command: str) -> str:
        local = " --local" if self._cloud.is_local else ""
        return f"run `gen {command} -e {self._config.environment}{local}`"

    def undeployed(self, instances: Collection[Pair], pipeline: StackState | None) -> list[Problem]:
        """Say what of the configuration is not there yet."""
        hint = self._run("deploy")
        if not instances:
            return [Problem("the service is not deployed", hint=hint)]
        missing = [pair for pair in self._config.pairs if pair not in instances]
        said = [f"the service is not in {' '.join(pair)} yet" for pair in missing]
        if self._config.pipeline and not pipeline:
            said.append("the pipeline is not deployed")
        return [Problem(message, hint=hint) for message in said]

    def behind(self, sets: tuple[SetStatus, ...]) -> list[Problem]:
        """Say how to go on where an operation that is over has left instances behind."""
        hint = f"{self._run('resume')}, or deploy again"
        return [
            Problem(f"{one.name} is not up to date in {named(one.resumable)}", hint=hint)
            for one in sets
            if one.resumable and not one.under_way
        ]

    def connection(self, pipeline: StackState | None) -> list[Problem]:
        """Say what to do where nobody has completed the handshake with the provider."""
        source = self._config.pipeline.source if self._config.pipeline else None
        if not isinstance(source, ConnectionSource) or pipeline is None:
            return []
        arn = pipeline.outputs.get("ConnectionArn") or source.connection_arn
        state = connection_status(self._cloud, arn) if arn else "AVAILABLE"
        if state == "AVAILABLE":
            return []
        page = (
            f"choose it on {connections_page(self._home['region'])}, then Update pending connection"
        )
        local = f"gen local connect -e {self._config.environment}"
        return [
            Problem(
                f"the connection to {source.provider} is {state}: no push reaches the pipeline",
                hint=f"run `{local}`" if self._cloud.is_local else page,
            )
        ]

    def unconfirmed(self) -> list[Problem]:
        """Name the addresses whose owners have not confirmed that they want alerts."""
        account, region = self._home["account"], self._home["region"]
        topic = f"arn:{partition_of(region)}:sns:{region}:{account}:{self._names.prefix}-alerts"
        return [
            Problem(
                f"{address} gets no alerts: the subscription is not confirmed",
                hint="follow the link in the mail 'AWS Notification - Subscription Confirmation'",
            )
            for address in unconfirmed(self._cloud, topic)
        ]
