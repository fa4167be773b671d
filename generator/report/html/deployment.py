"""The page about a deployment: what was when, what went wrong first, what took the time."""

from __future__ import annotations

from collections.abc import Iterator

from generator.deploy.inspection.course import Course, Trouble
from generator.deploy.inspection.span import Kind, Span
from generator.deploy.inspection.timeline import longest_chain
from generator.deploy.pipeline.delivery_events import SOURCE
from generator.releases import Entry
from generator.report.html.blocks import Column, badge, code, facts, figure, note, numbers, table
from generator.report.html.elements import Content, Element, e
from generator.report.html.gantt import Clock, took
from generator.report.html.page import Section, page
from generator.report.html.spans import BEGAN, TOOK, WHERE, Teller, name
from generator.report.looks import first_line, moment, who

_MOST_SPANS = 150
_MOST_RESOURCES, _LEAST, _MOST = 2000, 10, 60
"""Of all stacks, and of each one."""
_MOST_TROUBLES = 30


def deployment_page(course: Course) -> str:
    """Write the page about what was done to an environment."""
    return _Page(course).written()


class _Page:
    def __init__(self, course: Course):
        self._course = course
        self._timeline = found = course.timeline
        self._teller = Teller(
            Clock(found.began, found.ended), found.now, accounts=course.accounts > 1
        )
        self._say = self._teller.clock.say
        self._shown = self._teller.weightiest(found.spans, _MOST_SPANS)

    def written(self) -> str:
        course = self._course
        sections = [
            Section("At a glance", self._glance()),
            Section("What went wrong", list(self._wrong())) if course.troubles else None,
            Section(
                "Timeline",
                list(self._picture()),
                lead="Stacks, operations of StackSets, shifts of traffic, alarms and the pipeline,"
                " in the order in which they began. All times are UTC.",
            ),
            Section(
                "What took the time",
                self._chain(),
                lead="The stack or the action of the pipeline that ended last, the one that had"
                " ended last before it began, and so on back: only what makes one of these quicker"
                " makes all of it quicker.",
            ),
            Section("Releases", self._releases()) if course.releases else None,
            Section("Stacks and their resources", list(self._stacks())),
        ]
        return page(
            f"{course.project}-{course.environment}, {self._timeline.began:%Y-%m-%d %H:%M} UTC",
            [section for section in sections if section],
            kind="Deployment",
            lead=e("p", self._verdict()),
            foot=e(
                "p",
                f"As of {moment(self._timeline.now)}. What was before: ",
                code(f"gen logs -e {course.environment} --html --since 1d"),
            ),
        )

    def _verdict(self) -> str:
        found = self._timeline
        length = took((found.ended - found.began).total_seconds())
        if found.under_way:
            said = f"Under way for {length}"
            return f"{said}, and something went wrong." if found.troubles else f"{said}."
        last = {_stack(one): one for one in found.stacks}
        if bad := sum(one.failed for one in last.values()):
            return f"{bad} of {len(last)} stacks did not become what they should; it took {length}."
        if any(one.failed for one in found.stacks):
            return f"Something failed, but every stack came to a good end; it took {length}."
        if any(one.failed for one in found.spans):
            return f"Every stack succeeded, but not everything else; it took {length}."
        return f"Everything succeeded; it took {length}."

    def _glance(self) -> list[Element]:
        found, course = self._timeline, self._course
        stacks = found.stacks
        releases = dict.fromkeys(entry.event.release for entry in course.releases)
        people = dict.fromkeys(who(entry.by) for entry in course.releases if entry.by)
        by = list(people) or sorted({span.by for span in found.spans if span.by})
        told: dict[str, Content] = {
            "Began": moment(found.began),
            "Ended": "it goes on" if found.under_way else moment(found.ended),
        }
        if releases:
            said = [[", " if number else None, code(one)] for number, one in enumerate(releases)]
            told["Release" if len(releases) == 1 else "Releases"] = said
        if by:
            told["By"] = ", ".join(by)
        if course.regions:
            told["Only of"] = ", ".join(course.regions)
        counted: dict[str, Content] = {
            "regions": len({span.region for span in stacks}),
            "stacks": len({_stack(span) for span in stacks}),
            "resources": len({(_stack(span), part.what) for span in stacks for part in span.parts}),
            "of the stacks failed": len({_stack(span) for span in stacks if span.failed}),
        }
        return [numbers(counted), facts(told)]

    def _wrong(self) -> Iterator[Element | None]:
        troubles = self._course.troubles
        first = troubles[0]
        yield note(
            e("strong", "First"), ", at ", self._say(first.line.time), ": ",
            self._trouble(first), tone="bad",
        )  # fmt: skip
        if len(troubles) > 1:
            yield table(
                "What went wrong by itself, in the order of time",
                [Column("UTC", narrow=True), Column("What", wide=True)],
                [[self._say(t.line.time), self._trouble(t)] for t in troubles[:_MOST_TROUBLES]],
            )
        yield self._more(len(troubles) - _MOST_TROUBLES, "")
        if any(each.origin for each in troubles):
            yield e("p", e("small", "Lines are those of the build that lies on this machine."))

    def _trouble(self, trouble: Trouble) -> Content:
        line, origin = trouble.line, trouble.origin
        what = line.what if line.source == SOURCE else f"{line.what} of {line.source}"
        return [
            [what, " in ", self._teller.place(line), " ", badge(line.status, "bad")],
            [e("br"), line.text] if line.text else None,
            [e("br"), "written at ", code(str(origin))] if origin else None,
        ]

    def _picture(self) -> Iterator[Content]:
        found = self._timeline
        yield figure(
            self._teller.picture(self._shown),
            f"From {moment(found.began)} to {moment(found.ended)}",
            alternative=self._teller.table("The timeline in numbers", self._shown),
        )
        yield self._more(len(found.spans) - len(self._shown), "that succeeded")

    def _chain(self) -> Element:
        rows: list[list[Content]] = []
        before = self._timeline.began
        for span in longest_chain(self._timeline.steps):
            waited = (span.began - before).total_seconds()
            before = span.ended or before
            rows.append(
                [
                    name(span),
                    self._teller.spot(span),
                    self._say(span.began),
                    took(waited) if waited >= 0.1 else None,
                    self._teller.took(span),
                    self._longest_part(span),
                ]
            )
        columns: list[Column | str] = [
            "What", WHERE, BEGAN, Column("Waited before", narrow=True), TOOK,
            "Its longest resource",
        ]  # fmt: skip
        if not rows:
            return e("p", "Nothing has ended yet.")
        return table("The longest chain", columns, rows, header_cells=2)

    def _longest_part(self, span: Span) -> Content:
        now = self._timeline.now
        part = max(span.parts, key=lambda part: part.seconds(now), default=None)
        return [part.what, e("small", self._teller.took(part))] if part else None

    def _releases(self) -> Element:
        columns: list[Column | str] = [
            Column("UTC", narrow=True), "Release", "Became", "By", "Commit",
            Column("Why", wide=True),
        ]  # fmt: skip
        return table(
            "What became of releases meanwhile", columns,
            map(self._entry, self._course.releases), header_cells=2,
        )  # fmt: skip

    def _entry(self, entry: Entry) -> list[Content]:
        tones = {"good": "good", "bad": "bad", "restored": "warning"}
        return [
            self._say(entry.event.time),
            code(entry.event.release),
            badge(entry.event.what, tones.get(entry.event.what, "accent")),
            who(entry.by) if entry.by else None,
            code(entry.commit[:12]) if entry.commit else None,
            [
                first_line(entry.reason) if entry.reason else None,
                e("small", f"instead of {entry.instead_of}") if entry.instead_of else None,
            ],
        ]

    def _stacks(self) -> Iterator[Element]:
        stacks = [span for span in self._shown if span.kind is Kind.STACK and span.parts]
        most = min(_MOST, max(_LEAST, _MOST_RESOURCES // max(1, len(stacks))))
        for number, span in enumerate(stacks, 1):
            parts = self._teller.weightiest(span.parts, most)
            where = f"{span.source} in {self._teller.place(span)}"
            yield e(
                "details",
                e("summary", f"{where}: {self._teller.said(span)}"),
                self._teller.resources(f"Resources of {where} ({number})", span, parts),
                self._more(len(span.parts) - len(parts), "that succeeded"),
                open=span.failed,
            )
        if not stacks:
            yield e("p", "No stack changed any resource.")

    def _more(self, left: int, which: str) -> Element | None:
        """Say what tells the rest, where there is too much for a page."""
        if left <= 0:
            return None
        since = f"{self._timeline.began:%Y-%m-%dT%H:%M:%SZ}"
        command = f"gen logs -e {self._course.environment} --since {since}"
        return e("p", e("small", f"{left} more {which}".rstrip(), ": ", code(command)))


def _stack(span: Span) -> tuple[str, ...]:
    return span.source, span.account, span.region
