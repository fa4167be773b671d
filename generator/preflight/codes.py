"""Every code that a finding can have: docs/preflight.md lists them, --ignore takes them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from generator.codes import Code
from generator.codes import preflight as codes
from generator.errors import Problem, UsageError
from generator.preflight.code import CodePresent
from generator.preflight.concurrency import Concurrency
from generator.preflight.domains import Delegation, HostedZone, RecordFree
from generator.preflight.finding import Check
from generator.preflight.names import BucketNames, NameCollisions
from generator.preflight.quotas import QUOTAS
from generator.preflight.regions import OptInTrust, RegionEnabled
from generator.preflight.stacks import InstanceQuota, OperationQuota, StackQuota, StackSetQuota

CHECKS: tuple[Check, ...] = (
    RegionEnabled(),
    OptInTrust(),
    BucketNames(),
    NameCollisions(),
    StackQuota(),
    StackSetQuota(),
    InstanceQuota(),
    OperationQuota(),
    *QUOTAS,
    Concurrency(),
    HostedZone(),
    Delegation(),
    RecordFree(),
    CodePresent(),
)
"""What is looked at before anything is made."""

ACCOUNT = codes.P101
STATEFUL = codes.P301
"""Found by others than the checks here: the first by deploy.identity, the second by the plan."""

CODES: dict[str, Code] = {code.number: code for code in codes.CODES}
"""By number."""


def ignored_codes(given: Iterable[str]) -> frozenset[str]:
    """Read what --ignore names: codes, also several with commas between them.

    Raises UsageError for codes that there are not, or that cannot be ignored.
    """
    wanted = [code for text in given for code in text.upper().replace(",", " ").split()]
    problems = []
    for code in dict.fromkeys(wanted):
        if code not in CODES:
            close = difflib.get_close_matches(code, CODES, n=3, cutoff=0.5)
            meant = [f"{number} ({CODES[number].title})" for number in close]
            problems.append(
                Problem(
                    f"--ignore {code}: there is no such code",
                    hint=f"did you mean {' or '.join(meant)}?"
                    if meant
                    else "see docs/preflight.md",
                )
            )
        elif not CODES[code].ignorable:
            problems.append(
                Problem(
                    f"--ignore {code}: this cannot be ignored ({CODES[code].title})",
                    hint=CODES[code].to_do,
                )
            )
    if problems:
        raise UsageError(problems)
    return frozenset(wanted)
