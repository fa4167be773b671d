"""Our own templates keep CloudFormation's limits, and a service of very many functions is told."""

from __future__ import annotations

import json

import pytest
from templates.rendered import ROOT, Template, config_of

from generator.build import limits
from generator.config import Config
from generator.lint import Subject
from generator.render.environment import Renderer
from generator.render.sourcemap import SourceMap
from generator.render.view import View
from generator.shipped import template_folders
from generator.units import UNITS

pytestmark = pytest.mark.unit
UNIT = {unit.name: unit for unit in UNITS}


def judged(unit: str, text: str) -> dict[str, bool]:
    subject = Subject(f"templates/{unit}.yaml", text, SourceMap(()))
    found = limits.check_size(UNIT[unit], subject)
    return {str(problem): over for over, problem in found}


def test_every_template_fits(template: Template) -> None:
    assert not any(judged(template.unit, template.text).values())


def test_a_service_of_very_many_functions_is_refused_with_all_its_numbers() -> None:
    data = config_of("dev").model_dump(mode="json")
    worker = data["functions"]["orders"] | {"routes": []}
    data["functions"] |= {f"worker-{n}": worker for n in range(60)}
    config = Config.model_validate_json(json.dumps(data))
    text = Renderer(*template_folders(ROOT)).render("service.yaml.j2", View(config).values()).text
    refused = [message for message, over in judged("service", text).items() if over]
    assert any("resources, but the template of a stack-set may have 500" in m for m in refused)
    assert any("parameters, but the template of a stack-set may have 200" in m for m in refused)
    assert all(m.startswith("templates/service.yaml.j2: ") for m in refused)
