"""Whether a configured handler exists: found before a deployment, not by its first request."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from generator.package.sources import parse


def check_handler(source: Path, handler: str, *, packaged: Collection[str] = ()) -> str | None:
    """Say what is wrong with a handler such as `app.handler` or `pkg.mod.fn`; None when it is fine.

    `packaged` are the files of the built package: a handler may live in a dependency, where only
    its module is looked for.
    """
    module, _, name = handler.rpartition(".")
    if not (module and name.isidentifier()):
        return f"{handler!r} is not a handler; write module.function, such as app.handler"
    stem = module.replace(".", "/")
    candidates = (f"{stem}.py", f"{stem}/__init__.py")
    file = next((path for path in candidates if (source / path).is_file()), None)
    if file is None:
        if not set(candidates).isdisjoint(packaged):
            return None
        return f"{source.name} has no {stem}.py{_did_you_mean(module, _modules(source))}"
    return check_code((source / file).read_bytes(), file, name)


def check_code(code: bytes, file: str, name: str) -> str | None:
    """Say what is wrong with a handler's name in the code of its module; None when it is fine."""
    try:
        tree = parse(code, file)
    except SyntaxError as error:
        return f"{file}:{error.lineno}: {error.msg}"
    except ValueError as error:  # null bytes
        return f"{file}: {error}"
    defined = dict(_definitions(tree.body))
    if name in defined:
        found = defined[name]
        if isinstance(found, ast.AsyncFunctionDef) and not found.decorator_list:
            return f"{file}: {name!r} is async; Lambda's Python runtime does not await it"
        return None
    if "*" in defined:  # from x import *: can't be told from here
        return None
    return f"{file} has no {name!r}{_did_you_mean(name, defined)}"


def _did_you_mean(word: str, possible: Iterable[str]) -> str:
    close = get_close_matches(word, list(possible), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _modules(source: Path) -> Iterator[str]:
    """Name the modules of a folder as a handler would."""
    for path in source.rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _definitions(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Find the names that a module defines, also in its `if`, `try` and `with` blocks."""
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, statement
            case ast.ClassDef(name=name):
                yield name, statement
            case ast.Assign(targets=targets):
                for target in targets:
                    for node in ast.walk(target):
                        if isinstance(node, ast.Name):
                            yield node.id, statement
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                yield name, statement
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    yield alias.asname or alias.name.partition(".")[0], statement
            case ast.If() | ast.Try() | ast.With():
                for field in ("body", "orelse", "finalbody"):
                    yield from _definitions(getattr(statement, field, ()))
                for handler in getattr(statement, "handlers", ()):
                    yield from _definitions(handler.body)
