"""Releases: what one is, what became of it, and what it would change. Pure: nothing here calls AWS.

service.py names what is released and where, from a configuration or a build; record.py is what a
release is made of, for good; history.py folds what was noted of releases into what each is worth;
changes.py tells a person what a release would change.
"""

from generator.releases.changes import changes
from generator.releases.history import Entry, History, What
from generator.releases.record import Code, Record
from generator.releases.service import Service

__all__ = ["Code", "Entry", "History", "Record", "Service", "What", "changes"]
