"""What a check across sections has found, and the word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from generator.config.source import Key

Finding = tuple[tuple[Key, ...], str, str | None]
"""Path in the configuration, what is wrong, what to do."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Suggest the known word that was probably meant."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else None
