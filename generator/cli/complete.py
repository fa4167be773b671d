"""What a shell may complete, found in files and without any library: a Tab must not wait."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

Items = list[CompletionItem]


def environments(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Give the environments that have a parameter file."""
    files = (_root() / "params").glob("*.yaml")
    return _items(sorted(f.stem for f in files if f.stem != "defaults"), incomplete)


def units(ctx: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Give the units of the environment's build."""
    return _items({unit["name"]: unit["stack_name"] for unit in _units(ctx)}, incomplete)


def stack_sets(ctx: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Give those units of the environment's build that are StackSets."""
    sets = [unit for unit in _units(ctx) if unit["kind"] == "stack-set"]
    return _items({unit["name"]: unit["stack_name"] for unit in sets}, incomplete)


def regions(ctx: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Give the regions of the environment's build."""
    return _items(_manifest(ctx).get("artifact_buckets", {}).keys(), incomplete)


def functions(ctx: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Give the functions of the environment's build."""
    return _items((f["name"] for f in _manifest(ctx).get("functions", ())), incomplete)


def templates(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Give gen's own templates."""
    from generator.shipped import template_names

    return _items(template_names(), incomplete)


def profiles(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Give the profiles of the AWS configuration."""
    found: dict[str, str] = {}
    for variable, default in (
        ("AWS_CONFIG_FILE", "config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ):
        file = Path(os.environ.get(variable) or Path.home() / ".aws" / default)
        try:
            text = file.expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            continue
        names = re.findall(r"^\[(?:profile\s+)?([^\]\s]+)\]", text, re.MULTILINE)
        found |= dict.fromkeys(names, "")
    return _items(found, incomplete)


def preflight_codes(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Give the codes of preflight that can be ignored."""
    from generator.codes import preflight

    return _items({c.number: c.title for c in preflight.CODES if c.ignorable}, incomplete.upper())


def all_codes(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Give every code that can be explained, but the rules of gen lint."""
    from generator.codes import FAMILIES

    codes = {code.number: code.title for family in FAMILIES.values() for code in family}
    start = incomplete.lower()
    return _items({n: t for n, t in codes.items() if n.lower().startswith(start)}, "")


def _items(values: Iterable[str] | dict[str, str], incomplete: str) -> Items:
    helps = values if isinstance(values, dict) else {}
    return [CompletionItem(v, help=helps.get(v)) for v in values if v.startswith(incomplete)]


def _units(ctx: click.Context) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _manifest(ctx).get("units", [])
    return found


def _manifest(ctx: click.Context) -> dict[str, Any]:
    """Read the build's manifest as it is: whether it is out of date makes no difference here."""
    # A completion is told no default, and what was typed only as far as it could be read.
    environment = ctx.params.get("environment") or os.environ.get("GEN_ENV") or "dev"
    try:
        file = _root() / "build" / str(environment) / "manifest.json"
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _root() -> Path:
    from generator.cli.common import find_project

    return find_project() or Path.cwd()
