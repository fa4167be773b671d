"""Test reports: what a buildspec's reports say, counted."""

import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from localcloud import ministack
from localcloud.codebuild import files
from localcloud.codebuild.buildspec import Files
from localcloud.codebuild.model import Build, Record

_FORMATS = ("JUNITXML",)


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


def _record(build: Build, name: str, statuses: dict[str, int], duration: float) -> Record:
    """Return the report as the API describes it."""
    place, project = build.place, build.record["projectName"]
    prefix = f"arn:aws:codebuild:{place.region}:{place.account}"
    group = name if name.startswith("arn:") else f"{prefix}:report-group/{project}-{name}"
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
