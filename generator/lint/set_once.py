"""Which properties only a new resource can have otherwise; looked up once, as permissions are."""

from __future__ import annotations

from dataclasses import dataclass

from generator.lint.store import Store


@dataclass(frozen=True, slots=True)
class SetOnce:
    """The properties that only a new resource can have otherwise: `Rules/*/Id`."""

    always: tuple[str, ...]
    conditionally: tuple[str, ...]
    """Where it depends on the values."""


def set_once_of(type_name: str, *, store: Store | None = None) -> SetOnce | None:
    """Tell which properties of a type are set once; None when it has no schema."""
    if store and (rows := store.load("set-once", type_name)) is not None:
        return SetOnce(*map(tuple, rows)) if rows else None
    # Loading cfn-lint takes longer than all the rest of a build.
    from generator.lint.permissions import properties_set_once

    once = properties_set_once(type_name)
    if store:
        store.save([once.always, once.conditionally] if once else [], "set-once", type_name)
    return once
