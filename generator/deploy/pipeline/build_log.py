"""What a build that failed has to say: the output of the command that failed, and its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

LINES = 20
"""How many lines of a log are shown."""
READ = 60
"""How many are read for that: CodeBuild's own are among them."""

_OWN = re.compile(r"\[Container\] \S+ \S+ (Running command )?")
_SCRIPT = re.compile(r"(executing command: )([^\n]*)\n.*(\. Reason:)", re.DOTALL)


def last_output(lines: Sequence[str]) -> tuple[str, ...]:
    """Keep the last command of a log and what it printed; scripts are known by their first line."""
    own = {number: found for number, line in enumerate(lines) if (found := _OWN.match(line))}
    begun = max((number for number, found in own.items() if found[1]), default=None)
    if begun is None:
        return tuple(lines[-LINES:])
    ended = next((number for number in own if number > begun), len(lines))
    command, *output = lines[begun:ended]
    return (command.partition("\n")[0], *output[1 - LINES :])


def shortened(error: str) -> str:
    """Name a script that failed by its first line."""
    return _SCRIPT.sub(r"\1\2 …\3", error)
