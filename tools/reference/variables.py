"""The page of all environment variables: those of options, and those that the code asks for."""

from __future__ import annotations

import re
from pathlib import Path

import click

import generator
from generator.cli import gen
from generator.deploy.pipeline.commit import VARIABLES
from reference import WRITTEN, table
from reference.commands import every_command

OTHERS = {
    "CI": "Set to anything but 0 or false, nobody is asked anything, terminal or not.",
    "NO_COLOR": "Set to anything, the output has no colours; so does `--no-color`.",
    "COLUMNS": "How wide tables may be, where that is not the terminal's to say.",
    "AWS_ENDPOINT_URL": "An address on this machine: a local cloud that runs there already, instead"
    " of AWS. Builds of the local cloud's own pipeline find it so.",
    "AWS_REGION": "The region that `gen doctor` asks where there is no project.",
    "HTTPS_PROXY": "The proxy to the internet; `gen doctor` says which. Also `https_proxy`.",
    "XDG_CACHE_HOME": "Where `gen lint` keeps what it judged, outside of a project; `~/.cache`"
    " unless given.",
    "LOCALAPPDATA": "The same on Windows.",
    "GEN_COMMIT": "The commit that a build or release is noted to be from; else what `git` says.",
    "CODEBUILD_RESOLVED_SOURCE_VERSION": "The same, as CodeBuild says it.",
}
"""Beside those of options. A test holds this equal to what the code asks for."""
READ_BY_LIBRARIES = {"NO_COLOR"}
SAME_AS = {"https_proxy": "HTTPS_PROXY"}
_ASKED = re.compile(r'environ(?:\.get\(|\[)"(\w+)"|"(\w+)" (?:not )?in os\.environ')
HEAD = f"""\
# Environment variables

{WRITTEN.format(source="the commands, and tools/reference/variables.py")}

An option on the command line wins over its variable. Credentials and settings of AWS (`AWS_…`) are
read by boto3, [as everywhere](https://docs.aws.amazon.com/boto3/latest/guide/configuration.html);
none of them reaches the local cloud.
"""


def page() -> str:
    """Write the page."""
    rows = [
        (f"`{name}`", f"{', '.join(f'`{o}`' for o in options)} of {_listed(users)}")
        for name, (options, users) in sorted(of_options().items())
    ]
    rows += [(f"`{name}`", text) for name, text in OTHERS.items() if name not in of_options()]
    return "\n".join([HEAD, *table(("variable", "stands for"), rows)]).rstrip() + "\n"


def of_options() -> dict[str, tuple[list[str], list[str]]]:
    """Find the variables of options: the options' names, and the commands that have them."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name, command, _ in every_command(gen, "gen", click.Context(gen, info_name="gen")):
        for option in command.params:
            if isinstance(option.envvar, str):
                options, users = found.setdefault(option.envvar, ([], []))
                options += [max(option.opts, key=len)] if not options else []
                users.append(name)
    return found


def asked_for() -> set[str]:
    """Find the names that the code asks the environment for."""
    files = Path(generator.__file__).parent.rglob("*.py")
    found = {name for file in files for match in _ASKED.findall(file.read_text()) for name in match}
    return {SAME_AS.get(name, name) for name in found | set(VARIABLES)} - {""}


def _listed(users: list[str]) -> str:
    if len(users) > 3:
        return "every command that has it"
    return ", ".join(f"`{user}`" for user in users)
