"""Handlers of functions, and the code beside the template or in it where they should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.lint.template.conditions import Given
from generator.lint.template.functions import functions, is_sam
from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template

ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:.*|\{\{.*", re.DOTALL)
"""An address, a drive, a dynamic reference: no path from here."""


@dataclass(frozen=True, slots=True)
class Source:
    """A function whose source folder is there."""

    function: Resource
    folder: Path
    handler: Node
    runtime: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A function whose code stands in the template; Lambda calls its file `index`."""

    code: str
    handler: Node
    runtime: str


def sources(template: Template, beside: Path) -> Iterator[Source]:
    """Yield the functions with a source folder that exists, in each branch.

    The folder is what `aws cloudformation package` and SAM put into the package, relative to the
    template (`Code`, `CodeUri`), or what the CDK notes (`aws:asset:path`). Where there is no such
    folder, the code is still to be built, or is somewhere else: nothing can be told.
    """
    for function in functions(template):
        for written in _folders(template, function):
            path = written.literal or ""
            if path and not ELSEWHERE.match(path) and (beside / path).is_dir():
                for handler, runtime in _entries(template, function, written):
                    yield Source(function, beside / path, handler, runtime)


def inline(template: Template) -> Iterator[Inline]:
    """Yield the functions with their code in the template, in each branch."""
    for function in functions(template):
        names = ("InlineCode",) if is_sam(function) else ("Code", "ZipFile")
        for code in function.get(*names):
            if text := code.literal:
                for handler, runtime in _entries(template, function, code):
                    yield Inline(text, handler, runtime)


def _entries(template: Template, function: Resource, code: Node) -> Iterator[tuple[Node, str]]:
    """Yield the handler and runtime that code has, where both are known."""
    for handler in property_of(template, function, "Handler", given=code.given):
        for runtime in property_of(template, function, "Runtime", given=handler.given):
            if handler.literal and (known := template.default_of(runtime)):
                yield handler, known


def property_of(
    template: Template, function: Resource, name: str, *, given: Given | None = None
) -> Iterator[Node]:
    """Yield a property, from `Globals` where SAM would take it from there."""
    for node in function.get(name, given=given):
        if node.is_absent and is_sam(function):
            yield from template.root.get("Globals", "Function", name)
        else:
            yield node


def _folders(template: Template, function: Resource) -> Iterator[Node]:
    asset = next(function.body.get("Metadata", "aws:asset:path"))
    if not asset.is_absent:
        yield asset
    elif is_sam(function):
        yield from property_of(template, function, "CodeUri")
    else:
        yield from function.get("Code")
