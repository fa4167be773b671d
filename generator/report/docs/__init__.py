"""The page about a system: a file for each group of its sections, joined by `page`."""

from generator.report.docs.page import write

__all__ = ["write"]
