"""Secrets, as templates see them."""

from __future__ import annotations

from dataclasses import dataclass

from generator.config import logical_id
from generator.config.secrets import Secret


@dataclass(frozen=True)
class SecretView:
    """A secret of the service."""

    name: str
    config: Secret

    @property
    def id(self) -> str:
        """Give the secret's logical id, which begins those of its rotation."""
        return f"{logical_id(self.name)}Secret"

    @property
    def variable(self) -> str:
        """Name the environment variable by which functions find the secret."""
        return f"{self.name.upper().replace('-', '_')}_SECRET_ARN"
