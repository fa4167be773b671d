"""The section about who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from generator.picture import System
from generator.picture.permissions import Grant, Role
from generator.report.docs.words import counted, few
from generator.report.html import Column, Content, Section, e, table
from generator.report.html.blocks import badge
from generator.units import SERVICE


def permissions(system: System) -> Section:
    """Show a matrix of roles and services for each unit, and every statement below it."""
    return Section(
        "Who may do what",
        [
            _unit(
                name, list(roles), f"{system.project}-{system.environment}-", system.places.primary
            )
            for name, roles in groupby(
                sorted(system.roles, key=lambda role: role.unit != SERVICE),
                key=lambda role: role.unit,
            )
        ],
        lead=e(
            "p",
            "Every role that the templates make. A number says how many actions of a service a role"
            " is allowed; below each matrix stands on what, and under which conditions. Region and"
            " account are the stack's own where none is named.",
        ),
    )


def _unit(unit: str, roles: Sequence[Role], prefix: str, primary: str) -> Content:
    services = sorted({service for role in roles for service in role.allowed})
    count = sum(len(role.grants) for role in roles)
    return [
        e("h3", f"Unit {unit}"),
        table(
            f"How many actions the roles of unit {unit} are allowed, by service",
            [Column("Role", narrow=True), Column("Taken on by"),
             *(Column(service, numeric=True, upright=True) for service in services)],
            [
                (
                    _short(role.name, prefix, primary),
                    ", ".join(each.removesuffix(".amazonaws.com") for each in role.trusted)
                    or "nobody",
                    *(role.allowed.get(service, "–") for service in services),
                )
                for role in roles
            ],
        ),
        e(
            "details",
            e("summary", f"On what, and under which conditions: {counted(count, 'statement')}"),
            table(
                f"Every statement of the roles of unit {unit}",
                [Column("Role", narrow=True), "Service", Column("May", wide=True),
                 Column("On", wide=True), Column("Only if", wide=True)],
                [
                    (_short(role.name, prefix, primary), *_row(grant))
                    for role in roles
                    for grant in role.grants
                ],
                stacks=True,
            ),
        ),
    ]  # fmt: skip


def _row(grant: Grant) -> tuple[Content, ...]:
    actions = ", ".join(sorted(grant.actions))
    said: Content = actions if grant.allows else (badge("may not", "bad"), " ", actions)
    return (
        [grant.service, e("small", grant.sid)],
        said,
        few(grant.resources),
        few(grant.conditions) if grant.conditions else "–",
    )


def _short(name: str, prefix: str, primary: str) -> str:
    """Leave out what all names begin with, and the region that many end with."""
    name = name.removeprefix(prefix)
    return name.removesuffix("-{region}").removesuffix(f"-{primary}")
