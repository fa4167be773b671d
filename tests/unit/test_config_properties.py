"""Whatever a parameter file holds, its mistakes are told; nothing else comes out."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.config import Loaded, load
from generator.errors import GenError

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
GOOD: dict[str, Any] = yaml.safe_load((ROOT / "params" / "prod.yaml").read_text())
DEFAULTS = (ROOT / "params" / "defaults.yaml").read_text()

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates()
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
    | st.sampled_from(["us-east-1", "111111111111", "GET /health", "orders", "AllAtOnce", "http"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "orders", "account", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the path of every node below a tree's root."""
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    return [p for key, below in items for p in ((*path, key), *paths(below, (*path, key)))]


def load_text(text: str) -> Loaded:
    """Load a text as params/prod.yaml of a project like this one."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "params").mkdir()
        (root / "params" / "defaults.yaml").write_text(DEFAULTS)
        (root / "params" / "prod.yaml").write_text(text, encoding="utf-8")
        (root / "lambda_code").symlink_to(ROOT / "lambda_code")
        return load(root, "prod")


def mistakes_are_placed(error: GenError) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.message
        assert str(problem.file).startswith("params/")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_value_in_any_place_is_taken_or_told(data: st.DataObject) -> None:
    tree = copy.deepcopy(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        everywhere = paths(tree)
        if not everywhere:
            break
        *parents, last = data.draw(st.sampled_from(everywhere))
        here = tree
        for key in parents:
            here = here[key]
        if data.draw(st.booleans()):
            here[last] = data.draw(VALUES)
        elif isinstance(here, dict):
            here[data.draw(st.text("abc", min_size=1, max_size=3))] = here.pop(last)
        else:
            del here[last]
    try:
        load_text(yaml.safe_dump(tree, allow_unicode=True))
    except GenError as error:
        mistakes_are_placed(error)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_any_text_is_taken_or_told(text: str) -> None:
    try:
        load_text(text)
    except GenError as error:
        mistakes_are_placed(error)
