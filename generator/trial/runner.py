"""Run taskcat in a process of its own, and follow it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import generator
from generator.aws import Cloud
from generator.errors import GenError, Problem
from generator.trial.design import Trial
from generator.trial.project import CONFIG, OUTPUTS

LOG = f"{OUTPUTS}/taskcat.log"
REPORT = f"{OUTPUTS}/index.html"
_TIMEOUT = 10.0
_IN_ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
Told = Callable[[str, str, str, str], None]
"""Hears test, region, status, and why CloudFormation did not even begin."""


def check_installed() -> None:
    """Refuse to go on without taskcat."""
    try:
        importlib.metadata.version("taskcat")
    except importlib.metadata.PackageNotFoundError:
        raise GenError(
            Problem(
                "taskcat is not installed, which gen test runs",
                hint="install gen with its extra: pip install 'gen-stacksets[taskcat]'",
            )
        ) from None


def deploy(folder: Path, trial: Trial, cloud: Cloud, *, profile: str | None, told: Told) -> None:
    """Have taskcat deploy every test of a project, and write its report.

    A stack that fails is no error here; raises GenError when taskcat itself fails.
    """
    with (folder / LOG).open("wb") as log, _worker(folder, trial, cloud, profile, log) as worker:
        error = ""
        for line in worker.stdout or ():
            said = json.loads(line)
            if "error" in said:
                error = said["error"]
            else:
                told(said["test"], said["region"], said["status"], said["reason"])
        code = worker.wait()
    if code != 0:
        raise GenError(
            Problem(
                f"taskcat ended with {error or f'exit code {code}'}",
                hint=f"its log: {folder / LOG}",
            )
        )


@contextmanager
def _worker(
    folder: Path, trial: Trial, cloud: Cloud, profile: str | None, log: BinaryIO
) -> Iterator[subprocess.Popen[str]]:
    seconds = str(cloud.poll_seconds)
    worker = subprocess.Popen(
        [
            sys.executable, "-W", "ignore", "-m", "generator.trial.worker",
            str(folder), CONFIG, trial.account, seconds, profile or "",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=_environment(trial, cloud),
        # Python looks for modules there first: in a project's folder it would find the project's.
        cwd=Path(generator.__file__).parents[1],
        # Ctrl-C is ours to hear: what it has begun is deleted once it makes nothing more.
        start_new_session=True,
    )  # fmt: skip
    try:
        yield worker
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait(timeout=_TIMEOUT)
        if worker.stdout:
            worker.stdout.close()


def _environment(trial: Trial, cloud: Cloud) -> dict[str, str]:
    """Give the process the cloud, and the credentials, that we have ourselves."""
    ours = dict(os.environ)
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    if cloud.endpoint is None:
        # taskcat asks for the profile `default`, which would win over what the environment says.
        return ours | nowhere if any(ours.get(name) for name in _IN_ENVIRONMENT) else ours
    kept = {name: value for name, value in ours.items() if not name.startswith("AWS_")}
    return {
        **kept,
        **nowhere,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": trial.account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": trial.primary_region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
    }
