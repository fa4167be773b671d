"""The sections about running it: delivery, alarms, costs, guardrails."""

from __future__ import annotations

from collections.abc import Sequence

from generator.picture import System
from generator.picture.alarms import Alarm
from generator.picture.delivery import Stage, Step
from generator.picture.guardrails import Suppression
from generator.picture.system import PRIMARY
from generator.report.docs.words import counted, few, listed, strategy
from generator.report.html import Column, Content, Section, badge, code, e, facts, note, table


def delivery(system: System) -> Section:
    """Show the pipeline, stage by stage, with what lets nothing pass."""
    plan = system.delivery
    window = plan.rollback_window_minutes
    shown = facts(
        {
            "Traffic shifts by": strategy(plan.strategy),
            "New versions are tried": listed(plan.checks) or "not",
            "Alarms must stay quiet for": f"{plan.bake_minutes} min after each wave",
            "An alarm takes a release back everywhere": f"for {window} min" if window else "never",
        }
    )
    if not plan.stages:
        return Section(
            "Delivery",
            [shown, note("There is no pipeline in this environment: gen deploy delivers.")],
        )
    return Section(
        "Delivery",
        [e("ol", [_stage(stage) for stage in plan.stages], class_="steps"), shown],
        lead=e(
            "p",
            "The pipeline ", code(plan.pipeline or ""), ": every gate must be passed before"
            " anything below it begins.",
        ),
    )  # fmt: skip


def _stage(stage: Stage) -> Content:
    together = [step for steps in stage.steps for step in steps]
    alone = len(together) == 1
    back = (
        e("p", badge("on failure", "warning"), " the whole stage goes back to what ran before it")
        if stage.on_failure == "ROLLBACK"
        else None
    )
    return e(
        "li",
        e("h3", stage.name),
        _step(together[0]) if alone
        else e("ol", [e("li", e("h4", step.name), _step(step)) for step in together]),
        back,
    )  # fmt: skip


def _step(step: Step) -> Content:
    where = (
        e("p", ", ".join(step.regions), e("small", f" in {counted(len(step.accounts), 'account')}"))
        if step.regions
        else None
    )
    gate = e("p", badge("gate", "accent"), f" {step.gate}") if step.gate else None
    return [e("p", f"{step.by} {step.does}."), where, gate]


def alarms(system: System) -> Section:
    """List the alarms, and what each of them sets off."""
    prefix = f"{system.project}-{system.environment}-"
    window = system.delivery.rollback_window_minutes
    return Section(
        "Alarms",
        table(
            "Alarms of each stack",
            ["Alarm", Column("Is on when", wide=True), Column("It means", wide=True),
             Column("Then", wide=True), Column("Stacks", numeric=True)],
            [
                (
                    [each.name.removeprefix(prefix), e("small", each.unit)],
                    [each.condition, e("small", each.watches),
                     each.parameter and e("small", code(each.parameter))],
                    each.description,
                    _consequences(each, prefix, window),
                    each.stacks,
                )
                for each in system.alarms
            ],
            stacks=True,
        ),
        lead=e(
            "p",
            "Where a parameter is named, it holds the threshold: operators turn it in the console.",
            _told(system),
        ),
    )  # fmt: skip


def _told(system: System) -> str | None:
    """Say whether the primary region gets to know of alarms."""
    primary = {node.id for group in system.graph.groups if group.id == PRIMARY
               for node in group.nodes}  # fmt: skip
    nodes = system.graph.nodes
    forwarded = any(
        nodes[edge.source].name == "Alarms" and edge.target in primary
        for edge in system.graph.edges
    )
    return " Every region's alarms are forwarded to the primary region." if forwarded else None


def _consequences(alarm: Alarm, prefix: str, window: int) -> Content:
    topics = [name.removeprefix(prefix) for name in alarm.tells]
    then = [f"tells topic {listed(topics)}"] if topics else []
    if alarm.stops_deployment:
        then.append("stops a deployment in its region, which goes back")
    if alarm.takes_back and window:
        then.append(f"takes a release of the last {window} min back in every region")
    return e("ul", [e("li", each) for each in then], class_="plain") if then else "nothing"


def costs(system: System) -> Section:
    """List what is on the bill, what always costs first."""
    costs = system.costs
    unknown = (
        note(f"This page does not know how these are billed: {', '.join(costs.unknown)}.",
             tone="warning")
        if costs.unknown
        else None
    )  # fmt: skip
    return Section(
        "What it costs",
        [
            *(
                table(
                    caption,
                    ["What", Column("How many", numeric=True), Column("Billed by", wide=True),
                     Column("Comes from", wide=True), "Prices"],
                    [
                        (
                            driver.what, driver.count, driver.by, driver.where,
                            e("a", "prices", e("span", f" of {driver.what}", class_="unseen"),
                              href=driver.prices),
                        )
                        for driver in costs.drivers
                        if driver.always is always
                    ],
                    stacks=True,
                )
                for caption, always in (("Billed while nobody uses it", True),
                                        ("Billed by use", False))
            ),
            e("p", f"{costs.free:,} other resources cost nothing themselves."),
            unknown,
        ],
        lead=e(
            "p",
            "Counted over all stacks, 2 × 6 service being two in each of six stacks of service."
            " No prices: they differ from region to region, and change. Data that crosses regions,"
            " accounts or the internet is billed besides.",
        ),
    )  # fmt: skip


def _gathered(
    suppressions: Sequence[Suppression],
) -> dict[tuple[str, tuple[str, ...], str], list[str]]:
    """Gather what leaves out the same rules for the same reason."""
    found: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for each in suppressions:
        where = f"{each.unit}: {each.resource}"
        found.setdefault((each.by, each.rules, each.reason), []).append(where)
    return found


def guardrails(system: System) -> Section:
    """Say what rules were asked, what they found, and what they leave out."""
    rails = system.guardrails
    found = (
        table(
            "Findings",
            ["Rule", "Level", Column("Where", narrow=True), Column("What", wide=True)],
            [
                (
                    code(each.rule),
                    badge(each.level, "bad" if each.level == "error" else "warning"),
                    [code(each.where), e("small", each.resource)],
                    each.message,
                )
                for each in rails.remarks
            ],
            stacks=True,
        )
        if rails.remarks
        else note("Nothing was found.", tone="good")
    )
    return Section(
        "Guardrails",
        [
            found,
            e("h3", "Left out, and why"),
            table(
                "Suppressions and their reasons",
                [
                    Column("Rules", narrow=True),
                    Column("Reason", wide=True),
                    Column("Where", wide=True),
                ],
                [
                    ([", ".join(rules), e("small", by)], reason, few(where))
                    for (by, rules, reason), where in _gathered(rails.suppressions).items()
                ],
                stacks=True,
            )
            if rails.suppressions
            else e("p", "Nothing is suppressed."),
        ],
        lead=e(
            "p",
            f"{counted(rails.templates, 'template').capitalize()}, judged for exactly these regions"
            f" by {rails.own_rules} rules of gen's own and {rails.cfn_lint_rules} of cfn-lint.",
        ),
    )
