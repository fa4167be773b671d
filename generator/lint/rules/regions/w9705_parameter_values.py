"""W9705: parameters' descriptions and values."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.conditions import function_of

SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "enabled", "disabled"})
STAGES = frozenset(
    {"dev", "development", "test", "testing", "qa", "uat", "stage", "staging", "preprod"}
    | {"prod", "production", "sandbox", "nonprod"}
)
NO_VALUE = frozenset({"", "none", "default", "auto", "-", "n/a", "na", "null", "*"})
"""What stands for no value where the others are free."""
ENVIRONMENT = re.compile(r"(?i)env|stage")


class ParameterValues(Guardrail):
    """Parameters say what they are for, and take only what makes sense."""

    id = "W9705"
    shortdesc = "Parameter is not described or takes anything"
    description = (
        "A slip of the finger where only a few values make sense (Prod for prod) silently takes"
        " the other branch of a condition, or fails in the middle of a deployment instead of"
        " before it. Without a description there is nothing to check it against."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "parameters-section-structure.html"
    )
    bad = """
Parameters:
  Environment: {Type: String, Default: dev, Description: Where this runs}  # <- Environment
  Team: {Type: String}  # <- Team
Resources: {}
"""
    good = """
Parameters:
  Environment:
    Type: String
    Default: dev
    AllowedValues: [dev, prod]
    Description: Where this runs
  Team: {Type: String, Description: Whose this is}
Resources: {}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        compared = template.once(_compared)
        for name, parameter in template.section("Parameters").items():
            for description in parameter.get("Description"):
                if not description.is_known or not str(description.value).strip():
                    yield Flaw.at(parameter, "add a Description that says what it is for")
            if _is_free(parameter):
                default = next(parameter.get("Default")).literal
                others = compared.get(name, set())
                if _is_enumerable(name, default, others) or name in template.once(_mapped):
                    yield Flaw.at(parameter, "list what it may be in AllowedValues")


def _is_free(parameter: Node) -> bool:
    return next(parameter.get("Type")).literal == "String" and all(
        next(parameter.get(name)).is_absent for name in ("AllowedValues", "AllowedPattern")
    )


def _is_enumerable(name: str, default: str | None, compared: set[str]) -> bool:
    values = {value.lower() for value in (default or "", *compared)} - NO_VALUE
    if values & SWITCHES:
        return True
    if ENVIRONMENT.search(name) and values & STAGES:
        return True
    return len({value.lower() for value in compared} - NO_VALUE) > 1


def _compared(template: Template) -> dict[str, set[str]]:
    """Collect to which literals each parameter is compared."""
    found: dict[str, set[str]] = {}
    for node in next(template.root.get("Conditions")).walk():
        match function_of(node.value):
            case (
                "Fn::Equals",
                [{"Ref": str(name)}, str(value)] | [str(value), {"Ref": str(name)}],
            ):
                found.setdefault(name, set()).add(value)
    return found


def _mapped(template: Template) -> set[str]:
    """Collect which parameters are keys of mappings."""
    found: set[str] = set()
    waiting = [template.root.value.get(name) for name in ("Resources", "Outputs", "Conditions")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            if isinstance(looked_up := value.get("Fn::FindInMap"), list):
                for key in map(function_of, looked_up[1:3]):
                    if key and key[0] == "Ref":
                        found.add(str(key[1]))
        elif isinstance(value, list):
            waiting += value
    return found
