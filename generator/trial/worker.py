"""Have taskcat deploy a project: what `taskcat test run --no-delete --lint-disable` does, and no
more, told line by line as JSON. A process of its own, the only one that imports taskcat.

Three things differ from the command. Where it looks once a minute, we look as often as we like.
Its report asks a web site for a stylesheet, and fails without: it gets ours. What the user's own
`~/.taskcat.yml` and TASKCAT_ variables say does not count: a run depends on its project only.
https://aws-ia.github.io/taskcat/docs/usage/USE_TASKCAT_AS_A_LIBRARY/
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import yaml

STYLESHEET = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .4rem .8rem; text-align: left; border-bottom: 1px solid #8886; }
td { white-space: nowrap; }
h3 { font-size: 1rem; margin: 0; }
.test-green { color: #0a6b2d; font-weight: 600; }
.test-red { color: #b00020; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .test-green { color: #6fd58f; }
  .test-red { color: #ff8a80; }
}
"""


def main(arguments: list[str]) -> int:
    """Deploy the project of a folder in an account; poll so often; with a profile, or none."""
    folder, config, account, seconds, profile = arguments
    # taskcat prints: that is its log. The lines that are read have a channel of their own.
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    project = yaml.safe_load((Path(folder) / config).read_text(encoding="utf-8"))
    if profile:
        project["project"]["auth"] = {"default": profile}
    try:
        _deploy(Path(folder), project, account, float(seconds), told)
    except Exception as error:  # whatever it is, people are told
        logging.getLogger("taskcat").exception("the run failed")
        _tell(told, {"error": f"{type(error).__name__}: {error}"})
        return 1
    return 0


def _deploy(
    folder: Path, project: dict[str, Any], account: str, seconds: float, told: TextIO
) -> None:
    import taskcat._generate_reports as reports
    from taskcat.testing import CFNTest

    logging.basicConfig(level=logging.INFO)
    reports.requests = _Stylesheet()
    test = CFNTest.from_dict(project, project_root=str(folder))
    for regions in test.config.get_regions().values():
        for name, region in regions.items():
            if region.account_id != account:
                raise RuntimeError(
                    f"taskcat acts in account {region.account_id} in {name}, not in {account}"
                )
    test.lint_disable = True  # each template was proven when it was rendered
    test.no_delete = True
    test.printer = _Follower(told, seconds)
    test.run()
    test.report(str(folder / "taskcat_outputs"))


class _Follower:
    """Follows the stacks until nothing of them is under way."""

    def __init__(self, told: TextIO, seconds: float):
        self._told = told
        self._seconds = seconds
        self._last: dict[tuple[str, str], str] = {}

    def report_test_progress(self, stacker: Any, poll_interval: float = 0) -> None:
        while True:
            for stack in stacker.stacks:
                stack.refresh()
                self._show(stack)
            if not any(status.endswith("IN_PROGRESS") for status in self._last.values()):
                return
            time.sleep(self._seconds)

    def _show(self, stack: Any) -> None:
        key = (stack.test_name, stack.region_name)
        if self._last.get(key) != stack.status:
            self._last[key] = stack.status
            # A stack that CloudFormation did not take has no events that say why.
            reason = stack.status_reason if stack.launch_exception else ""
            _tell(
                self._told,
                {"test": key[0], "region": key[1], "status": stack.status, "reason": reason},
            )


class _Stylesheet:
    """Stands in for the web site that the report asks."""

    text = STYLESHEET

    def get(self, url: str, **_: Any) -> _Stylesheet:
        return self


def _tell(told: TextIO, message: dict[str, str]) -> None:
    told.write(json.dumps(message) + "\n")
    told.flush()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    # taskcat's timers, a minute each, would be waited for.
    os._exit(code)
