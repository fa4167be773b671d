"""Start and stop builds, each on a thread of its own."""

import threading

from localcloud import ministack
from localcloud.codebuild.model import Build
from localcloud.codebuild.run import Run
from localcloud.codebuild.workplace import Workplace, Workshop

PATIENCE_SECONDS = 5.0


class Runner:
    """Start and stop builds."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._runs: dict[str, Run] = {}

    def start(self, build: Build) -> None:
        """Begin; `build.done` is set at the end."""
        run = self._runs[build.arn] = Run(build, Workplace(build, self._workshop))
        threading.Thread(target=self._carry_out, args=(run,), daemon=True).start()

    def _carry_out(self, run: Run) -> None:
        with ministack.at(run.build.place):
            run.carry_out()
        del self._runs[run.build.arn]

    def stop(self, build: Build) -> None:
        """Stop a build and every process of it."""
        run = self._runs.get(build.arn)
        if run is not None:
            run.stop()

    def stop_all(self, *, wait: bool) -> None:
        """Stop every build, and wait until it is gone while the cloud can still answer it."""
        builds = [run.build for run in list(self._runs.values())]
        for build in builds:
            self.stop(build)
        for build in builds if wait else []:
            build.done.wait(PATIENCE_SECONDS)
