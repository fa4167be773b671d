"""E9803: whether the event that a rule waits for ever comes."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.events import SENDERS, SENT, VIA_CLOUDTRAIL, Pattern, patterns

ENDPOINT = re.compile(r"([\w-]+)\.amazonaws\.com(?:\.cn)?")
PIPELINE = re.compile(r"(?:.*:)?\$\{(\w+)\}")
STRANGERS = ("aws.github", "aws.gitlab", "aws.bitbucket")
NOT_OWN = re.compile(r"(?i)aws\.|.*(?:git|bitbucket)")
FOR_COMMITS = "CodeCommit Repository State Change"
NAMES = {"application": "CodeDeploy application", "deploymentGroup": "deployment group"}


class EventPattern(Guardrail):
    """A rule waits for an event that exists."""

    id = "E9803"
    shortdesc = "Rule waits for an event that AWS does not send"
    description = (
        "A pattern with a source, type or state that no service sends is valid and matches "
        "nothing: the alert or rollback behind it stays silent when it is needed. A literal "
        "application name matches nothing either as soon as the application is called otherwise."
    )
    source_url = "https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html"
    bad = """
Resources:
  Failed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.codedeploy]
        detail-type: [CodeDeploy Deployment State-change Notification]
        detail:
          application: [orders]  # <- Failed
          state: [FAILED]  # <- Failed
"""
    good = """
Resources:
  Failed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.codedeploy]
        detail-type: [CodeDeploy Deployment State-change Notification]
        detail:
          application: [!Ref Application]
          state: [FAILURE, STOP]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pattern in patterns(template):
            sources, types = _elements(pattern, "source"), _elements(pattern, "detail-type")
            for node in sources:
                if isinstance(node.value, str) and (instead := _instead(node.value)):
                    yield Flaw.at(pattern.at(node), f"{instead}: {node.value} sends no events")
            yield from _types(pattern, sources, types)
            yield from _values(pattern, sources, types)
            yield from _names(pattern, sources, types)
            yield from _of_another_source(template, pattern, types)


def _elements(pattern: Pattern, name: str) -> list[Node]:
    return [item for listed in pattern.node.get(name) for item in listed.elements()]


def _texts(nodes: list[Node]) -> list[str] | None:
    """Give the literal texts, when there is nothing but those."""
    texts = [node.value for node in nodes if isinstance(node.value, str)]
    return texts if len(texts) == len(nodes) else None


def _instead(source: str) -> str | None:
    """Say what to write instead of a source that doesn't exist."""
    if endpoint := ENDPOINT.fullmatch(source):
        return f"write aws.{endpoint[1]}"
    if source.lower() in STRANGERS:
        return "let a connection start the pipeline"
    # A name without aws. may be somebody's own source.
    if source in SENT or not source.lower().startswith(("aws.", "amazon.")):
        return None
    service = re.sub("[^a-z0-9]", "", source.lower().partition(".")[2])
    for known in SENT:
        if service == known.removeprefix("aws."):
            return f"write {known}"
    close = get_close_matches(source, [name for name in SENT if len(name) > 8], 1, 0.92)
    return f"write {close[0]}" if close else None


def _types(pattern: Pattern, sources: list[Node], types: list[Node]) -> Iterator[Flaw]:
    names = _texts(sources)
    for node in types if names is not None else ():
        kind = node.value
        if names is None or not isinstance(kind, str) or kind.endswith(VIA_CLOUDTRAIL):
            continue
        sent = [each for name in names for each in SENT.get(name, ())]
        if names and all(name in SENT for name in names):
            if kind not in sent:
                close = get_close_matches(kind, sent, 1) or sent
                yield Flaw.at(
                    pattern.at(node), f"write {' or '.join(close)}: {names[0]} sends no {kind}"
                )
        elif kind in SENDERS:
            # Others may play an event of AWS's, for a test.
            theirs = all(NOT_OWN.match(name) for name in names)
            if names and theirs and not set(names) & set(SENDERS[kind]):
                yield Flaw.at(
                    pattern.at(node), f"name {' or '.join(SENDERS[kind])}, who alone sends {kind}"
                )
        elif not names:
            for known in SENDERS:
                if known.lower() == kind.lower():
                    yield Flaw.at(pattern.at(node), f"write {known}, in exactly these letters")


def _values(pattern: Pattern, sources: list[Node], types: list[Node]) -> Iterator[Flaw]:
    """Find states that none of the events has."""
    names, kinds = _texts(sources), _texts(types)
    if names is None or kinds is None:
        return
    kinds = kinds or [kind for name in names for kind in SENT.get(name, ("not known",))]
    if any(kind not in SENDERS for kind in kinds):
        return
    fields = [SENT[SENDERS[kind][0]][kind] for kind in kinds]
    for field in fields[0] if fields else ():
        # Of an event where the field is not listed here, nothing is known.
        if all(field in each for each in fields):
            values = list(dict.fromkeys(value for each in fields for value in each[field]))
            name = ".".join(field)
            for listed in pattern.node.get("detail", *field):
                for node in listed.elements():
                    if isinstance(node.value, str) and node.value not in values:
                        yield Flaw.at(pattern.at(node), _one_of(values, name, node.value))


def _one_of(values: list[str], field: str, value: str) -> str:
    if not values:
        return f"leave {field} out: these events have no such field"
    return f"write {', '.join(values[:-1])} or {values[-1]}: {field} is never {value}"


def _names(pattern: Pattern, sources: list[Node], types: list[Node]) -> Iterator[Flaw]:
    """Find literal names of what CodeDeploy deploys."""
    about = [str(node.value) for node in sources + types]
    if any(each.startswith(("aws.codedeploy", "CodeDeploy ")) for each in about):
        for name, what in NAMES.items():
            for listed in pattern.node.get("detail", name):
                for node in listed.elements():
                    if isinstance(node.value, str) and node.value:
                        yield Flaw.at(
                            pattern.at(node),
                            f"refer to the {what} by !Ref, or by a parameter with its name",
                        )


def _of_another_source(template: Template, pattern: Pattern, types: list[Node]) -> Iterator[Flaw]:
    """Find commits of CodeCommit that should start a pipeline whose source is elsewhere."""
    for node in types:
        if node.value != FOR_COMMITS:
            continue
        for target in pattern.owner.body.each("Properties", "Targets", "*", "Arn"):
            meant = PIPELINE.fullmatch(target.text or "")
            pipeline = template.resources.get(meant[1]) if meant else None
            if pipeline is None or pipeline.type != "AWS::CodePipeline::Pipeline":
                continue
            providers = [
                provider.literal
                for kind in pipeline.body.each(
                    "Properties", "Stages", "*", "Actions", "*", "ActionTypeId"
                )
                for category in kind.get("Category")
                if category.value == "Source" or category.is_unknown
                for provider in kind.get("Provider", given=category.given)
            ]
            if providers and None not in providers and "CodeCommit" not in providers:
                yield Flaw.at(
                    pattern.at(node),
                    f"leave the rule out: {pipeline.id} has its source from {providers[0]}, of "
                    "which CodeCommit tells nothing",
                )
