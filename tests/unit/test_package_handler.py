"""A handler that does not exist is found before it is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.package import check_handler

pytestmark = pytest.mark.unit

NO_HANDLER = "is not a handler; write module.function, such as app.handler"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "orders"
    (folder / "pkg" / "deep").mkdir(parents=True)
    (folder / "pkg" / "__init__.py").write_text("def entry(event, context): ...\n")
    (folder / "pkg" / "mod.py").write_text("def fn(event, context): ...\n")
    (folder / "pkg" / "deep" / "more.py").write_text("def fn(event, context): ...\n")
    (folder / "app.py").write_text("def handler(event, context): ...\n")
    return folder


@pytest.mark.parametrize(
    "handler", ["app.handler", "pkg.mod.fn", "pkg.deep.more.fn", "pkg/mod.fn", "pkg.entry"]
)
def test_a_handler_that_exists_is_fine(source: Path, handler: str):
    assert check_handler(source, handler) is None


@pytest.mark.parametrize(
    "code",
    [
        "def handler(e, c): ...",
        "@wrapped\ndef handler(e, c): ...",
        "@run\nasync def handler(e, c): ...",
        "handler = make()",
        "first, handler = make()",
        "handler: Callable = make()",
        "from other import handler",
        "from other import main as handler",
        "from other import *",
        "try:\n    from a import handler\nexcept ImportError:\n    from b import handler",
        "if True:\n    def handler(e, c): ...",
        "if False:\n    pass\nelse:\n    handler = 1",
    ],
)
def test_a_handler_may_be_defined_in_many_ways(source: Path, code: str):
    (source / "app.py").write_text(code)
    assert check_handler(source, "app.handler") is None


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        ("app.handle", "app.py has no 'handle'; did you mean 'handler'?"),
        ("app.other", "app.py has no 'other'"),
        ("ap.handler", "orders has no ap.py; did you mean 'app'?"),
        ("pkg.mot.fn", "orders has no pkg/mot.py; did you mean 'pkg.mod'?"),
        ("zzz.handler", "orders has no zzz.py"),
        ("handler", "'handler' is not a handler; write module.function, such as app.handler"),
        ("app.", "'app.' is not a handler; write module.function, such as app.handler"),
        (
            "app.py:main",
            "'app.py:main' is not a handler; write module.function, such as app.handler",
        ),
    ],
)
def test_a_handler_that_does_not_exist_is_named_with_what_is_close(
    source: Path, handler: str, problem: str
):
    assert check_handler(source, handler) == problem


@pytest.mark.parametrize(
    "code",
    ["def outer():\n    def handler(e, c): ...", "class A:\n    handler = 1", "handler: int"],
)
def test_a_name_that_is_not_at_the_top_is_no_handler(source: Path, code: str):
    (source / "app.py").write_text(code)
    assert (check_handler(source, "app.handler") or "").startswith("app.py has no 'handler'")


def test_an_async_handler_is_refused_because_lambda_does_not_await_it(source: Path):
    (source / "app.py").write_text("async def handler(e, c): ...")
    assert "does not await" in (check_handler(source, "app.handler") or "")


def test_a_handler_of_a_dependency_is_found_in_the_package(source: Path):
    assert check_handler(source, "agent.main.run", packaged=["agent/main.py"]) is None


def test_a_module_that_does_not_parse_is_named_with_its_line(source: Path):
    (source / "app.py").write_text("x = 1\ndef f(:\n")
    assert (check_handler(source, "app.handler") or "").startswith("app.py:2: ")
