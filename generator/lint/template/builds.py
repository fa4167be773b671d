"""What a build project runs, as far as its template tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.lint.template.node import Node
from generator.lint.template.pipelines import ROLE, granted
from generator.lint.template.template import Resource, Template

INLINE = re.compile(r"\n|\bversion['\"]?\s*:|^\s*\{|\bphases\b")


def text_within(node: Node) -> str | None:
    """Give a text as it was written, literal or in `Fn::Sub`; None when there is none."""
    return str(node.value) if isinstance(node.value, str) else node.text


def is_inline(node: Node) -> bool:
    """Tell whether a BuildSpec is commands, not the name of a file."""
    text = text_within(node)
    if text is not None:
        return INLINE.search(text) is not None
    # Written as YAML, under Fn::ToJsonString or by mistake.
    return isinstance(node.value, dict) and (
        "Fn::ToJsonString" in node.value or not node.is_unknown
    )


def inline_buildspecs(project: Resource) -> Iterator[Node]:
    """Yield the buildspecs that stand in a template as text."""
    for node in project.get("Source", "BuildSpec"):
        if text_within(node) is not None and is_inline(node):
            yield node


IMAGES = re.compile(
    r"docker|image|\becr\b|container|buildx|buildah|podman|kaniko|nerdctl|earthly|skaffold|dagger"
    r"|localstack|\bsam build\b.*\s-u\b|\bcdk\b",
    re.IGNORECASE,
)
"""Words of who builds images, or starts containers from them."""
IMAGE_POLICIES = re.compile(r"ContainerRegistry|Administrator|PowerUser")


def may_build_images(template: Template, project: Resource) -> bool:
    """Tell whether anything says that a project builds images, or hides whether it does."""
    return (
        _commands_may(project)
        or _settings_say(project)
        or any(_role_may(template, role) for role in project.get("ServiceRole"))
    )


def _commands_may(project: Resource) -> bool:
    for source in project.get("Source"):
        for node in source.get("BuildSpec"):
            text = text_within(node)
            if node.is_unknown and text is None:
                return True
            if IMAGES.search(text or ""):
                return True
    return False


def _settings_say(project: Resource) -> bool:
    told = [project.id]
    for name in ("Name", "Description"):
        told += [node.text or "" for node in project.get(name)]
    for listed in project.get("Environment", "EnvironmentVariables"):
        for variable in listed.items():
            for name in ("Name", "Value"):
                told += [node.text or "" for node in variable.get(name)]
    return any(IMAGES.search(text) for text in told)


def _role_may(template: Template, node: Node) -> bool:
    """Tell whether a role may use a registry; of one that is not here, only the commands tell."""
    role = template.target(node, ROLE)
    if role is None:
        return not _has_commands(template, node)
    for statement in granted(template, role):
        for action in statement.each("Action"):
            text = action.literal
            if text is None or text == "*" or text.lower().startswith("ecr"):
                return True
    for listed in role.get("ManagedPolicyArns"):
        for arn in listed.items():
            known = template.target(arn) is not None
            if not known and (arn.literal is None or IMAGE_POLICIES.search(arn.literal)):
                return True
    return False


def _has_commands(template: Template, role: Node) -> bool:
    project = template.resources.get(str(role.path[1])) if len(role.path) > 1 else None
    return project is not None and any(inline_buildspecs(project))
