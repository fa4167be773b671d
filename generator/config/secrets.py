"""`secrets`: generated in each region, never written down."""

from __future__ import annotations

from pydantic import Field, field_validator

from generator.config.fields import Section


class Secret(Section):
    """A password that Secrets Manager generates, one in each region."""

    description: str = Field(min_length=1, max_length=200)
    """What it opens."""
    length: int = Field(default=32, ge=16, le=128)
    """Characters."""
    exclude_characters: str = Field(default="", max_length=64)
    """Characters that the other side does not take."""
    rotation_days: int | None = Field(default=30, ge=1, le=1000)
    """How long a value is current; null never changes it."""

    @field_validator("exclude_characters")
    @classmethod
    def _characters_of_passwords(cls, characters: str) -> str:
        # What a Lambda variable and a Secrets Manager request both take as it is.
        if not all(" " <= character <= "~" for character in characters):
            raise ValueError("'exclude_characters' may name printable ASCII characters only")
        return characters
