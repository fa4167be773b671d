"""Whether a role gets an action on a resource, wherever AWS would look for that.

Identity policies (inline, managed, attached), AWS's own managed policies, and the policy of the
key, bucket, topic or queue. What nobody can tell counts as granted; so do conditions, and a Deny is
not looked at: `lacks` is true only when the permission is certainly missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from generator.lint.template.aws_managed import ALLOWED
from generator.lint.template.conditions import Given
from generator.lint.template.node import Node
from generator.lint.template.policies import Kind, Statement, documents, statements
from generator.lint.template.reach import Thing, allows_action, reaches
from generator.lint.template.template import Resource, Template

ATTACHED = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
"""Policies that name their roles, and the property that does."""
GUARDS = {
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::Events::EventBusPolicy": "EventBusName",
}
"""Policies that stand apart from the resource they guard, and the property that names it."""
SELF_GUARDED = ("AWS::KMS::Key", "AWS::Events::EventBus")
"""Resources that hold a policy themselves."""
AWS_OWN = ":aws:policy/"


def lacks(template: Template, role: Resource, action: str, on: Thing | None, given: Given) -> bool:
    """Tell whether it is certain that, where something is given, a role doesn't get an action.

    Without `on`, any resource will do.
    """
    cases = [
        case
        for allowed in chain(_by_identity(template, role), _by_resource(template, role, on))
        for case in where_given(template, allowed, action, on)
    ]
    cases += _unknown(template, role)
    if on is not None and on.resource is not None:
        guards = own_policies(template, on.resource)
        cases += [given for owner, given in guards if policy_is_hidden(template, owner)]
    cases += _by_aws(role, action)
    return not template.conditions.cover(cases, given)


def own_policies(template: Template, guarded: Resource) -> list[tuple[Resource, Given]]:
    """List the policies that guard a resource, in each branch: its own, and those that name it."""
    found = [(guarded, guarded.body.given)] if guarded.type in SELF_GUARDED else []
    for policy, named in template.once(_guards):
        if named.text is not None and template.target(named, guarded.type) is guarded:
            found.append((policy, {**policy.body.given, **named.given}))
    return found


def unclear_policies(template: Template) -> list[tuple[Resource, Given]]:
    """List the policies of which nobody can tell what they guard."""
    return [
        (policy, {**policy.body.given, **named.given})
        for policy, named in template.once(_guards)
        if named.text is None
    ]


def _guards(template: Template) -> list[tuple[Resource, Node]]:
    return [
        (policy, item)
        for policy in template.of_type(*GUARDS)
        for named in policy.get(GUARDS[policy.type])
        for item in named.elements()
    ]


def policy_is_hidden(template: Template, owner: Resource) -> bool:
    """Tell whether a resource's policy is, at least in part, not written in the template."""
    return owner.id in template.once(_hidden)


def _hidden(template: Template) -> dict[str, list[Node]]:
    """Work out which policies can't be read, by who holds them."""
    found: dict[str, list[Node]] = {}
    for document in documents(template):
        if document.kind is not Kind.TRUST and _is_hidden(document.node):
            found.setdefault(document.owner.id, []).append(document.node)
    return found


def _is_hidden(document: Node) -> bool:
    if not isinstance(document.value, dict) or document.is_unknown:
        return True
    return any(
        not isinstance(item.value, dict) or item.is_unknown or "Fn::Transform" in item.value
        for listed in document.get("Statement")
        for item in listed.elements()
    )


def _by_identity(template: Template, role: Resource) -> Iterator[Statement]:
    """Yield the statements of policies that a role has."""
    held = template.once(_identity_statements)
    yield from held.get(role.id, ())
    for policy, branches in template.once(_holders).get(role.id, {}).items():
        for statement in held.get(policy, ()):
            for given in branches:
                node = statement.node.assuming({**role.body.given, **given})
                yield Statement(statement.owner, statement.kind, node)


def _identity_statements(template: Template) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for each in statements(template):
        if each.kind is Kind.IDENTITY and each.allows:
            found.setdefault(each.owner.id, []).append(each)
    return found


