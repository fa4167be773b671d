"""Compare template texts as CloudFormation gives them back."""

from __future__ import annotations

import re


def same_text(desired: str, actual: str | None) -> bool:
    """Say whether a template that was read back is the one that would be sent.

    GetTemplate answers a question mark for every character outside ASCII, although what was
    deployed is right: without this, a template with one such character would always look changed.
    https://github.com/aws/aws-cdk/issues/10202
    """
    return actual is not None and _as_read_back(desired) == _as_read_back(actual)


def _as_read_back(text: str) -> str:
    return re.sub(r"[^\x00-\x7f]", "?", text)
