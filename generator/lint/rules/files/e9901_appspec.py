"""E9901: AppSpecs."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from generator.lint import buildspec, document, shell
from generator.lint.guardrail import File, FileGuardrail, Reads, Spot
from generator.lint.template import Node, Template
from generator.lint.template.builds import inline_buildspecs
from generator.lint.template.pipelines import PROJECT

Place = Callable[[tuple[str | int, ...]], tuple[int, int]]

LAMBDA = "AWS::Lambda::Function"
NEEDED = ("Name", "Alias", "CurrentVersion", "TargetVersion")
HOOKS = ("BeforeAllowTraffic", "AfterAllowTraffic")
SUBSTITUTED = re.compile(r"\$\{(?:AWS::\w+|\w+\.\w+)\}")
NAMED = re.compile(r"app-?spec", re.IGNORECASE)


class AppSpec(FileGuardrail):
    """An AppSpec is what CodeDeploy can read: it is no template."""

    id = "E9901"
    shortdesc = "AppSpec that CodeDeploy cannot use"
    description = (
        "CodeDeploy reads an AppSpec as it stands: it resolves no !Ref and no ${...}, so that a "
        "deployment fails on a name that nothing has, or for a version that was never written."
    )
    source_url = (
        "https://docs.aws.amazon.com/codedeploy/latest/userguide/"
        "reference-appspec-file-structure-resources.html"
    )
    reads = (Reads.APPSPEC, Reads.BUILDSPEC)
    bad = """
version: 0.0
Resources:
  - Orders:
      Type: AWS::Lambda::Function
      Properties:  # <- Orders Orders
        Name: !Ref OrdersFunction  # <- Orders
        Alias: live
Hooks:
  - BeforeAllowTraffic: check-orders
"""
    good = """
version: 0.0
Resources:
  - Orders:
      Type: AWS::Lambda::Function
      Properties:
        Name: orders
        Alias: live
        CurrentVersion: "7"
        TargetVersion: "8"
Hooks:
  - BeforeAllowTraffic: check-orders
"""

    def read(self, file: File) -> Iterator[Spot]:
        build = buildspec.read(file.text)
        if build is None:
            found = document.read(file.text)
            if found is not None:
                yield from _judge(found, found.at, is_resolved=file.path is None)
            return
        for step, heredoc in build.heredocs():
            found = document.read(heredoc.text)
            if found is not None and (NAMED.search(heredoc.file) or _is_for_lambda(found.value)):
                # What looks like a reference is the shell's, or that of the template around it.
                yield from _judge(found, _within(build, step, heredoc, found), is_resolved=True)

    def inline(self, template: Template) -> Iterator[Node]:
        for project in template.of_type(PROJECT):
            yield from inline_buildspecs(project)


def _within(
    build: buildspec.Buildspec,
    step: buildspec.Step,
    heredoc: shell.Heredoc,
    found: document.Document,
) -> Place:
    return lambda path: build.at(step, heredoc.line + found.at(path)[0] - 1)


def _judge(found: document.Document, place: Place, *, is_resolved: bool) -> Iterator[Spot]:
    spec = found.value
    if not isinstance(spec, dict):
        return
    for path, tag in found.tags:
        yield _spot(place, path, f"write the value itself: nothing resolves {tag} in an AppSpec")
    yield from _functions(spec, place, is_resolved=is_resolved)
    version = _under(spec, "version")[1]
    if version != "0.0":
        at: tuple[str | int, ...] = () if version is None else ("version",)
        yield _spot(place, at, "set version: 0.0, the only one that CodeDeploy takes")
    resources_key, resources = _under(spec, "Resources")
    for path, body in _entries(resources, (resources_key,)):
        if isinstance(body, dict) and body.get("Type") == LAMBDA:
            yield from _judge_function(body, path, place)
    if _is_for_lambda(spec):
        hooks_key, hooks = _under(spec, "Hooks")
        for path, _ in _entries(hooks, (hooks_key,)):
            if path[-1] not in HOOKS:
                known = " and ".join(HOOKS)
                yield _spot(place, path, f"name hooks of a Lambda deployment: {known}")


def _judge_function(
    body: dict[str, Any], path: tuple[str | int, ...], place: Place
) -> Iterator[Spot]:
    properties = body.get("Properties")
    there = properties if isinstance(properties, dict) else {}
    given = {str(name).lower() for name, value in there.items() if value not in (None, "")}
    at = (*path, "Properties") if "Properties" in body else path
    for name in NEEDED:
        if name.lower() not in given:
            yield _spot(place, at, f"set {name}: CodeDeploy needs it of every function")


def _functions(value: Any, place: Place, *, is_resolved: bool) -> Iterator[Spot]:
    """Find what is an intrinsic function in a template and a text here."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for name, child in value.items():
                if name.startswith("Fn::") or (name == "Ref" and len(value) == 1):
                    yield _spot(
                        place,
                        (*path, name),
                        f"write the value itself: nothing resolves {name} in an AppSpec",
                    )
                waiting.append(((*path, name), child))
        elif isinstance(value, list):
            waiting += [((*path, n), child) for n, child in enumerate(value)]
        elif isinstance(value, str) and not is_resolved and SUBSTITUTED.search(value):
            yield _spot(
                place, path, "write the value itself: nothing resolves ${...} in an AppSpec"
            )


def _under(spec: dict[str, Any], name: str) -> tuple[str, Any]:
    """Find a section, however it is spelt."""
    for key, value in spec.items():
        if key.lower() == name.lower():
            return key, value
    return name, None


def _entries(
    section: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield each named entry of a list of mappings, or of a mapping."""
    if isinstance(section, dict):
        yield from (((*path, name), body) for name, body in section.items())
    for n, item in enumerate(section if isinstance(section, list) else ()):
        if isinstance(item, dict):
            yield from (((*path, n, name), body) for name, body in item.items())


def _is_for_lambda(spec: Any) -> bool:
    if not isinstance(spec, dict):
        return False
    entries = _entries(_under(spec, "Resources")[1], ())
    return any(isinstance(body, dict) and body.get("Type") == LAMBDA for _, body in entries)


def _spot(place: Place, path: tuple[str | int, ...], message: str) -> Spot:
    # As findings name it: the section, and what is named there.
    return Spot(*place(path), message, tuple(part for part in path if not isinstance(part, int)))
