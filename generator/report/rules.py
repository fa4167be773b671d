"""The page that lists all rules of the pack, with examples: docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.lint import Rule

GROUPS = {
    "91": "IAM and key policies",
    "92": "Storage and encryption",
    "93": "Functions",
    "94": "APIs",
    "95": "Pipelines and builds",
    "96": "Observability",
    "97": "Regions, names, tags",
    "98": "Delivery and rollback",
    "99": "Files beside the templates",
    "90": "Suppressions",
}
"""By the first two digits of the id."""
HEAD = """\
# Rules

<!-- Written by `make docs` from the rules themselves: change those. -->

{count} mistakes that pipelines and services in many regions have shipped with, each a rule of
cfn-lint. E… is an error: it fails `gen lint`, `gen render` and `gen deploy`. W… is a warning: it
fails `gen lint --strict`. [lint.md](lint.md) tells how to run them, with `gen` or without, and how
to switch one off where it is wrong. `gen lint --explain ID` shows the same at the terminal.

In the examples, `# <- Name` stands where the finding is, and names what it is about.
"""


def page(rules: Iterable[Rule]) -> str:
    """Write the page."""
    ours = sorted((rule for rule in rules if rule.ours), key=lambda rule: rule.id[1:] + rule.id)
    parts = [HEAD.format(count=len(ours))]
    for digits, name in GROUPS.items():
        group = [rule for rule in ours if rule.id[1:3] == digits]
        if group:
            parts += [f"## {name}\n", _contents(group), *map(_entry, group)]
    return "\n".join(parts)


def _contents(rules: Iterable[Rule]) -> str:
    rows = [f"| [{rule.id}](#{rule.id.lower()}) | {_cell(rule.shortdesc)} |" for rule in rules]
    return "\n".join(["| rule | what is wrong |", "| --- | --- |", *rows, ""])


def _entry(rule: Rule) -> str:
    return "\n".join(_lines(rule))


def _lines(rule: Rule) -> Iterator[str]:
    # The heading is the id alone, so that links to it stay when the words change.
    yield f"### {rule.id}\n"
    yield f"**{rule.shortdesc}.** {' '.join(rule.description.split())}"
    yield f"([more]({rule.source_url}))\n"
    for name, example in (("Bad", rule.bad), ("Good", rule.good)):
        yield f"{name}:\n\n```yaml\n{example.strip()}\n```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
