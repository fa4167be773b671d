"""Publish the events of builds.

https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
"""

import time
from typing import Any

from localcloud import ministack, ministack_events
from localcloud.codebuild.model import Build, Record


def state_changed(build: Build) -> None:
    """Tell that a build has begun or ended."""
    record = build.snapshot()
    status = record["buildStatus"]
    _announce(
        build,
        "CodeBuild Build State Change",
        {
            "build-status": status,
            "current-phase": record["currentPhase"],
            "current-phase-context": "[]",
            "additional-information": _information(record),
        },
    )


def phase_ended(build: Build, phase: Record) -> None:
    """Tell that a phase has ended."""
    record, told = build.snapshot(), _phase(phase)
    _announce(
        build,
        "CodeBuild Build Phase Change",
        {
            "completed-phase": told["phase-type"],
            "completed-phase-status": told["phase-status"],
            "completed-phase-context": str(told["phase-context"]).replace("'", ""),
            "completed-phase-start": told["start-time"],
            "completed-phase-end": told["end-time"],
            "completed-phase-duration-seconds": told["duration-in-seconds"],
            "additional-information": _information(record),
        },
    )


def _announce(build: Build, detail_type: str, detail: dict[str, Any]) -> None:
    told = {
        "project-name": build.record["projectName"],
        "build-id": build.arn,
        "version": "1",
        **detail,
    }

    def publish() -> None:
        with ministack.at(build.place):
            ministack_events.put_event("aws.codebuild", detail_type, told, [build.arn])

    # Builds run on threads; what an event sets off belongs on the loop, in order.
    ministack.on_the_loop(publish)


def _information(record: Record) -> dict[str, Any]:
    environment, logs = record["environment"], record["logs"]
    artifact = record.get("artifacts") or {}
    keys = {"md5sum": "md5sum", "sha256sum": "sha256sum", "location": "location"}
    return {
        "artifact": {name: artifact[key] for name, key in keys.items() if key in artifact},
        "environment": {
            "image": environment.get("image"),
            "privileged-mode": environment.get("privilegedMode", False),
            "compute-type": environment.get("computeType"),
            "type": environment.get("type"),
            "environment-variables": environment.get("environmentVariables", []),
        },
        "timeout-in-minutes": record["timeoutInMinutes"],
        "build-complete": record["buildComplete"],
        "build-number": record["buildNumber"],
        "initiator": record["initiator"],
        "build-start-time": written_time(record["startTime"]),
        "source": {
            key: record["source"][key] for key in ("location", "type") if key in record["source"]
        },
        "source-version": record.get("sourceVersion", ""),
        "logs": {
            "group-name": logs.get("groupName"),
            "stream-name": logs.get("streamName"),
            "deep-link": logs.get("deepLink"),
        },
        "phases": [_phase(one) for one in record["phases"]],
    }


def _phase(phase: Record) -> dict[str, Any]:
    contexts = phase.get("contexts") or []
    told = {
        "phase-context": [f"{one['statusCode']}: {one['message']}" for one in contexts],
        "start-time": written_time(phase["startTime"]),
        "phase-type": phase["phaseType"],
    }
    if "endTime" in phase:
        told["end-time"] = written_time(phase["endTime"])
        told["duration-in-seconds"] = phase["durationInSeconds"]
        told["phase-status"] = phase["phaseStatus"]
    return told


def written_time(seconds: float) -> str:
    """Return a time as these events, and no others, write it: Sep 1, 2017 4:12:29 PM."""
    at = time.gmtime(seconds)
    return time.strftime(f"%b {at.tm_mday}, %Y {at.tm_hour % 12 or 12}:%M:%S %p", at)
