"""The command line: python -m localcloud start|stop|status|calls|reset --home DIR."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from localcloud import daemon, process
from localcloud.clock import DEFAULT_MINUTE_SECONDS
from localcloud.errors import LocalCloudError
from localcloud.home import Home


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 1 with one line on stderr when not."""
    options = _parser().parse_args(arguments)
    command: Callable[[Home, argparse.Namespace], int] = options.command
    try:
        return command(Home(options.home.expanduser().resolve()), options)
    except LocalCloudError as error:
        sys.stderr.write(f"localcloud: {error}\n")
        return 1


def _start(home: Home, options: argparse.Namespace) -> int:
    owner = process.session_leader() if options.owner is None else options.owner
    record, started = daemon.start(
        home,
        owner=owner,
        idle_minutes=options.idle_minutes,
        minute_seconds=options.minute,
    )
    if options.enforce_iam:
        daemon.ask(record, "iam", {"enforce": True})
    _print({"endpoint": record.endpoint, "pid": record.pid, "started": started})
    return 0


def _stop(home: Home, _: argparse.Namespace) -> int:
    _print({"stopped": daemon.stop(home)})
    return 0


def _status(home: Home, _: argparse.Namespace) -> int:
    answer = daemon.ask_running(home, "status") if home.path.is_dir() else None
    if answer is None:
        _print({"running": False})
    else:
        _print({"running": True} | {key: answer[key] for key in ("endpoint", "pid", "owners")})
    return 0


def _calls(home: Home, _: argparse.Namespace) -> int:
    if home.calls_file.exists():
        with home.calls_file.open(encoding="utf-8") as calls:
            sys.stdout.writelines(calls)
    return 0


def _reset(home: Home, _: argparse.Namespace) -> int:
    record = daemon.find(home) if home.path.is_dir() else None
    if record is None:
        raise LocalCloudError(f"no server of {home.path} is running")
    _print(daemon.ask(record, "reset", {}, seconds=daemon.RESET_SECONDS))
    return 0


def _serve(home: Home, options: argparse.Namespace) -> int:
    # Imported here: the server's libraries are not for the other commands to wait for.
    from localcloud import server

    return server.serve(
        home,
        token=options.token,
        owner=options.owner,
        idle_minutes=options.idle_minutes,
        minute_seconds=options.minute,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[Home, argparse.Namespace], int], help_: str) -> Any:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.add_argument("--home", type=Path, required=True, help="folder of the local cloud")
        sub.set_defaults(command=command)
        return sub

    start = add("start", _start, "start the server, or find the one that runs")
    start.add_argument(
        "--enforce-iam", action="store_true", help="judge calls of roles and users by policies"
    )
    _add_lifetime(start)
    add("stop", _stop, "stop the server; what was in it is gone")
    add("status", _status, "print as JSON whether and where the server runs")
    add("calls", _calls, "print the log of AWS calls, one JSON object a line")
    add("reset", _reset, "empty the cloud without stopping it")
    serve = add("serve", _serve, "serve in the foreground (what start runs)")
    _add_lifetime(serve)
    serve.add_argument("--token", default="", help="what the server proves its identity with")
    return parser


def _add_lifetime(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--owner", type=int, help="stop when this process is gone (default: the session's leader)"
    )
    parser.add_argument(
        "--idle-minutes", type=float, default=120, help="stop after so long without a call"
    )
    parser.add_argument(
        "--minute",
        type=float,
        default=DEFAULT_MINUTE_SECONDS,
        metavar="SECONDS",
        help="how long one minute of AWS lasts, for a new server (default: %(default)s)",
    )


def _print(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
