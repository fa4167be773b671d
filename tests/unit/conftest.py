"""A small project of its own for each test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from generator.cli import main

# How long an example takes says nothing but how busy the machine is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

DEFAULTS = """\
project: shop
functions:
  orders:
    source: code/orders
    routes: [GET /health, "GET /orders/{id}"]
    tables: {orders: [GetItem]}
tables:
  orders: {partition_key: {name: id}}
"""
DEV = """\
environment: dev
tags: {Owner: team, CostCenter: CC-1}
regions:
  primary: us-east-1
  waves: [[us-west-2], [us-east-1, eu-central-1]]
targets: {tools_account: "111111111111"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one function, whose configuration is right."""
    (tmp_path / "params").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "code" / "orders").mkdir(parents=True)
    # What a pipeline needs; a test that packages it puts code there.
    (tmp_path / "lambda_code" / "rollback_coordinator").mkdir(parents=True)
    (tmp_path / "code" / "orders" / "app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "params" / "defaults.yaml").write_text(DEFAULTS)
    (tmp_path / "params" / "dev.yaml").write_text(DEV)
    return tmp_path


@pytest.fixture
def edit(project: Path) -> Callable[[str, str], None]:
    """Replace a piece of text in params/dev.yaml; the piece must be there."""

    def replace(old: str, new: str) -> None:
        file = project / "params" / "dev.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return replace


@dataclass(frozen=True)
class Done:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def invoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run gen in this process and folder, as a terminal would find it but for the terminal."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["gen", *arguments])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capfd.readouterr())

    return run
