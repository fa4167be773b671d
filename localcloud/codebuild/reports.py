"""Test reports: what a buildspec's reports say, counted."""

import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from localcloud import ministack, ministack_access
from localcloud.codebuild import files
from localcloud.codebuild.buildspec import Files
from localcloud.codebuild.model import Build, Record

_FORMATS = ("JUNITXML",)


# What a role needs for reports of tests; a group that is named by its ARN is there already.
# https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html
_ACTIONS = ("CreateReport", "UpdateReport", "BatchPutTestCases")


def take(
    build: Build,
    name: str,
    wanted: Files,
    folder: Path,
    environment: dict[str, str],
    say: Callable[[str], None],
) -> Record | None:
    """Return the report of a build's report files, or None when there are none to count."""
    if wanted.file_format.upper() not in _FORMATS:
        say(f"The local cloud counts no reports of format {wanted.file_format}: {name}")
        return None
    try:
        found = files.select(wanted, folder, environment)
    except files.NoArtifactsError:
        say(f"No matching report paths found: {name}")
        return None
    statuses: dict[str, int] = {}
    duration = 0.0
    for path in found.values():
        try:
            cases = list(ElementTree.parse(path).iter("testcase"))
        except ElementTree.ParseError as error:
            say(f"Not a report of format {wanted.file_format}: {path.name}: {error}")
            return None
        for case in cases:
            status = _status(case)
            statuses[status] = statuses.get(status, 0) + 1
            duration += float(case.get("time") or 0)
    return _record(build, name, statuses, duration)


def _status(case: ElementTree.Element) -> str:
    for tag, status in (("failure", "FAILED"), ("error", "ERROR"), ("skipped", "SKIPPED")):
        if case.find(tag) is not None:
            return status
    return "SUCCEEDED"


def denial(build: Build, access_key: str, name: str) -> str | None:
    """Return why the role may not make a report, or None if it may."""
    group = _group(build, name)
    actions = _ACTIONS if group == name else ("CreateReportGroup", *_ACTIONS)
    for action in actions:
        refused = ministack_access.denial(access_key, f"codebuild:{action}", group)
        if refused:
            return refused
    return None


def _group(build: Build, name: str) -> str:
    place, project = build.place, build.record["projectName"]
    own = f"arn:aws:codebuild:{place.region}:{place.account}:report-group/{project}-{name}"
    return name if name.startswith("arn:") else own


def _record(build: Build, name: str, statuses: dict[str, int], duration: float) -> Record:
    """Return the report as the API describes it."""
    group = _group(build, name)
    failed = statuses.get("FAILED", 0) + statuses.get("ERROR", 0)
    return {
        "arn": f"{group.replace(':report-group/', ':report/')}:{ministack.new_id()}",
        "type": "TEST",
        "name": name,
        "reportGroupArn": group,
        "executionId": build.arn,
        "status": "FAILED" if failed else "SUCCEEDED",
        "created": time.time(),
        "testSummary": {
            "total": sum(statuses.values()),
            "statusCounts": statuses,
            "durationInNanoSeconds": int(duration * 1e9),
        },
    }
