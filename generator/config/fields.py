"""What the sections of a parameter file are made of: strict mappings and common values."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from generator.config.regions import PARTITIONS, partition_of


class Section(BaseModel):
    """A mapping in the parameter file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


def _known_region(value: str) -> str:
    if partition_of(value) is None:
        raise ValueError(f"'{value}' is not an AWS region")
    return value


def _account_text(value: Any) -> Any:
    if isinstance(value, int):
        raise ValueError("an account id is text: put it in quotes")
    return value


def _plain_text(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError('write "true" or "false" in quotes: an environment variable is text')
    return str(value) if isinstance(value, int | float) else value


Region = Annotated[
    str,
    BeforeValidator(lambda value: _known_region(value) if isinstance(value, str) else value),
    Field(json_schema_extra={"enum": sorted(set().union(*PARTITIONS.values()))}),
]
Account = Annotated[str, BeforeValidator(_account_text), Field(pattern=r"^\d{12}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
Text = Annotated[str, BeforeValidator(_plain_text)]
