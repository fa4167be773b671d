"""Variables: `#{namespace.name}` in the configuration of actions.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"#\{([^{}]*)\}")
_NAMED = re.compile(r"([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_.-]+)")
# Whose variables need no action that declares them.
RESERVED = ("codepipeline", "variables")

Namespaces = Mapping[str, Mapping[str, str]]


class UnresolvedError(Exception):
    """Texts that refer to variables which nobody has set."""

    def __init__(self, references: list[str]) -> None:
        super().__init__(", ".join(references))
        self.references = references


def references(text: str) -> list[tuple[str, str | None, str | None]]:
    """Return what a text refers to: as it stands there, namespace and name (None if malformed)."""
    found: list[tuple[str, str | None, str | None]] = []
    for match in REFERENCE.finditer(text):
        named = _NAMED.fullmatch(match[1].strip())
        found.append((match[0], named[1] if named else None, named[2] if named else None))
    return found


def resolve(texts: Mapping[str, str], known: Namespaces) -> dict[str, str]:
    """Return texts with every reference replaced by its value; UnresolvedError names the others."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        named = _NAMED.fullmatch(match[1].strip())
        found = known.get(named[1], {}).get(named[2]) if named else None
        if found is None:
            missing.append(match[0])
            return match[0]
        return found

    resolved = {key: REFERENCE.sub(value, text) for key, text in texts.items()}
    if missing:
        raise UnresolvedError(missing)
    return resolved
