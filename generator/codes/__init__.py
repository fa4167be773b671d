"""Every code that `gen` says, with what it means, why, and what to do: `gen explain` tells it.

Nothing here asks or imports anything, so that a completion may list them at once: what looks for a
code's trouble names the code from here. Rules of `gen lint` are told by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.codes import causes, exits, preflight, statuses
from generator.codes.code import Code

__all__ = ["FAMILIES", "Code", "explained", "mentioned"]

FAMILIES: dict[str, tuple[Code, ...]] = {
    "preflight": preflight.CODES,
    "exit code": exits.CODES,
    "stack instance": statuses.INSTANCES,
    "stack instance, in detail": statuses.DETAILED,
    "StackSet operation": statuses.OPERATIONS,
    "stack": statuses.STACKS,
    "drift": statuses.DRIFT,
    "AWS refused a call": causes.CALLS,
    "a resource failed": causes.HANDLERS,
}
"""Codes by what says them; a word may have a meaning in several."""
_ENDINGS = ("Exception", "Error")
_SAID = re.compile(
    r"^(?P<first>P\d{3}|[EWI]\d{4})\b"
    r"|HandlerErrorCode: (?P<handler>\w+)"
    r"|\b(?P<call>\w+) while "
    r"|\b(?P<status>INOPERABLE|(?:UPDATE_)?ROLLBACK_(?:FAILED|COMPLETE)|DELETE_FAILED)\b"
)


def explained(word: str) -> list[tuple[str, Code]]:
    """Give what a code means, with its family, whatever its case; nothing when it is unknown.

    AWS writes some with an ending (AccessDeniedException): that changes nothing.
    """
    wanted = _plain(word)
    return [
        (family, code)
        for family, codes in FAMILIES.items()
        for code in codes
        if _plain(code.number) == wanted
    ]


def mentioned(messages: Iterable[str]) -> list[str]:
    """List the codes that messages say and that can be explained, each once."""
    found: dict[str, None] = {}
    for message in messages:
        for match in _SAID.finditer(message):
            word = str(match[match.lastgroup or 0])
            if match["first"] or explained(word):
                found[word] = None
    return list(found)


def _plain(word: str) -> str:
    for ending in _ENDINGS:
        word = word.removesuffix(ending)
    return word.lower()
