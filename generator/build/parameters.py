"""Gather the values of a template's parameters: supplied by us, else the template's default."""

from __future__ import annotations

import json
from dataclasses import dataclass

import yaml

from generator.config import Config, Loaded
from generator.config.finding import closest
from generator.errors import Problem
from generator.lint import Subject


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter of a template."""

    default: str | None
    line: int
    """In the rendered text, 1-based."""


def declared_in(text: str) -> dict[str, Declared]:
    """Read the Parameters section of a proven template."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    section = _entries(root).get("Parameters")
    return {
        name: Declared(
            default=default.value
            if isinstance(default := _entries(node).get("Default"), yaml.ScalarNode)
            else None,
            line=node.start_mark.line,
        )
        for name, node in _entries(section).items()
    }


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def gather(subject: Subject, supplied: dict[str, str], problems: list[Problem]) -> dict[str, str]:
    """Give every parameter of a template its value; note those that nobody gives one."""
    values: dict[str, str] = {}
    for name, declared in declared_in(subject.text).items():
        if name in supplied:
            values[name] = supplied[name]
        elif declared.default is not None:
            values[name] = declared.default
        else:
            origin = subject.origins.at(declared.line)
            problems.append(
                Problem(
                    f"parameter '{name}' has no default, and gen supplies no value for it",
                    file=origin.file if origin else subject.name,
                    line=origin.line if origin else declared.line,
                    hint=f"give it a Default; supplied are: {', '.join(supplied)}",
                )
            )
    return values


def instance_parameters(
    loaded: Loaded, known: dict[str, str], problems: list[Problem]
) -> dict[tuple[str, str], dict[str, str]]:
    """Give each (account, region) pair its own values; later entries of `overrides` win."""
    config: Config = loaded.config
    result: dict[tuple[str, str], dict[str, str]] = {}
    for index, override in enumerate(config.targets.overrides):
        path = ("targets", "overrides", index, "parameters")
        for name in override.parameters:
            if name not in known:
                problems.append(
                    loaded.problem(
                        (*path, name),
                        f"the service template has no parameter '{name}'",
                        hint=closest(name, known),
                    )
                )
        for account, region in config.pairs:
            if (not override.accounts or account in override.accounts) and (
                not override.regions or region in override.regions
            ):
                result.setdefault((account, region), {}).update(override.parameters)
    # An override that says what the set says anyway is none.
    return {
        pair: changed
        for pair, values in result.items()
        if (changed := {k: v for k, v in sorted(values.items()) if known.get(k) != v})
    }


def as_file(values: dict[str, str]) -> str:
    """Write parameter values in the form of the AWS CLI, the console and the pipeline's actions."""
    rows = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
