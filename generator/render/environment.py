"""The only importer of Jinja: the environment that renders our templates.

Undefined values are errors, every rendered line knows its template line, and `tojson` writes the
same bytes for the same value; `digest` tells whether a text has changed.

A name is looked for in the project's folder first, then in gen's, at every include and import. So a
file of the project replaces gen's of the same name wherever that is used, and extends it by what it
still takes from it: "gen:NAME" is gen's own, whatever the project has.

    {% include "gen:partials/service/function-alarms.yaml.j2" %}
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from generator.config.names import logical_id
from generator.errors import GenError, Problem
from generator.installed import fingerprint
from generator.render.sourcemap import SourceMap, split, unmarked
from generator.shipped import OWN, Folder


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered text and where each of its lines came from."""

    text: str
    origins: SourceMap


class Renderer:
    """Renders templates, each from the first of the folders that has it."""

    def __init__(self, *folders: Folder, compiled: Path | None = None):
        """The last folder is gen's own, which `gen:` stands for.

        `compiled` is a folder for what templates were compiled to, by this and other runs.
        """
        self._folders = folders
        own = jinja2.FileSystemLoader(folders[-1].path)
        self._jinja = _Environment(
            folders,
            bytecode_cache=_Compiled(compiled) if compiled else None,
            loader=jinja2.ChoiceLoader(
                [
                    jinja2.FileSystemLoader([folder.path for folder in folders]),
                    jinja2.PrefixLoader({OWN.rstrip(":"): own}, delimiter=":"),
                ]
            ),
            undefined=jinja2.StrictUndefined,
            extensions=[_SourceMarks],
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )

    def render(self, template: str, values: dict[str, Any]) -> Rendered:
        """Render one template.

        Raises GenError that names the template file and line: syntax errors, undefined values,
        missing includes, and anything that goes wrong in an expression.
        """
        try:
            marked = self._jinja.get_template(template).render(values)
        except jinja2.TemplateSyntaxError as error:
            file = _shown(error.filename, self._folders)
            raise GenError(self._at(file, error.lineno, f"{error.message}")) from error
        except jinja2.TemplateNotFound as error:
            file, line = self._last_frame(error)
            raise GenError(self._at(file, line, f"there is no template '{error.name}'")) from error
        except jinja2.UndefinedError as error:
            file, line = self._last_frame(error)
            raise GenError(
                self._at(
                    file, line, str(error.message), hint="check the spelling, or define it first"
                )
            ) from error
        # Templates are the user's code: whatever they raise is a problem of the template.
        except Exception as error:
            file, line = self._last_frame(error)
            raise GenError(self._at(file, line, f"{type(error).__name__}: {error}")) from error
        text, origins = split(marked)
        return Rendered(text, origins)

    def _last_frame(self, error: BaseException) -> tuple[str | None, int | None]:
        # Jinja rewrites tracebacks so that frames carry the template's own file and line.
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if (file := _shown(frame.filename, self._folders)) is not None:
                return file, frame.lineno
        return None, None

    @staticmethod
    def _at(
        file: str | None, line: int | None, message: str, *, hint: str | None = None
    ) -> Problem:
        return Problem(message, file=file, line=line, hint=hint)


def _shown(file: str | None, folders: Sequence[Folder]) -> str | None:
    """Say how messages name a template's file."""
    names = (folder.name_of(file) for folder in folders) if file else ()
    return next(filter(None, names), None)


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates, a file each: as they were written, by what is installed, or not at all.

    Damaged code could end the interpreter: none is loaded before its digest fits.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._by = fingerprint().encode()

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            kept = self._file(bucket).read_bytes()
            if kept[:32] == self._digest(kept[32:]):
                bucket.bytecode_from_string(kept[32:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        code = bucket.bytecode_to_string()
        with contextlib.suppress(OSError):  # a full disk only costs time, the next time
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as scratch:
                fresh = Path(scratch, "code")
                fresh.write_bytes(self._digest(code) + code)
                fresh.replace(self._file(bucket))

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / bucket.key

    def _digest(self, code: bytes) -> bytes:
        return hashlib.sha256(self._by + code).digest()


class _SourceMarks(Extension):
    """Mark each line of literal template text with its template and line."""

    environment: _Environment

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        file = _shown(stream.filename, self.environment.folders)
        for token in stream:
            if token.type != "data":
                yield token
                continue
            pieces, line = [], token.lineno
            for piece in token.value.splitlines(keepends=True):
                pieces.append(f"\x02{file}:{line}\x03{piece}")
                line += 1
            yield Token(token.lineno, "data", "".join(pieces))


class _Environment(jinja2.Environment):
    """Jinja, in which no filter, test or comparison ever sees a source mark."""

    _KEEPS_MARKS = frozenset({"indent", "trim", "safe"})
    """Filters that shape whole blocks: their output still says where it came from."""

    def __init__(self, folders: Sequence[Folder], **options: Any):
        super().__init__(**options)
        self.folders = folders
        for table in (self.filters, self.tests):
            for name, function in table.items():
                if name not in self._KEEPS_MARKS:
                    table[name] = _without_marks(function)
        self.filters.update(
            tojson=_to_json,
            logical_id=_without_marks(logical_id),
            plain=_without_marks(_same),
            digest=_without_marks(_digest),
        )
        self.globals.update(resolve=_resolve)
        self.globals.pop("lipsum", None)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None,
        defer_init: bool = False,
    ) -> str:  # fmt: skip
        for compare in source.find_all(nodes.Compare):
            compare.expr = _plain(compare.expr)
            for operand in compare.ops:
                operand.expr = _plain(operand.expr)
        return super()._generate(source, name, filename, defer_init)


def _plain(expression: nodes.Expr) -> nodes.Expr:
    """Wrap an expression so that captured text compares without its marks."""
    if isinstance(expression, nodes.Const):
        return expression
    return nodes.Filter(expression, "plain", [], [], None, None, lineno=expression.lineno)


def _without_marks(function: Any) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        return function(
            *(unmarked(a) if isinstance(a, str) else a for a in arguments),
            **{k: unmarked(v) if isinstance(v, str) else v for k, v in named.items()},
        )

    # Jinja's own marks on filters (pass_environment and its like) stay in force.
    call.__dict__.update(getattr(function, "__dict__", {}))
    return call


def _same(value: Any) -> Any:
    return value


def _digest(text: str) -> str:
    """Give eight hex digits that change with the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _to_json(value: Any) -> str:
    """Write a value as JSON, which is YAML too: the same bytes for the same value."""
    return json.dumps(_jsonable(value), ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, jinja2.Undefined):
        # Using it in any way raises UndefinedError, which knows the name; json's TypeError doesn't.
        return str(value)
    if isinstance(value, str):
        return unmarked(value)
    if isinstance(value, dict):
        return {unmarked(str(key)): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return value


def _resolve(service: str, reference: str) -> str:
    """Write a CloudFormation dynamic reference, whose braces Jinja would take for its own."""
    return "{{resolve:" + f"{service}:{reference}" + "}}"
