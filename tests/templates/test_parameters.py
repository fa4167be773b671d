"""What an operator finds in the StackSets console."""

from __future__ import annotations

import re

import pytest
from templates.rendered import Template, listed, units_of

from generator.config import logical_id

pytestmark = pytest.mark.unit

IDENTITY = {"Project", "Environment"}
SUPPLIED = {
    "roles": IDENTITY,
    "execution-role": IDENTITY | {"ToolsAccount"},
    "core": IDENTITY,
    "artifacts": IDENTITY,
    "account": IDENTITY,
    "service": IDENTITY | {"ToolsAccount", "PrimaryRegion", "Release"},
    "pipeline": IDENTITY | {"RollbackCoordinatorCodeKey"},
}
"""The parameters that gen gives values to; all others have defaults."""
CONSTRAINTS = {"AllowedValues", "AllowedPattern", "MinValue", "MaxValue"}


def test_only_what_gen_supplies_has_no_default(template: Template) -> None:
    supplied = set(SUPPLIED[template.unit])
    if template.unit == "service":
        supplied |= {f"{f.id}CodeKey" for f in template.view.functions}
        supplied |= {f"{logical_id(name)}CodeKey" for name in template.view.support}
        if template.config.network.mode == "existing":
            supplied |= {"SubnetIds", "SecurityGroupIds"}
        if template.config.signing:
            supplied |= {"SigningProfileVersionArn"}
    parameters = template.body["Parameters"]
    assert {name for name, p in parameters.items() if "Default" not in p} == supplied


def test_each_is_described_and_constrained(template: Template) -> None:
    for name, parameter in template.body["Parameters"].items():
        assert parameter.get("Description"), name
        assert parameter.keys() & CONSTRAINTS, f"{name} takes anything"
        if "AllowedPattern" in parameter:
            assert parameter.get("ConstraintDescription"), name


def test_each_default_is_allowed(template: Template) -> None:
    for name, parameter in template.body["Parameters"].items():
        if "Default" not in parameter:
            continue
        default = parameter["Default"]
        assert default in parameter.get("AllowedValues", [default]), name
        if parameter["Type"] == "Number":
            assert parameter.get("MinValue", default) <= default, name
            assert parameter.get("MaxValue", default) >= default, name
        else:
            pattern = parameter.get("AllowedPattern", "")
            values = default.split(",") if parameter["Type"] == "CommaDelimitedList" else [default]
            assert all(re.search(pattern, value) for value in values), name


def test_each_is_grouped_once_and_labelled(template: Template) -> None:
    interface = template.body["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    names = sorted(template.body["Parameters"])
    assert sorted(grouped) == names
    assert sorted(interface["ParameterLabels"]) == names
    assert all(label["default"] for label in interface["ParameterLabels"].values())
    assert all(group["Label"]["default"] for group in interface["ParameterGroups"])


def test_each_is_used(template: Template) -> None:
    body = template.text.split("\nResources:", 1)[1] + template.text.split("\nConditions:", 1)[-1]
    for name in template.body["Parameters"]:
        assert re.search(rf"(!Ref {name}\b|\$\{{{name}\}})", body), f"{name} does nothing"


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        (f"releases/orders/{'0a' * 32}.zip", True),
        (f"releases/orders/{'0A' * 32}.zip", False),
        (f"releases/other/{'0a' * 32}.zip", False),
        (f"x/releases/orders/{'0a' * 32}.zip", False),
        ("releases/orders/latest.zip", False),
    ],
)
def test_a_code_key_names_its_content(key: str, fits: bool) -> None:
    pattern = units_of("dev")["service"].body["Parameters"]["OrdersCodeKey"]["AllowedPattern"]
    assert bool(re.search(pattern, key)) is fits


def test_the_configured_values_are_the_defaults() -> None:
    parameters = units_of("prod")["service"].body["Parameters"]
    defaults = {name: p.get("Default") for name, p in parameters.items()}
    assert defaults["OrdersMemory"] == 768
    assert defaults["OrdersReservedConcurrency"] == 200
    assert defaults["ErrorRatePercent"] == 0.5
    assert defaults["LatencyP99Milliseconds"] == 800
    assert defaults["ApiRequestsPerSecond"] == 2000
    assert defaults["LogRetentionDays"] == 90
    assert defaults["DeploymentStrategy"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"


def test_templates_stay_within_the_limits(template: Template) -> None:
    body = template.body
    assert len(body["Parameters"]) <= 200
    assert len(body["Resources"]) <= 500
    assert len(body["Outputs"]) <= 200
    # What a stack set action of a pipeline takes.
    assert len(template.text.encode()) <= 460_800


def test_outputs_are_described(template: Template) -> None:
    assert all(listed(output["Description"]) for output in template.body["Outputs"].values())