def _holders(template: Template) -> dict[str, dict[str, list[Given]]]:
    """Work out which policies each role has, and in which branches."""
    roles = list(template.of_type("AWS::IAM::Role"))
    found: dict[str, dict[str, list[Given]]] = {role.id: {} for role in roles}
    for policy in template.of_type(*ATTACHED):
        for named in policy.get(ATTACHED[policy.type]):
            for item in named.elements():
                target = template.target(item, "AWS::IAM::Role")
                if target is None and item.literal is not None:
                    continue
                for each in [target] if target else roles:
                    found[each.id].setdefault(policy.id, []).append(
                        {**policy.body.given, **item.given}
                    )
    for role in roles:
        for listed in role.get("ManagedPolicyArns"):
            for item in listed.elements():
                if (attached := template.target(item, "AWS::IAM::ManagedPolicy")) is not None:
                    found[role.id].setdefault(attached.id, []).append(
                        {**attached.body.given, **item.given}
                    )
    return found


def _by_resource(template: Template, role: Resource, on: Thing | None) -> Iterator[Statement]:
    """Yield the statements of a thing's own policy that mean a role directly."""
    if on is None or on.resource is None:
        return
    guards = own_policies(template, on.resource) + unclear_policies(template)
    owners = {owner.id for owner, _ in guards}
    for statement in statements(template):
        if statement.owner.id in owners and statement.kind is Kind.RESOURCE and statement.allows:
            for name, principal in statement.principals():
                if name == "*" or (name == "AWS" and _means(template, principal, role)):
                    yield statement


def _means(template: Template, principal: Node, role: Resource) -> bool:
    """Tell whether a principal may be a role; an account's root lets the role's policies decide."""
    text = principal.text
    if text is None or text == "*":
        return True
    if (named := template.target(principal)) is not None:
        return named is role
    return "${" in text.replace("${AWS::", "") and ":root" not in text


def where_given(
    template: Template, statement: Statement, action: str, on: Thing | None
) -> Iterator[Given]:
    """Yield where a statement gives, or may give, an action on a thing."""
    for given in _acts(statement, action):
        if on is None:
            yield given
            continue
        for listed in statement.node.get("Resource", given=given):
            if listed.is_absent:  # NotResource, or the one statement of a bus
                yield listed.given
            for item in listed.elements():
                service = action.partition(":")[0]
                if reaches(template, item, on, service) is not False:
                    yield item.given


def _acts(statement: Statement, action: str) -> Iterator[Given]:
    for listed in statement.node.get("Action"):
        for item in listed.elements():
            pattern = item.literal
            if pattern is None or allows_action(pattern, action):
                yield item.given
    for listed in statement.node.get("NotAction"):
        excluded = [item.literal for item in listed.elements()]
        if excluded and not any(pattern and allows_action(pattern, action) for pattern in excluded):
            yield listed.given


def _unknown(template: Template, role: Resource) -> Iterator[Given]:
    """Yield where a role has policies whose text is not in the template."""
    holders = template.once(_holders).get(role.id, {})
    for name in ("Policies", "ManagedPolicyArns"):
        for listed in role.get(name):
            for item in listed.elements():
                if item.is_unknown and item.text is None:
                    yield item.given
    for listed in role.get("ManagedPolicyArns"):
        for item in listed.elements():
            if template.target(item, "AWS::IAM::ManagedPolicy") is None and _aws_own(item) is None:
                yield item.given
    hidden = template.once(_hidden)
    for document in hidden.get(role.id, ()):
        yield document.given
    for policy, branches in holders.items():
        for document in hidden.get(policy, ()):
            yield from ({**given, **document.given} for given in branches)


def _aws_own(item: Node) -> tuple[str, ...] | None:
    """Give what a managed policy of AWS allows, if that is known."""
    _, found, name = (item.text or "").partition(AWS_OWN)
    return ALLOWED.get(name) if found else None


def _by_aws(role: Resource, action: str) -> Iterator[Given]:
    for listed in role.get("ManagedPolicyArns"):
        for item in listed.elements():
            if any(allows_action(pattern, action) for pattern in _aws_own(item) or ()):
                yield item.given


def missing(
    template: Template, role: Resource, actions: Iterable[str], on: Thing | None, given: Given
) -> list[str]:
    """List which of several actions a role certainly doesn't get."""
    return [action for action in actions if lacks(template, role, action, on, given)]


def gets_some(template: Template, role: Resource, prefix: str) -> bool:
    """Tell whether a role's own policies name actions of a service."""
    return any(
        (item.literal or "").lower().startswith(prefix)
        for statement in _by_identity(template, role)
        for item in statement.each("Action")
    )
