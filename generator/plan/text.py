"""Compare what would be sent with what CloudFormation gives back."""

from __future__ import annotations

import re
from collections.abc import Mapping

MASKED = "****"
"""What CloudFormation answers for the value of a NoEcho parameter."""


def same_text(desired: str, actual: str | None) -> bool:
    """Say whether a text that was read back is the one that would be sent.

    CloudFormation answers a question mark for every character outside ASCII, although what it
    deployed is right: without this, a template with one such character would always look changed.
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1220
    """
    return actual is not None and as_read_back(desired) == as_read_back(actual)


def same_values(desired: Mapping[str, str], actual: Mapping[str, str]) -> bool:
    """Say the same of parameter values or tags.

    A secret (NoEcho) is never read back, so that it counts as the same: else every look would find
    a change. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    return desired.keys() == actual.keys() and all(
        actual[key] == MASKED or same_text(value, actual[key]) for key, value in desired.items()
    )


def as_read_back(text: str) -> str:
    """Give a text as CloudFormation gives it back."""
    return re.sub(r"[^\x00-\x7f]", "?", text)
