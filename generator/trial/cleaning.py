"""Delete what a run has made, by the names that it wrote down before: nothing else, and all of it.

A bucket that is not empty can't be deleted, and logs may reach one until its stack is gone: so the
buckets of a run's stacks are emptied, the stacks deleted, and both again where something was left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.aws import (
    BucketName,
    Cloud,
    Stacks,
    bucket_name,
    delete_bucket,
    empty_bucket,
)
from generator.errors import GenError
from generator.plan.state import StackResource
from generator.trial.design import Trial

_BUCKET = "AWS::S3::Bucket"
_STACK = "AWS::CloudFormation::Stack"
_ROUNDS = 3
_PATIENCE_SECONDS = 3600.0
"""Networks of functions take long to let go."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something of a run that is still there."""

    region: str
    type: str
    name: str
    why: str


def is_there(trial: Trial, cloud: Cloud) -> bool:
    """Say whether anything of a run exists."""

    def look(place: tuple[str, str]) -> bool:
        stack, region = place
        return _stacks(trial, cloud, region).describe(stack) is not None

    def look_bucket(place: tuple[str, str]) -> bool:
        region, bucket = place
        there = bucket_name(cloud, bucket, account=trial.account, region=region)
        return there is BucketName.OURS

    with ThreadPoolExecutor(max_workers=16, thread_name_prefix="left") as pool:
        return any([
            *pool.map(look, trial.stacks), *pool.map(look_bucket, trial.buckets.items()),
        ])  # fmt: skip


def clean(trial: Trial, cloud: Cloud, *, say: Callable[[str], None]) -> list[Left]:
    """Delete every stack and bucket of a run; give what would not go.

    Ctrl-C ends the waiting: what CloudFormation has begun goes on.
    """
    stopping = threading.Event()
    pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="clean")
    try:
        left = _all(trial, cloud, stopping, pool)
        if not left and is_there(trial, cloud):
            # A call that was under way when we were interrupted has taken effect since.
            left = _all(trial, cloud, stopping, pool)
    except KeyboardInterrupt:
        say(f"not waited for; what is left goes by {trial.cleaning}")
        raise
    finally:
        stopping.set()
        pool.shutdown(cancel_futures=True)
    return left


def _all(
    trial: Trial, cloud: Cloud, stopping: threading.Event, pool: ThreadPoolExecutor
) -> list[Left]:
    stacks = pool.map(lambda place: _delete_stack(trial, cloud, place, stopping), trial.stacks)
    buckets = pool.map(lambda b: _delete_bucket(trial, cloud, *b), trial.buckets.items())
    return [one for some in (*stacks, *buckets) for one in some]


def _delete_stack(
    trial: Trial, cloud: Cloud, place: tuple[str, str], stopping: threading.Event
) -> list[Left]:
    name, region = place
    stacks = _stacks(trial, cloud, region)
    try:
        state = stacks.describe(name)
        if state is None:
            return []
        why = ""
        for _ in range(_ROUNDS):
            _empty(trial, cloud, region, stacks, state.id)
            stacks.delete(state.id)
            why = _ended(stacks, state.id, cloud, stopping)
            if not why:
                return [
                    Left(region, one.type, one.physical_id, "its template keeps it")
                    for one in _resources(stacks, state.id)
                    if one.status == "DELETE_SKIPPED"
                ]
        return [
            Left(region, one.type, one.physical_id, "CloudFormation could not delete it")
            for one in _resources(stacks, state.id)
            if one.status == "DELETE_FAILED"
        ] or [Left(region, _STACK, name, why)]
    except GenError as error:
        return [Left(region, _STACK, name, "; ".join(p.message for p in error.problems))]


def _ended(stacks: Stacks, stack: str, cloud: Cloud, stopping: threading.Event) -> str:
    """Wait until a stack's deletion has ended; say what it says then, nothing once it is gone."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while (state := stacks.describe(stack)) is not None and time.monotonic() < until:
        if not state.in_progress:
            return state.reason or state.status
        if stopping.wait(cloud.poll_seconds):
            break
    return "" if state is None else f"still {state.status}"


def _empty(trial: Trial, cloud: Cloud, region: str, stacks: Stacks, stack: str) -> None:
    for one in _resources(stacks, stack):
        if one.type == _BUCKET and one.physical_id:
            empty_bucket(cloud, one.physical_id, account=trial.account, region=region)


def _resources(stacks: Stacks, stack: str) -> Iterator[StackResource]:
    """Yield what a stack and those nested in it hold."""
    for one in stacks.resources(stack):
        yield one
        if one.type == _STACK and one.physical_id.startswith("arn:"):
            yield from _resources(stacks, one.physical_id)


def _delete_bucket(trial: Trial, cloud: Cloud, region: str, bucket: str) -> list[Left]:
    try:
        delete_bucket(cloud, bucket, account=trial.account, region=region)
    except GenError as error:
        why = "; ".join(problem.message for problem in error.problems)
        return [Left(region, _BUCKET, bucket, why)]
    return []


def _stacks(trial: Trial, cloud: Cloud, region: str) -> Stacks:
    return Stacks(cloud, account=trial.account, region=region)
