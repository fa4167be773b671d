"""What the shell of whoever runs the tests says: none of it may decide how a test ends."""

import os

BEGINNINGS = ("AWS_", "CFN_LINT", "GEN_", "GIT_", "POWERTOOLS_", "TASKCAT_")
NAMES = (
    "CI", "COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TERM", "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)  # fmt: skip


def forget() -> None:
    """Take out of this process's environment what the programs under test would listen to.

    They get what is left, as does every program that they start.
    """
    for name in list(os.environ):
        if name.startswith(BEGINNINGS) or name in NAMES:
            del os.environ[name]
