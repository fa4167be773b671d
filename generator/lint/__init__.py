"""Prove templates with cfn-lint, in this process, and say which `.j2` line each finding is about.

prove.py and permissions.py are the only importers of cfn-lint; settings.yaml pins what it checks.
"""

from generator.lint.findings import Finding, Level, Subject
from generator.lint.permissions import Needs, SetOnce, needs_of, set_once_of
from generator.lint.prove import prove

__all__ = ["Finding", "Level", "Needs", "SetOnce", "Subject", "needs_of", "prove", "set_once_of"]
