"""Every template of every variant, as the arguments `template` and `service` of a test."""

from __future__ import annotations

import pytest
from templates.rendered import all_templates, services


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, templates in (("template", all_templates), ("service", services)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, templates(), ids=str)
