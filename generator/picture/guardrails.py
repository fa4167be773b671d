"""What the rules say of the rendered templates, and what they were told to leave out, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.lint import Catalogue, Finding, Level
from generator.lint.template import Node
from generator.picture.unit import RenderedUnit


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding, as it is shown."""

    rule: str
    level: str
    message: str
    where: str
    """`templates/service.yaml.j2:12`."""
    resource: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """Rules that leave out a resource or a template, for a reason."""

    unit: str
    resource: str
    """`the template` for all of it."""
    rules: tuple[str, ...]
    reason: str
    by: str
    """Whose rules: `cfn-lint` or `checkov`."""


@dataclass(frozen=True, slots=True)
class Guardrails:
    """How the templates stand against the rules."""

    own_rules: int
    cfn_lint_rules: int
    templates: int
    remarks: tuple[Remark, ...]
    suppressions: tuple[Suppression, ...]

    @property
    def errors(self) -> int:
        return sum(1 for remark in self.remarks if remark.level == Level.ERROR)


def guardrails_of(
    units: Iterable[RenderedUnit], findings: Iterable[Finding], catalogue: Catalogue
) -> Guardrails:
    """Gather what was found and what was suppressed."""
    units = list(units)
    own = sum(1 for rule in catalogue.rules.values() if rule.ours)
    return Guardrails(
        own_rules=own,
        cfn_lint_rules=len(catalogue.rules) - own,
        templates=len(units),
        remarks=tuple(
            Remark(
                rule=each.rule,
                level=str(each.level),
                message=each.message,
                where=f"{each.file}:{each.line}",
                resource=each.resource or "",
            )
            for each in findings
        ),
        suppressions=tuple(each for unit in units for each in _suppressions(unit)),
    )


def _suppressions(unit: RenderedUnit) -> Iterator[Suppression]:
    places: list[tuple[str, Node]] = [("the template", unit.template.root)]
    places += [(name, resource.body) for name, resource in unit.template.resources.items()]
    for resource, node in places:
        for under in node.get("Metadata", "cfn-lint"):
            rules = [n.literal or "" for n in under.each("config", "ignore_checks", "*")]
            if rules:
                reason = next(under.get("reason")).literal or "no reason is given"
                yield Suppression(unit.name, resource, tuple(rules), reason, "cfn-lint")
        for skip in node.each("Metadata", "checkov", "skip", "*"):
            yield Suppression(
                unit.name, resource, (next(skip.get("id")).literal or "",),
                next(skip.get("comment")).literal or "no reason is given", "checkov",
            )  # fmt: skip
