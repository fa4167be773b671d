"""The rules of the house that a machine can hold: who may import whom and what."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
LAYERS = [
    {"errors", "codes", "shipped", "installed"},
    {"config", "package"},
    {"units", "render", "access"},
    {"plan"},
    {"lint"},
    {"build", "scaffold"},
    {"picture"},
    {"releases"},
    {"aws", "local"},
    {"preflight"},
    {"deploy", "doctor"},
    {"trial"},
    {"report"},
    {"cli"},
]
"""A package may import from those above it, and from itself."""
SOLE_IMPORTERS = {
    "jinja2": "generator/render/environment.py",
    "cfnlint": tuple(f"generator/lint/{n}.py" for n in ("linter", "permissions", "guardrail")),
    "boto3": "generator/aws/",
    "botocore": "generator/aws/",
    "rich": ("generator/report/", "generator/cli/output.py"),
    "click": "generator/cli/",
    "pydantic": "generator/config/",
    "pydantic_core": "generator/config/",
    "taskcat": "generator/trial/worker.py",
}
LOCAL_SOLE_IMPORTERS = {
    "ministack": "localcloud/ministack",
    "cfnlint": "localcloud/schemas.py",
}


def imports(package: str) -> Iterator[tuple[str, str]]:
    """Yield (file, imported module) for every runtime import of a package."""
    for file in sorted((ROOT / package).rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield name, node.module or ""


def test_imports_only_point_upwards() -> None:
    height = {package: level for level, packages in enumerate(LAYERS) for package in packages}
    wrong = []
    for file, module in imports("generator"):
        own = Path(file).parts[1].removesuffix(".py")
        parts = module.split(".")
        if parts[0] != "generator" or len(parts) < 2 or own in ("__init__", "__main__", parts[1]):
            continue
        if height[own] <= height[parts[1]]:
            wrong.append(f"{file} imports {module}")
    assert wrong == []


def test_every_package_has_a_layer() -> None:
    there = {p.name.removesuffix(".py") for p in (ROOT / "generator").iterdir()}
    assert there - {"__init__", "__main__", "__pycache__"} == set().union(*LAYERS)


@pytest.mark.parametrize(
    ("package", "rules"), [("generator", SOLE_IMPORTERS), ("localcloud", LOCAL_SOLE_IMPORTERS)]
)
def test_a_library_is_imported_in_one_place_only(
    package: str, rules: dict[str, str | tuple[str, ...]]
) -> None:
    wrong = [
        f"{file} imports {module}"
        for file, module in imports(package)
        if (allowed := rules.get(module.split(".")[0])) and not file.startswith(allowed)
    ]
    assert wrong == []


def test_the_generator_and_the_local_cloud_know_nothing_of_each_other() -> None:
    assert [f for f, module in imports("generator") if module.split(".")[0] == "localcloud"] == []
    assert [f for f, module in imports("localcloud") if module.split(".")[0] == "generator"] == []


def test_nothing_below_the_commands_prints_or_exits() -> None:
    wrong = []
    for file in sorted((ROOT / "generator").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(("generator/cli/", "generator/report/")):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "print",
                "sys.exit",
                "exit",
            ):
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["render", "--help"]])
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv[1:] = {arguments!r}\n"
        "from generator.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'botocore', 'cfnlint', 'jinja2', 'pydantic', 'rich'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout


def test_deploying_loads_nothing_that_only_rendering_needs() -> None:
    code = (
        "import sys, generator.build.folder, generator.deploy, generator.deploy.local_code,"
        " generator.report.progress\n"
        "print('LOADED', sorted({'cfnlint', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
