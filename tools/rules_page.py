"""Write docs/rules.md from the rules themselves: `python tools/rules_page.py`."""

from __future__ import annotations

from pathlib import Path

from generator.lint import catalogue
from generator.report.rules import page

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(catalogue().rules.values()), encoding="utf-8")


if __name__ == "__main__":
    main()
