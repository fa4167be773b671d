"""Source folders of functions that stand beside a template, before it is packaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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


def sources(template: Template, beside: Path) -> Iterator[Source]:
    """Yield the functions with a source folder that exists, in each branch.

    The folder is what `aws cloudformation package` and SAM put into the package, relative to the
    template (`Code`, `CodeUri`), or what the CDK notes (`aws:asset:path`). Where there is no such
    folder, the code is still to be built, or is somewhere else: nothing can be told.
    """
    for function in functions(template):
        for written in _folders(template, function):
            path = written.literal or ""
            if not path or ELSEWHERE.match(path):
                continue
            folder = beside / path
            for handler in property_of(template, function, "Handler"):
                for runtime in property_of(template, function, "Runtime"):
                    known = template.default_of(runtime)
                    if handler.literal and known and folder.is_dir():
                        yield Source(function, folder, handler, known)


def property_of(template: Template, function: Resource, name: str) -> Iterator[Node]:
    """Yield a property, from `Globals` where SAM would take it from there."""
    for node in function.get(name):
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
