"""Do all checks at once, and tell everything that was found at once."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.aws import AwsError, Cloud
from generator.build.manifest import Manifest
from generator.codes import Code
from generator.errors import GenError, Problem
from generator.preflight.codes import CHECKS, CODES
from generator.preflight.finding import Check, Finding, Look
from generator.preflight.scene import Changes, Scene

_AT_ONCE = 16
"""Looks at the same time: few of them go to one API of one account and region, so that AWS's rates
(ten a second for most lists) hold."""


def preflight(
    manifest: Manifest,
    folder: Path,
    cloud: Cloud,
    *,
    changes: Changes,
    ignore: frozenset[str] = frozenset(),
    checks: Iterable[Check] = CHECKS,
) -> list[Finding]:
    """Look at everything that would stop these changes half-way, and change nothing.

    What could not be looked at is a finding that blocks nothing. The most serious come first.
    """
    scene = Scene(manifest, folder, cloud, changes)
    looks = [(check.code, look) for check in checks for look in check.looks(scene)]
    found: dict[Finding, None] = {}
    blind: dict[tuple[str, str, str], list[tuple[Look, Problem]]] = {}
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="preflight") as pool:
        answers = list(pool.map(lambda pair: _see(cloud, pair[1]), looks))
        for (code, look), answer in zip(looks, answers, strict=True):
            if isinstance(answer, GenError) and (look.account, look.region) in scene.unusable:
                continue  # what follows from the one finding that tells why
            if isinstance(answer, GenError):
                reason = answer.code if isinstance(answer, AwsError) else ""
                key = code.number, look.account, reason
                blind.setdefault(key, []).append((look, answer.problems[0]))
            else:
                found |= dict.fromkeys(answer)
    findings = [*found, *(_unseen(CODES[code], rows) for (code, _, _), rows in blind.items())]
    findings = [f.as_ignored() if f.code in ignore else f for f in findings]
    return sorted(findings, key=_order)


def refusal(findings: Iterable[Finding]) -> GenError | None:
    """Give the error that stops a deployment; None when nothing does."""
    problems = [told(finding) for finding in findings if finding.stops]
    return GenError(problems) if problems else None


def told(finding: Finding) -> Problem:
    """Word a finding as a problem that names its code, and how to go on all the same."""
    problem = finding.problem
    hint = problem.hint
    if finding.stops and CODES[finding.code].ignorable:
        hint = f"{hint + '; or ' if hint else ''}go on all the same: --ignore {finding.code}"
    return Problem(f"{finding.code} {problem.message}", problem.file, problem.line, hint)


def _see(cloud: Cloud, look: Look) -> list[Finding] | GenError:
    if not cloud.reaches(look.account):
        return GenError(f"account {look.account} is not reached from here: set targets.assume_role")
    try:
        return list(look.see())
    except GenError as error:
        return error
    except (LookupError, TypeError, ValueError) as error:
        # A look is no reason to stop: neither is an answer of another shape than the documented.
        return GenError(f"AWS's answer was not understood ({error!r})")


def _unseen(code: Code, rows: list[tuple[Look, Problem]]) -> Finding:
    """Say once for an account what could not be looked at there, and why."""
    regions = ", ".join(dict.fromkeys(look.region for look, _ in rows))
    return Finding(
        code.number,
        Problem(
            f"{code.title}: could not be looked at in {rows[0][0].account} ({regions}):"
            f" {rows[0][1].message}",
            hint=f"nothing is stopped by this; leave the look out with --ignore {code.number}",
        ),
        blocking=False,
    )


def _order(finding: Finding) -> tuple[bool, str, str, int, str]:
    problem = finding.problem
    return (
        not finding.stops,
        finding.code,
        str(problem.file or ""),
        problem.line or 0,
        problem.message,
    )
