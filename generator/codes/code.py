"""What a code is: a word that stays the same, and what is to be known about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A number or name that something has for good, and what is to be known about it."""

    number: str
    """Of preflight: P and three digits, the first of which says what it is about."""
    title: str
    goes_wrong: str
    """What it stands for, and how it comes to that."""
    to_do: str
    source: str
    """Where to read more."""
    ignorable: bool = True
    """Whether `--ignore` may let a deployment go on all the same."""
