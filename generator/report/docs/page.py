"""The page that `gen docs` writes."""

from __future__ import annotations

import generator
from generator.picture import System
from generator.report.docs.access import permissions
from generator.report.docs.drawings import inside, overview
from generator.report.docs.operation import alarms, costs, delivery, guardrails
from generator.report.docs.parameters import parameters
from generator.report.docs.words import counted, listed
from generator.report.html import Content, e, page


def write(system: System) -> str:
    """Write the whole page."""
    return page(
        f"{system.project} in {system.environment}",
        [
            overview(system),
            inside(system),
            delivery(system),
            parameters(system),
            permissions(system),
            alarms(system),
            costs(system),
            guardrails(system),
        ],
        kind="System documentation",
        lead=_lead(system),
        foot=e(
            "p",
            f"Written by gen {generator.__version__} from the rendered templates of"
            f" {system.environment}. `gen docs` writes it again.".replace("`", ""),
        ),
    )


def _lead(system: System) -> Content:
    places = system.places
    accounts = {account for place in places.places for account in place.accounts}
    apis = [n.kind for n in system.graph.nodes.values() if n.kind.endswith(" API")]
    behind = f" behind {_an(apis[0])}" if apis else ""
    canary = [place.region for place in places.waves[0]] if len(places.waves) > 1 else []
    return e(
        "p",
        f"{counted(len(system.functions), 'function').capitalize()}{behind} in"
        f" {counted(len(places.places), 'region')} and {counted(len(accounts), 'account')}.",
        f" A release reaches {listed(canary)} first." if canary else None,
    )


def _an(what: str) -> str:
    return f"an {what}" if what[0] in "AEIOUH" else f"a {what}"
