"""The page about an environment as it is: what is live where, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from generator.aws.drift import InstanceDrift
from generator.deploy.inspection.set_status import BehindStatus, SetStatus
from generator.deploy.inspection.status import InstanceStatus, Status
from generator.deploy.operations.operation import starter
from generator.errors import Problem
from generator.plan.state import Operation
from generator.report.html.blocks import Column, badge, code, facts, note, numbers, table
from generator.report.html.elements import Content, Element, e
from generator.report.html.gantt import took
from generator.report.html.page import Section, page
from generator.report.looks import first_line, moment
from generator.report.status import progress_of
from generator.units import Pair

_WHERE = Column("Where", narrow=True)
_REASON = Column("Reason", wide=True)


def status_page(status: Status, drifts: Mapping[Pair, InstanceDrift], *, now: datetime) -> str:
    """Write the page; `drifts` are what the last detection found, where there was one."""
    return _Page(status, drifts, now).written()


class _Page:
    def __init__(self, status: Status, drifts: Mapping[Pair, InstanceDrift], now: datetime):
        self._status = status
        self._drifts = drifts
        self._now = now
        self._alarms = [(one, alarm) for one in status.instances for alarm in one.alarms]
        self._accounts = list(dict.fromkeys(one.account for one in status.instances))

    def written(self) -> str:
        status = self._status
        sections = [
            Section("What waits for you", list(map(_to_do, status.to_do)))
            if status.to_do
            else None,
            Section("What is live where", list(self._live())),
            Section("Alarms that are on", self._alarm_table()) if self._alarms else None,
            Section("Releases and pipeline", self._deliveries()),
            Section("Operations", list(self._operations())),
        ]
        return page(
            f"{status.project}-{status.environment}",
            [section for section in sections if section],
            kind=f"Status at {moment(self._now)}",
            lead=e("p", self._summary()),
            foot=e("p", f"As of {moment(self._now)}; all times are UTC."),
        )

    def _summary(self) -> str:
        status = self._status
        there = [one for one in status.instances if one.status]
        if not there:
            return "The service is not deployed."
        runs = sum(one.release == status.current for one in there)
        said = [f"{runs} of {len(status.instances)} instances run release {status.current}"]
        if status.current is None:
            said = [f"The service is in {_count(len(there), 'instance')}, and no release is known"]
        said.append(
            f"{_count(len(self._alarms), 'alarm')} on" if self._alarms else "no alarm is on"
        )
        if status.execution and status.execution.status == "Failed":
            said.append("the pipeline's newest execution failed")
        if status.under_way:
            said.append("something is under way")
        if status.to_do:
            said.append(f"{_count(len(status.to_do), 'thing')} to do for you")
        return f"{'; '.join(said)}."

    # ---- Instances

    def _live(self) -> Iterator[Element]:
        instances = self._status.instances
        counted: dict[str, Content] = {
            "instances": len(instances),
            "run the current release": sum(
                bool(one.release) and one.release == self._status.current for one in instances
            ),
            "alarms on": len(self._alarms),
        }
        if self._drifts:
            counted["drifted"] = sum(one.drift == "DRIFTED" for one in self._drifts.values())
        yield numbers(counted)
        if len(self._accounts) > 1:
            yield self._matrix()
        columns: list[Column | str] = [
            _WHERE, "State", "Release", "Stack", "Alarms", "Last drift detection",
        ]  # fmt: skip
        yield table("Every instance of the service", columns, map(self._instance, instances))

    def _matrix(self) -> Element:
        """Show accounts and regions at one look."""
        there = {(one.account, one.region): one for one in self._status.instances}
        regions = list(dict.fromkeys(region for _, region in there))
        rows: list[list[Content]] = [
            [
                account,
                *(
                    self._state(one) if (one := there.get((account, region))) else "–"
                    for region in regions
                ),
            ]
            for account in self._accounts
        ]
        return table("Accounts and regions", ["Account", *regions], rows)

    def _instance(self, one: InstanceStatus) -> list[Content]:
        return [
            _where(one.account, one.region),
            [self._state(one), [e("small", said) for said in _remarks(one)]],
            code(one.release) if one.release else "none",
            code(one.stack_status) if one.stack_status else "not known",
            ", ".join(alarm.name for alarm in one.alarms) or "none",
            self._drift(self._drifts.get((one.account, one.region))),
        ]

    def _state(self, one: InstanceStatus) -> Element:
        """Say in a word how it is with an instance."""
        if one.status is None:
            return badge("not there")
        if one.failed:
            return badge("failed", "bad")
        if one.alarms:
            return badge("in alarm", "bad")
        if one.in_progress:
            return badge("under way", "accent")
        if one.status != "CURRENT":
            return badge(one.status.lower(), "warning")
        known = one.stack_status is not None
        if known and one.release != self._status.current:
            return badge("another release", "warning")
        return badge("current", "good")

    def _drift(self, found: InstanceDrift | None) -> Content:
        if found is None or found.checked is None:
            return "never looked"
        tone = {"DRIFTED": "warning", "IN_SYNC": "good"}.get(found.drift, "neutral")
        word = found.drift.lower().replace("_", " ")
        return [badge(word, tone), e("small", moment(found.checked))]

    def _alarm_table(self) -> Element:
        rows: list[list[Content]] = [
            [_where(one.account, one.region), alarm.name, alarm.reason]
            for one, alarm in self._alarms
        ]
        columns: list[Column | str] = [_WHERE, "Alarm", _REASON]
        return table("By region", columns, rows)

    # ---- How it came to be so

    def _deliveries(self) -> Element:
        status = self._status
        told: dict[str, Content] = {
            "Current release": code(status.current) if status.current else "none",
            "Last good release": code(status.last_good) if status.last_good else "none",
        }
        if bad := status.taken_back:
            told["Taken back"] = [
                code(bad.release), e("small", f" {moment(bad.time)}"),
                e("div", first_line(bad.reason)) if bad.reason else None,
            ]  # fmt: skip
        told["Pipeline"] = status.pipeline or "none"
        if execution := status.execution:
            tones = {"Succeeded": "good", "Failed": "bad", "InProgress": "accent"}
            told["Rollback" if execution.is_rollback else "Newest execution"] = [
                badge(execution.status, tones.get(execution.status, "warning")), " ",
                code(execution.id), e("small", f" since {moment(execution.started)}"),
                e("div", first_line(execution.reason)) if execution.reason else None,
            ]  # fmt: skip
            if execution.revisions:
                revision = execution.revisions[0]
                told["Revision"] = [code(revision.id[:12]), f" {first_line(revision.summary)}"]
        elif status.pipeline:
            told["Newest execution"] = "nothing has been pushed yet"
        return facts(told)

    def _operations(self) -> Iterator[Element]:
        sets = self._status.sets
        for one in sets:
            for each in one.under_way:
                yield note(progress_of(one, each), tone="accent")
        latest = [(one, one.latest) for one in sets if one.latest]
        if not latest:
            yield e("p", "No StackSet has had any operation.")
            return
        columns: list[Column | str] = [
            "Unit",
            "Last operation",
            "Began",
            Column("Took", narrow=True),
            "By",
        ]
        rows = [self._operation(one, operation) for one, operation in latest]
        yield table("The last operation of each StackSet", columns, rows)
        behind: list[list[Content]] = [
            [_where(place.account, place.region), one.name, place.status, _because(place)]
            for one in sets
            for place in one.behind
        ]
        if behind:
            columns = [_WHERE, "StackSet", "Status", _REASON]
            yield table("Instances that are behind", columns, behind)

    def _operation(self, one: SetStatus, operation: Operation) -> list[Content]:
        tone = "accent" if operation.in_progress else "good" if operation.succeeded else "bad"
        ended = operation.ended or self._now
        return [
            one.unit,
            [
                [operation.action, " ", badge(operation.status, tone)],
                e("small", operation.reason) if operation.reason else None,
            ],
            moment(operation.started),
            took(max(0.0, (ended - operation.started).total_seconds())),
            starter(operation.id),
        ]


def _to_do(problem: Problem) -> Element:
    hint: Content = [e("br"), "→ ", problem.hint] if problem.hint else None
    return note(problem.message, hint, tone="warning")


def _where(account: str, region: str) -> Content:
    return [region, e("small", account)]


def _because(place: BehindStatus) -> Content:
    return [place.reason, e("small", f"→ {place.to_do}") if place.to_do else None]


def _remarks(one: InstanceStatus) -> Iterable[str]:
    """Say what else there is to know of an instance."""
    if one.status and one.has_stack and one.stack_status is None:
        yield "this account cannot be looked into from here"
    if one.detailed_status == "SKIPPED_SUSPENDED_ACCOUNT":
        yield "left out: the account is suspended"
    if one.reason and one.status != "CURRENT":
        yield one.reason
    if one.to_do:
        yield f"→ {one.to_do}"
    if not one.configured:
        yield "the parameter file does not name it any more"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
