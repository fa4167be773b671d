"""Names that say that what they name is a secret."""

from __future__ import annotations

import re

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SECRETS = frozenset(
    "APIKEY CREDENTIAL CREDENTIALS PASSPHRASE PASSWD PASSWORD PASSWORDS PRIVATEKEY PWD SECRET "
    "SECRETS TOKEN".split()
)
KEYS = frozenset("ACCESS API AUTH ENCRYPTION JWT PRIVATE SECRET SIGNING".split())
"""Words that make a secret of a `KEY` that follows."""
AFTER = frozenset(
    "CURRENT DEV DEVELOPMENT LIVE NEW OLD PLAIN PLAINTEXT PREVIOUS PRIMARY PROD PRODUCTION "
    "SECONDARY STAGE STAGING TEST TEXT VALUE".split()
)
"""Words that may follow, and it still is one; after any other it is something about a secret."""
COUNTS = frozenset("COUNT MAX MIN NUM NUMBER".split())


def words_of(name: str) -> list[str]:
    """Take a name apart: `DB_PASSWORD`, `dbPassword`."""
    return [word.upper() for word in WORDS.findall(name)]


def says_secret(name: str) -> bool:
    """Tell whether a name says, as its noun, that it holds a secret."""
    words = words_of(name)
    while len(words) > 1 and (words[-1] in AFTER or words[-1].isdigit()):
        words.pop()
    if not words or words[0] in COUNTS:
        return False
    if words[-1] == "KEY":
        return len(words) > 1 and words[-2] in KEYS
    return words[-1] in SECRETS or words[-1].endswith(("PASSWORD", "PASSWD"))
