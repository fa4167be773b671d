"""E9903: handlers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from generator.lint import document
from generator.lint.guardrail import File, FileGuardrail, Reads, Spot
from generator.lint.template import Template
from generator.lint.template.handlers import Inline, Source, inline, property_of, sources
from generator.package import check_code, check_handler

SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
PASSED_ON = re.compile(r"export\s*\*|module\.exports\s*=\s*require|__exportStar")
"""What another file exports: can't be told from here."""
DEPENDENCIES = ("requirements.txt", "pyproject.toml", "Pipfile")


class Handlers(FileGuardrail):
    """Every handler is in the source folder of its function, or in its code in the template."""

    id = "E9903"
    shortdesc = "Handler does not exist in the function's code"
    description = (
        "Lambda looks for the handler when the function is first called: a file or a function that "
        "is spelled otherwise is deployed without an error, and fails every call."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"
    reads = (Reads.HANDLERS,)
    beside: ClassVar[dict[str, str]] = {"src/app.py": "def handler(event, context): ...\n"}
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Runtime: python3.13
      Handler: app.handle  # <- Orders
"""
    good = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Runtime: python3.13
      Handler: app.handler
"""

    def read(self, file: File) -> Iterator[Spot]:
        written = document.read(file.text)
        if written is None or file.path is None:
            return
        template = Template(written.as_template())
        for source in sources(template, file.path.parent):
            if wrong := _wrong(template, source):
                line, column = written.at(source.handler.path)
                yield Spot(line, column, f"mend Handler: {wrong}", source.handler.path)
        for code in inline(template):
            if wrong := _wrong_inline(code):
                line, column = written.at(code.handler.path)
                yield Spot(line, column, f"mend Handler: {wrong}", code.handler.path)


def _wrong(template: Template, source: Source) -> str | None:
    handler = source.handler.literal or ""
    if source.runtime.startswith("python3"):
        elsewhere = _from_elsewhere(template, source, handler)
        return check_handler(source.folder, handler, packaged=elsewhere)
    if source.runtime.startswith("nodejs"):
        return _wrong_script(source.folder, handler)
    return None


def _from_elsewhere(template: Template, source: Source, handler: str) -> tuple[str, ...]:
    """Name the handler's file when a layer or a dependency may bring it."""
    module = handler.rpartition(".")[0].replace(".", "/")
    top = re.escape(module.partition("/")[0]).replace("_", "[-_]")
    layers = any(not node.is_absent for node in property_of(template, source.function, "Layers"))
    asked = any(
        re.search(rf"\b{top}\b", (source.folder / name).read_text(errors="replace"))
        for name in DEPENDENCIES
        if (source.folder / name).is_file()
    )
    return (f"{module}.py",) if layers or asked else ()


def _wrong_script(folder: Path, handler: str) -> str | None:
    module, _, name = handler.rpartition(".")
    if not module:
        return f"{handler!r} is not a handler; write file.function, such as index.handler"
    files = [path for ending in SCRIPTS if (path := folder / (module + ending)).is_file()]
    if not files:
        return f"{folder.name} has no {module}.js"
    return _wrong_export(files[0].read_text(errors="replace"), files[0].name, name)


def _wrong_export(text: str, file: str, name: str) -> str | None:
    # Scripts export in more ways than can be told; what is not named at all is not there.
    if re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) or PASSED_ON.search(text):
        return None
    return f"{file} has no {name!r}"


def _wrong_inline(inline: Inline) -> str | None:
    """Say what is wrong with the handler of code that stands in the template."""
    module, _, name = (inline.handler.literal or "").rpartition(".")
    python = inline.runtime.startswith("python3")
    if not python and not inline.runtime.startswith("nodejs"):
        return None
    if module != "index":
        return f"code in the template is the file index; write index.{name or 'handler'}"
    if python:
        return check_code(inline.code.encode(), "index.py", name)
    return _wrong_export(inline.code, "index.js", name)
