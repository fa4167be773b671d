"""Functions of a template: what a reference means by them, and which aliases they have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.lint.template.node import Node
from generator.lint.template.policies import Kind, statements
from generator.lint.template.template import Resource, Template

FUNCTION = "AWS::Lambda::Function"
SAM_FUNCTION = "AWS::Serverless::Function"
"""cfn-lint merges `Globals` into it, and leaves it as it is otherwise."""
ALIAS = "AWS::Lambda::Alias"
VERSION = "AWS::Lambda::Version"
LATEST = "$LATEST"
"""The qualifier of what is called without one."""

INVOCATION = re.compile(r".*:lambda:path/[^/]+/functions/(.+)/invocations/?")
REFERENCE = re.compile(r"\$\{(\w+)(?:\.(\w+))?\}(?::(.+))?")
NAMED = re.compile(r"(?:.*:function:)?([\w-]+|\$\{[^}]+\}|(?:[\w-]|\$\{[^}]+\})+)(?::([^:]+))?")


@dataclass(frozen=True, slots=True)
class Callee:
    """A function, and which version of it is meant."""

    function: Resource
    qualifier: str = LATEST
    """In the form of `Fn::Sub`: the name of an alias, the number of a version."""

    @property
    def is_latest(self) -> bool:
        return self.qualifier == LATEST


def functions(template: Template) -> list[Resource]:
    """List the functions, plain ones and those of SAM."""
    return template.once(_functions)


def is_sam(function: Resource) -> bool:
    """Tell whether a function is of SAM, which has other names for some properties."""
    return function.type == SAM_FUNCTION


def published(function: Resource) -> str | None:
    """Name the alias that SAM makes for a function."""
    return next((node.text for node in function.get("AutoPublishAlias") if node.text), None)


def callee(template: Template, node: Node) -> Callee | None:
    """Find the function of this template that a name, ARN or invocation URI means."""
    text = node.text
    if text is None:
        return None
    if uri := INVOCATION.fullmatch(text):
        text = uri[1]
    if reference := REFERENCE.fullmatch(text):
        name, attribute, qualifier = reference.groups()
        found = template.resources.get(name)
        if found is not None and found.type == SAM_FUNCTION and attribute in ("Alias", "Version"):
            return Callee(found, published(found) or LATEST)
        if found is not None and attribute in (None, "Arn", "AliasArn", "FunctionArn"):
            return _meant(template, found, qualifier)
    if (named := NAMED.fullmatch(text)) is not None:
        name, qualifier = named.groups()
        if (reference := REFERENCE.fullmatch(name)) and reference[2] is None:
            found = template.resources.get(reference[1])
            if found is not None:
                return _meant(template, found, qualifier)
        if name in (by_name := template.once(_by_name)):
            return Callee(by_name[name], qualifier or LATEST)
    return None


def function_of(template: Template, of: Resource) -> Resource | None:
    """Find the function that an alias or version is of."""
    for node in of.get("FunctionName"):
        # Not through `callee`: of an alias that, wrongly, names itself there would be no end.
        name = (node.text or "").rpartition(":function:")[2]
        reference = REFERENCE.fullmatch(name)
        found = template.resources.get(reference[1]) if reference else None
        if found is None:
            found = template.once(_by_name).get(name)
        if found is not None and found.type in (FUNCTION, SAM_FUNCTION):
            return found
    return None


def aliases(template: Template) -> dict[str, list[Resource]]:
    """List the aliases of each function, by its logical id; SAM's own one is the function."""
    return template.once(_aliases)


def at_edge(template: Template) -> frozenset[str]:
    """Name the functions that run in CloudFront, where much of Lambda is not to be had."""
    return template.once(_at_edge)


def _functions(template: Template) -> list[Resource]:
    return list(template.of_type(FUNCTION, SAM_FUNCTION))


def _by_name(template: Template) -> dict[str, Resource]:
    return {
        node.text: function
        for function in functions(template)
        for node in function.get("FunctionName")
        if node.text
    }


def _meant(template: Template, found: Resource, qualifier: str | None) -> Callee | None:
    if found.type in (FUNCTION, SAM_FUNCTION):
        return Callee(found, qualifier or LATEST)
    if found.type in (ALIAS, VERSION) and (function := function_of(template, found)):
        if found.type == VERSION:
            return Callee(function, f"${{{found.id}.Version}}")
        name = next(found.get("Name"))
        return Callee(function, name.text or f"${{{found.id}.Name}}")
    return None


def _aliases(template: Template) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for alias in template.of_type(ALIAS):
        if function := function_of(template, alias):
            found.setdefault(function.id, []).append(alias)
    for function in template.of_type(SAM_FUNCTION):
        if any(node.text for node in function.get("AutoPublishAlias")):
            found.setdefault(function.id, []).append(function)
    return found


def _at_edge(template: Template) -> frozenset[str]:
    associated = {
        meant.function.id
        for distribution in template.of_type("AWS::CloudFront::Distribution")
        for node in distribution.body.walk()
        if node.path[-1] == "LambdaFunctionARN" and (meant := callee(template, node))
    }
    roles = {
        statement.owner.id
        for statement in statements(template)
        if statement.kind is Kind.TRUST
        for kind, node in statement.principals()
        if kind == "Service" and node.literal == "edgelambda.amazonaws.com"
    }
    trusted = {
        function.id
        for function in functions(template)
        for role in function.get("Role")
        if (found := template.target(role, "AWS::IAM::Role")) and found.id in roles
    }
    return frozenset(associated | trusted)
