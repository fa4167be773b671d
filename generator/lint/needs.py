"""What permissions a resource type takes; what was looked up before is not looked up again."""

from __future__ import annotations

from dataclasses import dataclass

from generator.lint.store import Store


@dataclass(frozen=True, slots=True)
class Needs:
    """The actions that a resource type's handlers name."""

    lifecycle: frozenset[str]
    """Of all handlers that stacks call, and of its tags."""
    delete: frozenset[str]


def needs_of(type_name: str, *, store: Store | None = None) -> Needs | None:
    """Tell a type's permissions; None when its schema names no handlers."""
    if store and (rows := store.load("needs", type_name)) is not None:
        return Needs(*map(frozenset, rows)) if rows else None
    # Loading cfn-lint takes longer than all the rest of a build.
    from generator.lint.permissions import permissions_of

    needs = permissions_of(type_name)
    if store:
        rows = [sorted(needs.lifecycle), sorted(needs.delete)] if needs else []
        store.save(rows, "needs", type_name)
    return needs
