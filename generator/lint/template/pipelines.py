"""Pipelines as rules read them: stages, actions, and the regions they run in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from generator.lint.template.conditions import Given, canonical
from generator.lint.template.node import Node
from generator.lint.template.policies import Kind, Statement, statements
from generator.lint.template.template import Resource, Template
from generator.lint.template.text import UNKNOWN, WHOLE

PIPELINE = "AWS::CodePipeline::Pipeline"
PROJECT = "AWS::CodeBuild::Project"
ROLE = "AWS::IAM::Role"
HERE = "${AWS::Region}"
ATTACHED = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
"""Policies that name the roles they belong to."""
ARN = re.compile(r"arn:[^:]+:codepipeline:[^:]*:[^:]*:(?P<name>[^:/]+)")


@dataclass(frozen=True)
class Action:
    """An action of a stage, in one of its branches."""

    node: Node
    """The mapping with `ActionTypeId`, `Configuration`, …"""
    stage: Node
    position: int
    """Of its stage in the pipeline."""

    @property
    def given(self) -> Given:
        return self.node.given

    @cached_property
    def category(self) -> str | None:
        return self._type("Category")

    @cached_property
    def owner(self) -> str | None:
        return self._type("Owner")

    @cached_property
    def provider(self) -> str | None:
        return self._type("Provider")

    def is_of(self, category: str, *providers: str) -> bool:
        """Tell whether it is one of AWS's own actions."""
        own = self.owner == "AWS" and self.category == category
        return own and (not providers or self.provider in providers)

    @cached_property
    def order(self) -> float:
        """When it runs in its stage."""
        return next((n.number for n in self.node.get("RunOrder") if n.number is not None), 1)

    @cached_property
    def names(self) -> str:
        """Its own name and its stage's, as far as they can be told, in lower case."""
        told = (n.literal or "" for each in (self.stage, self.node) for n in each.get("Name"))
        return " ".join(told).lower()

    def configured(self, name: str) -> Iterator[Node]:
        """Yield a value of its configuration in each branch."""
        return self.node.get("Configuration", name)

    def regions(self) -> Iterator[Node]:
        """Yield where it runs, in each branch; absent is where the pipeline is."""
        return self.node.get("Region")

    def comes_after(self, other: Action) -> bool:
        return (self.position, self.order) > (other.position, other.order)

    def _type(self, name: str) -> str | None:
        found = list(self.node.get("ActionTypeId", name))
        return found[0].literal if len(found) == 1 else None


@dataclass(frozen=True)
class Pipeline:
    """A pipeline of a template."""

    resource: Resource
    stages: tuple[Node, ...]
    actions: tuple[Action, ...]
    is_whole: bool
    """Whether every stage and action could be read."""

    @property
    def at(self) -> Node:
        return self.resource.at

    def of(self, stage: Node) -> list[Action]:
        return [action for action in self.actions if action.stage is stage]

    @property
    def deployments(self) -> list[Action]:
        """The actions that change what runs."""
        return [action for action in self.actions if deploys(action)]


PREPARES = {"CHANGE_SET_REPLACE", "DELETE_ONLY"}
"""Modes of a CloudFormation action that deploy nothing."""


def deploys(action: Action) -> bool:
    """Tell whether an action changes what runs: of whoever's kind, if it is a Deploy action."""
    if action.category != "Deploy":
        return False
    return not all(mode.literal in PREPARES for mode in action.configured("ActionMode"))


def pipelines(template: Template) -> list[Pipeline]:
    """Read every pipeline of a template."""
    return template.once(_pipelines)


def _pipelines(template: Template) -> list[Pipeline]:
    return [_read(resource) for resource in template.of_type(PIPELINE)]


def _read(resource: Resource) -> Pipeline:
    stages: list[Node] = []
    actions: list[Action] = []
    whole = True
    for listed in resource.get("Stages"):
        whole = whole and isinstance(listed.value, list)
        for stage in listed.items():
            stages.append(stage)
            for under in stage.get("Actions"):
                whole = whole and isinstance(under.value, list)
                for node in under.items():
                    whole = whole and node.is_known
                    actions.append(Action(node, stage, _position(stage)))
    return Pipeline(resource, tuple(stages), tuple(actions), whole)


def _position(stage: Node) -> int:
    """Count where in the list a stage is, also below `Fn::If`."""
    pairs = list(pairwise(stage.path))
    return next(
        (p for before, p in reversed(pairs) if isinstance(p, int) and before != "Fn::If"), 0
    )


def key_of(node: Node) -> str:
    """Write a value so that two that are the same are written the same."""
    text = node.text
    if text is None or UNKNOWN in text:
        return canonical(node.value)
    return text


def pipeline_of(template: Template, target: Node) -> tuple[bool, Resource | None]:
    """Tell whether a value is a pipeline's ARN, and which pipeline of this template it is."""
    text = target.text or ""
    found = ARN.fullmatch(text.replace("${AWS::", "${AWS.."))
    if found is None:
        # A whole reference is no pipeline's ARN, but people write it so.
        pipeline = template.target(target, PIPELINE) if WHOLE.fullmatch(text) else None
        return pipeline is not None, pipeline
    return True, template.target_of(found["name"].replace("${AWS..", "${AWS::"), PIPELINE)


ACCOUNT = re.compile(r"arn:[^:]+:\w+:[^:]*:(?P<account>\d{12}):")


def account_in(node: Node) -> str | None:
    """Give the literal account of an ARN."""
    found = ACCOUNT.match((node.text or "").replace("${AWS::", "${AWS.."))
    return found["account"] if found else None


def own_accounts(template: Template, pipeline: Pipeline) -> set[str]:
    """Name the account of a pipeline, where its role or a rule that starts it names it."""
    nodes = list(pipeline.resource.get("RoleArn"))
    for rule in template.of_type("AWS::Events::Rule"):
        for listed in rule.get("Targets"):
            for target in listed.items():
                nodes += [
                    arn
                    for arn in target.get("Arn")
                    if pipeline_of(template, arn)[1] == pipeline.resource
                ]
    return {account for node in nodes if (account := account_in(node))}


def granted(template: Template, role: Resource) -> list[Statement]:
    """List what a role's policies in this template say."""
    return template.once(_granted).get(role.id, [])


def _granted(template: Template) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    owners: dict[str, set[str]] = {}
    for statement in statements(template):
        if statement.kind is Kind.IDENTITY:
            owner = statement.owner
            if owner.id not in owners:
                owners[owner.id] = set(_roles_of(template, owner))
            for role in owners[owner.id]:
                found.setdefault(role, []).append(statement)
    return found


def _roles_of(template: Template, owner: Resource) -> Iterator[str]:
    if owner.type == ROLE:
        yield owner.id
    if owner.type in ATTACHED:
        for named in owner.get(ATTACHED[owner.type]):
            for item in named.items():
                if role := template.target(item, ROLE):
                    yield role.id
    if owner.type == "AWS::IAM::ManagedPolicy":
        for role in template.of_type(ROLE):
            for listed in role.get("ManagedPolicyArns"):
                if any(template.target(item) == owner for item in listed.items()):
                    yield role.id
