"""Render a configuration's templates: StackSets first, since roles depend on their types."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import yaml

from generator.access import Policy, UnscopedError, execution_policies
from generator.config import Config
from generator.errors import GenError, Problem
from generator.lint import Store, needs_of
from generator.render.environment import Rendered, Renderer
from generator.render.view import View
from generator.units import Kind, Unit


def render_units(
    renderer: Renderer,
    config: Config,
    units: Iterable[Unit],
    problems: list[Problem],
    *,
    store: Store | None = None,
) -> dict[str, Rendered]:
    """Render the templates of units, in their order; note the problems of those that fail."""
    values: dict[str, Any] = View(config).values()
    rendered: dict[str, Rendered] = {}
    units = list(units)

    def render(kind: Kind) -> None:
        for unit in units:
            if unit.kind is kind:
                try:
                    rendered[unit.name] = renderer.render(unit.template, values)
                except GenError as error:
                    problems.extend(error.problems)

    render(Kind.STACK_SET)
    values["execution_policies"] = _policies(config, rendered, problems, store)
    render(Kind.STACK)
    return {unit.name: rendered[unit.name] for unit in units if unit.name in rendered}


def _policies(
    config: Config, rendered: dict[str, Rendered], problems: list[Problem], store: Store | None
) -> tuple[Policy, ...]:
    """Compute what making the rendered StackSets' resources takes."""
    used: dict[str, set[str]] = {}
    lines: dict[str, tuple[str, int]] = {}
    for unit, each in rendered.items():
        for type_name, properties, line in _resources(each.text):
            used.setdefault(type_name, set()).update(properties)
            lines.setdefault(type_name, (unit, line))
    try:
        return execution_policies(
            {type_name: frozenset(properties) for type_name, properties in used.items()},
            partial(needs_of, store=store),
            project=config.project,
            environment=config.environment,
            hosted_zone=config.api.domain.hosted_zone_id if config.api.domain else "*",
        )
    except UnscopedError as error:
        unit, line = lines.get(error.type_name, ("", 0))
        origin = rendered[unit].origins.at(line) if unit else None
        problems.append(
            Problem(
                f"the execution role: {error}",
                file=origin.file if origin else None,
                line=origin.line if origin else None,
                hint="say there what the action is granted on, or in omissions.py why it is not",
            )
        )
        return ()


def _resources(text: str) -> Iterable[tuple[str, list[str], int]]:
    """Yield each resource's type, properties and line; nothing of what is no template."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:  # which the proof reports with its line
        return
    for _, resource in _entries(_named(root, "Resources")):
        kind = _named(resource, "Type")
        if isinstance(kind, yaml.ScalarNode):
            properties = [name for name, _ in _entries(_named(resource, "Properties"))]
            yield kind.value, properties, kind.start_mark.line + 1


def _entries(node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value]


def _named(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return dict(_entries(node)).get(name)
