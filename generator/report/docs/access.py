"""The section about who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from generator.picture import System
from generator.picture.permissions import Grant, Role
from generator.report.docs.words import counted
from generator.report.html import Column, Content, Section, code, e, table
from generator.report.html.blocks import badge


def permissions(system: System) -> Section:
    """Show a matrix of roles and services for each unit, and every statement below it."""
    return Section(
        "Who may do what",
        [
            _unit(name, list(roles), f"{system.project}-{system.environment}-")
            for name, roles in groupby(system.roles, key=lambda role: role.unit)
        ],
        lead=e(
            "p",
            "Every role that the templates make. A number says how many actions of a service a role"
            " is allowed; below each matrix stands on what, and under which conditions. Region and"
            " account are the stack's own where none is named.",
        ),
    )


def _unit(unit: str, roles: Sequence[Role], prefix: str) -> Content:
    services = sorted({service for role in roles for service in role.allowed})
    count = sum(len(role.grants) for role in roles)
    return [
        e("h3", f"Roles of {unit}"),
        table(
            f"Actions that roles of {unit} are allowed, by service",
            [Column("Role", narrow=True), Column("Taken on by"),
             *(Column(service, numeric=True) for service in services)],
            [
                (
                    _short(role.name, prefix),
                    ", ".join(role.trusted) or "nobody",
                    *(role.allowed.get(service, "–") for service in services),
                )
                for role in roles
            ],
        ),
        e(
            "details",
            e("summary", f"Every statement of {unit}'s roles ({count})"),
            table(
                f"Statements of the roles of {unit}",
                [Column("Role", narrow=True), "Service", Column("May", wide=True),
                 Column("On", wide=True), Column("Only if", wide=True)],
                [
                    (_short(role.name, prefix), *_row(grant))
                    for role in roles
                    for grant in role.grants
                ],
            ),
        ),
    ]  # fmt: skip


def _row(grant: Grant) -> tuple[Content, ...]:
    actions = ", ".join(sorted(grant.actions))
    return (
        grant.service,
        actions if grant.allows else [badge("may not", "bad"), " ", actions],
        _lines(grant.resources),
        _lines(grant.conditions) if grant.conditions else "–",
    )


def _lines(texts: Sequence[str]) -> Content:
    most = 6
    shown = e("ul", [e("li", code(text)) for text in texts[:most]], class_="plain")
    if len(texts) <= most:
        return shown
    rest = e("ul", [e("li", code(text)) for text in texts[most:]], class_="plain")
    return [shown, e("details", e("summary", f"and {len(texts) - most} more"), rest)]


def _short(name: str, prefix: str) -> Content:
    name = name.removeprefix(prefix)
    for end in ("-{region}", "-us-gov-west-1"):
        name = name.removesuffix(end)
    return name


__all__ = ["counted", "permissions"]
