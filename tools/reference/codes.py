"""The page of all codes that can be explained, from their one list."""

from __future__ import annotations

from generator.codes import FAMILIES, Code
from reference import WRITTEN, table

HEAD = f"""\
# Codes

{WRITTEN.format(source="generator/codes/")}

Exit codes of every command, and what AWS calls the state of things. `gen explain CODE` says the
same at the terminal. Data goes to stdout, everything else to stderr. An error says where, what is
wrong and what to do about it; all mistakes come at once.

Findings have codes, too: P101 to P601 are those of [preflight](../preflight.md), E9… and W9… our
[rules](../rules.md) for templates, buildspecs and appspecs, other E…, W… and I… those of
[cfn-lint](https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md).
"""
TITLES = {
    "exit code": "Exit codes",
    "stack instance": "Stack instances",
    "stack instance, in detail": "Stack instances, in detail",
    "StackSet operation": "StackSet operations",
    "stack": "Stacks",
    "drift": "Drift",
    "AWS refused a call": "Why AWS refused a call",
    "a resource failed": "Why a resource failed",
}
"""By family; preflight has a page of its own."""


def page() -> str:
    """Write the page."""
    lines = [HEAD]
    for family, title in TITLES.items():
        rows = (_row(code) for code in FAMILIES[family])
        lines += [f"## {title}\n", *table(("code", "means", "how it comes to that", "to do"), rows)]
    return "\n".join(lines).rstrip() + "\n"


def _row(code: Code) -> tuple[str, str, str, str]:
    web = code.source.startswith("https://")
    name = f"[{code.number}]({code.source})" if web else code.number
    return name, code.title, code.goes_wrong, code.to_do
