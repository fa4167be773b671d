"""gen local"""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from generator.cli.common import cloud_of, environment_option, load_config, project_root

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.config import Config
    from generator.deploy.pipeline.push import LocalSource


@click.group(name="local")
def command() -> None:
    """Run the AWS stand-in on this machine.

    Commands with --local start it by themselves. It stops with the terminal that started it.

    \b
      gen local start
      gen local status
      gen local push -e dev --watch
      gen local stop
    """


def _verb(name: str, help_: str) -> None:
    @command.command(name=name, help=f"{help_}\n\n\b\n  gen local {name}")
    def run() -> None:
        from generator.local import call

        answer = call(project_root(), name)
        if answer is not None:
            click.echo(json.dumps(answer, indent=2))


_verb("start", "Start it, or find the one that runs.")
_verb("status", "Say as JSON whether and where it runs.")
_verb("stop", "Stop it; what was in it is gone.")
_verb("reset", "Empty it without stopping it.")


@command.command(name="calls")
def calls() -> None:
    """Print its log of AWS calls, one JSON object a line.

    \b
      gen local calls | jq -r .action | sort | uniq -c
    """
    from generator.local import lines

    for line in lines(project_root(), "calls"):
        click.echo(line)


@command.command(name="push")
@environment_option
@click.option("-m", "--message", default="gen local push", help="Message of the commit.")
@click.option("--empty", is_flag=True, help="Commit even if nothing has changed.")
@click.option("--watch", is_flag=True, help="Follow what it starts, as gen pipeline --watch does.")
def push(*, environment: str, message: str, empty: bool, watch: bool) -> None:
    """Push this folder, as it is, to the pipeline's source in the local cloud.

    What .gitignore names stays out. Your own repository is not touched: neither its history, nor
    its index, nor its remotes. Prints the commit that the source then has.

    \b
      gen local push -e dev --watch
      gen local push -e dev --message "Answer with the region"
    """
    from generator.cli.pipeline import show
    from generator.deploy.pipeline.pipeline import PipelineReader, started_by

    config, cloud, source = _source(environment)
    reader = PipelineReader.of(cloud, config)
    before = {execution.id for execution in reader.executions()} if watch else set()
    source.seed_builders()
    pushed = source.push(message, empty=empty)
    click.echo(pushed.commit)
    if not pushed.changed:
        click.echo("nothing has changed since; --empty pushes all the same", err=True)
        return
    click.echo(f"pushed to {pushed.place}", err=True)
    if watch:
        pause = partial(time.sleep, cloud.poll_seconds)
        started = started_by(reader, pushed.revision, before=before, pause=pause)
        show(reader, (reader.view(started),), cloud, watch=True, output="text")


@command.command(name="connect")
@environment_option
def connect(*, environment: str) -> None:
    """Complete the handshake of the pipeline's connection.

    It stands for the click in the console by which, on AWS, a person lets a connection see the
    repositories at GitHub, GitLab or Bitbucket.

    \b
      gen local connect -e prod
    """
    _, _, source = _source(environment)
    click.echo(source.connect())


@command.command(name="clock")
@click.argument("seconds", type=float, required=False)
@click.option("--calls", type=int, help="Calls that a minute of shifting traffic waits for.")
def clock(*, seconds: float | None, calls: int | None) -> None:
    """Show, or set, how many seconds a minute lasts.

    Whatever takes minutes on AWS (traffic shifting, alarms, the bake time) follows this clock. With
    --calls, a minute of shifting traffic also lasts until the alias has been called so often.

    \b
      gen local clock
      gen local clock 1
      gen local clock 0.5 --calls 10
    """
    asked = {"minute_seconds": seconds, "calls_a_minute": calls}
    message = {key: value for key, value in asked.items() if value is not None}
    now = _ask("clock", message or None)
    more = f", and {now['calls_a_minute']} calls" if now["calls_a_minute"] else ""
    click.echo(f"{now['minute_seconds']:g}{more}")


@command.command(name="iam")
@click.argument("state", type=click.Choice(["on", "off"]), required=False)
def iam(*, state: str | None) -> None:
    """Show, or switch, whether calls are judged by IAM policies.

    \b
      gen local iam on
    """
    message = None if state is None else {"enforce": state == "on"}
    click.echo("on" if _ask("iam", message)["enforce"] else "off")


@command.command(name="faults")
@click.argument("rules", required=False)
@click.option("--clear", is_flag=True, help="Let everything go well again.")
def faults(*, rules: str | None, clear: bool) -> None:
    """Show which calls go wrong, or set it: RULES is a JSON list.

    Each rule has an effect (throttle, error, expired-token, drop-before, drop-after, region-down,
    slow, hold-before, hold-after, fail-resource), and says which calls are meant: service, action,
    region, account, write; nth, every, times. localcloud/README.md has them all.

    \b
      gen local faults
      gen local faults '[{"effect": "throttle", "every": 3}]'
      gen local faults '[{"effect": "fail-resource", "type": "AWS::SQS::*", "region": "eu-*"}]'
      gen local faults --clear
    """
    from generator.errors import UsageError

    message: dict[str, Any] | None = {"rules": []} if clear else None
    if rules is not None:
        try:
            message = {"rules": json.loads(rules)}
        except ValueError as error:
            raise UsageError(f"RULES is no JSON: {error}") from None
    click.echo(json.dumps(_ask("faults", message), indent=2))


def _ask(what: str, message: dict[str, Any] | None) -> dict[str, Any]:
    from generator.local import start

    answer: dict[str, Any] = start(project_root()).ask(what, message)
    return answer


def _source(environment: str) -> tuple[Config, Cloud, LocalSource]:
    """Find the source of an environment's pipeline in the local cloud."""
    from generator.deploy.pipeline.push import LocalSource
    from generator.local import start

    root, loaded = load_config(environment)
    config, stand_in = loaded.config, start(root)
    cloud = cloud_of(root, config, local=True, profile=None, say=lambda text: None)
    return config, cloud, LocalSource(root, config, cloud, stand_in)
