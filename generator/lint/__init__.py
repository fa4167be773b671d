"""Prove templates with cfn-lint, in this process, and say which `.j2` line each finding is about.

linter.py and permissions.py are the only importers of cfn-lint, and imported only for what the
store does not know; settings.yaml pins what is checked.
"""

from generator.lint.findings import Finding, Level, Subject
from generator.lint.needs import Needs, needs_of
from generator.lint.prove import prove
from generator.lint.set_once import SetOnce, set_once_of
from generator.lint.store import Store

__all__ = [
    "Finding",
    "Level",
    "Needs",
    "SetOnce",
    "Store",
    "Subject",
    "needs_of",
    "prove",
    "set_once_of",
]
