"""Which rules' findings are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from generator.lint.findings import Finding

ALWAYS = "E000"
"""What begins so says that nothing could be judged."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Rules by id or by its beginning, as cfn-lint takes them: `E92` is E9201 to E9299."""

    rules: tuple[str, ...] = ()
    """Only these; none: all errors and warnings."""
    ignore: tuple[str, ...] = ()
    """Not these."""

    def wants(self, finding: Finding) -> bool:
        """Tell whether a finding is wanted."""
        if self.ignore and finding.rule.startswith(self.ignore):
            return False
        return finding.rule.startswith((*self.rules, ALWAYS) if self.rules else ("E", "W"))


ALL = Selection()
