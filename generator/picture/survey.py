"""Look at an environment as it is rendered now."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator.build.judge import rendered_units
from generator.config import Loaded
from generator.errors import GenError, Problem
from generator.lint import Store, catalogue, prove
from generator.picture.alarms import Alarm, alarms_of
from generator.picture.costs import Costs, costs_of
from generator.picture.delivery import Delivery, delivery_of
from generator.picture.graph import Graph
from generator.picture.guardrails import Guardrails, guardrails_of
from generator.picture.network import network_of
from generator.picture.parameters import UnitParameters, parameters_of
from generator.picture.permissions import Role, roles_of
from generator.picture.places import Deployed, Places, deployed, places_of
from generator.picture.system import graph_of
from generator.picture.unit import RenderedUnit
from generator.units import SERVICE, supplied_values, units_of


@dataclass(frozen=True, slots=True)
class System:
    """Everything that a page about an environment tells."""

    project: str
    environment: str
    tags: dict[str, str]
    places: Places
    units: tuple[Deployed, ...]
    functions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name, description and routes of each."""
    graph: Graph
    network: str
    """Where functions run, in a sentence."""
    delivery: Delivery
    parameters: tuple[UnitParameters, ...]
    roles: tuple[Role, ...]
    alarms: tuple[Alarm, ...]
    costs: Costs
    guardrails: Guardrails

    def as_data(self) -> dict[str, Any]:
        """Give it as data for programs."""
        return asdict(self)


def survey(root: Path, loaded: Loaded, store: Store) -> System:
    """Render an environment in memory and look at all of it; nothing is written but the store.

    What rules find wrong is part of what is told. Raises GenError for what can't be rendered.
    """
    config = loaded.config
    units = rendered(root, loaded, store)
    by_name = {unit.name: unit for unit in units}
    service = by_name[SERVICE]
    findings = prove(
        [unit.subject for unit in units], regions=config.regions.artifacts, store=store
    )
    places = places_of(config, service)
    delivery = delivery_of(config, by_name.get("pipeline"), service)
    return System(
        project=config.project,
        environment=config.environment,
        tags=dict(config.all_tags),
        places=places,
        units=deployed(units),
        functions=tuple(
            (name, function.description, function.routes)
            for name, function in config.functions.items()
        ),
        graph=graph_of(config, units, places, delivery),
        network=network_of(service),
        delivery=delivery,
        parameters=tuple(map(parameters_of, units)),
        roles=roles_of(units),
        alarms=alarms_of(units),
        costs=costs_of(units),
        guardrails=guardrails_of(units, findings, catalogue(store)),
    )


def drawn(root: Path, loaded: Loaded, store: Store) -> Graph:
    """Render an environment in memory, and draw it; no rule is asked."""
    units = rendered(root, loaded, store)
    by_name = {unit.name: unit for unit in units}
    places = places_of(loaded.config, by_name[SERVICE])
    delivery = delivery_of(loaded.config, by_name.get("pipeline"), by_name[SERVICE])
    return graph_of(loaded.config, units, places, delivery)


def rendered(root: Path, loaded: Loaded, store: Store) -> list[RenderedUnit]:
    """Render every unit; raises GenError with all that can't be."""
    problems: list[Problem] = []
    subjects = rendered_units(root, loaded, problems, store)
    if problems:
        raise GenError(dict.fromkeys(problems))
    # Which release it is, and its packages, is known only once code is packaged.
    values = supplied_values(loaded.config, release="", code_keys={})
    values.pop("Release")
    return [
        RenderedUnit(unit, unit.waves(loaded.config), subjects[unit.name], values)
        for unit in units_of(loaded.config)
    ]
