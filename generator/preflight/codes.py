"""Every code that a finding can have: docs/preflight.md lists them, --ignore takes them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from generator.errors import Problem, UsageError
from generator.preflight.code import CodePresent
from generator.preflight.concurrency import Concurrency
from generator.preflight.domains import Delegation, HostedZone, RecordFree
from generator.preflight.finding import Check, Code
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

ACCOUNT = Code(
    "P101",
    "account pinned",
    "The credentials belong to another account than the environment is pinned to. Every command"
    " looks at this before anything else, and goes no further.",
    "Use credentials of the pinned account (`--profile`), or change `targets.tools_account`.",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
    ignorable=False,
)
STATEFUL = Code(
    "P301",
    "nothing with data is replaced",
    "A change would replace or delete a resource that keeps data: a table, a bucket, a key, a"
    " secret, a log group.",
    "Undo the change of the property that cannot change in place, or move the data first. What may"
    " go all the same is named: --allow-replace.",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    ignorable=False,
)
_TOLD_ELSEWHERE = (ACCOUNT, STATEFUL)
"""Found by others than the checks here: by deploy.identity, and by the plan."""

CODES: dict[str, Code] = {
    code.number: code
    for code in sorted(
        {check.code for check in CHECKS} | set(_TOLD_ELSEWHERE), key=lambda code: code.number
    )
}
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
