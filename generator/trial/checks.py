"""What is looked at once the stacks are there: small questions, each with a name.

A check says what is wrong, or nothing. Those of a unit are asked one after the other, and all of
them, so that one run tells everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from generator.aws import Cloud, Objects, alarm_states, alias, function_tags
from generator.build.manifest import Manifest
from generator.config import logical_id
from generator.deploy.release.health import Expected, check_health
from generator.errors import GenError, Problem
from generator.plan.state import StackResource, StackState
from generator.trial.design import ARTIFACTS, CORE, Trial
from generator.units import SERVICE

ALIAS = "live"
_ALARM = "AWS::CloudWatch::Alarm"
_FUNCTION = "AWS::Lambda::Function"
_PROBE = "releases/test/probe"


@dataclass(frozen=True, slots=True)
class Scene:
    """A unit's stack in a region, and all that a check may want to know."""

    unit: str
    region: str
    stack: StackState
    resources: tuple[StackResource, ...]
    outputs: tuple[str, ...]
    """That the template promises."""
    trial: Trial
    manifest: Manifest
    cloud: Cloud


Check = Callable[[Scene], list[str]]


def tags(scene: Scene) -> list[str]:
    """Ask whether the stack has every tag of the parameter file, and has given it to functions."""
    place = {"account": scene.trial.account, "region": scene.region}
    there = {"the stack": scene.stack.tags}
    for one in scene.resources:
        if one.type == _FUNCTION:
            there[one.physical_id] = function_tags(scene.cloud, one.physical_id, **place)
    return [
        f"tag {name} of {what} is {tagged.get(name, 'missing')!r}, not {value!r}"
        for what, tagged in there.items()
        for name, value in scene.trial.tags.items()
        if tagged.get(name) != value
    ]


def outputs(scene: Scene) -> list[str]:
    """Ask whether each output is there, and says something."""
    missing = [name for name in scene.outputs if not scene.stack.outputs.get(name)]
    return [f"output {name} is missing or empty" for name in missing]


def alarms(scene: Scene) -> list[str]:
    """Ask whether each alarm of the template is there, is quiet, and tells somebody."""
    names = [one.physical_id for one in scene.resources if one.type == _ALARM]
    there = alarm_states(scene.cloud, names, account=scene.trial.account, region=scene.region)
    wrong = [f"alarm {name} does not exist" for name in names if name not in there]
    for alarm in there.values():
        if alarm.state == "ALARM":
            wrong.append(f"alarm {alarm.name} is in ALARM: {alarm.reason}")
        if not alarm.actions:
            wrong.append(f"alarm {alarm.name} tells nobody: it has no action that is switched on")
    return wrong


def bucket(scene: Scene) -> list[str]:
    """Ask whether the bucket takes an object, and gives it back, by its policy and its key."""
    name = scene.stack.outputs.get("BucketName", "")
    objects = Objects(scene.cloud, bucket=name, region=scene.region)
    data = scene.trial.name.encode()
    objects.put(_PROBE, data, content_type="text/plain")
    return [] if objects.get(_PROBE) == data else [f"{name} does not give back what it was given"]


def release(scene: Scene) -> list[str]:
    """Ask whether the stack says the release that was built."""
    said = scene.stack.outputs.get("Release")
    wanted = scene.manifest.release
    return [] if said == wanted else [f"it says release {said or 'none'}, not {wanted}"]


def live_alias(scene: Scene) -> list[str]:
    """Ask whether each function's alias is on its newest version, of the code that was built."""
    wrong = []
    for function in scene.manifest.functions:
        name = scene.stack.outputs.get(f"{logical_id(function.name)}FunctionName")
        if name is None:
            continue  # gen's own helpers have no alias
        found = alias(scene.cloud, name, ALIAS, account=scene.trial.account, region=scene.region)
        newest = scene.stack.outputs.get(f"{logical_id(function.name)}Version")
        if found is None:
            wrong.append(f"{name} has no alias {ALIAS}")
        elif found.version != newest:
            wrong.append(f"{name}: {ALIAS} is on version {found.version}, not {newest}")
        elif found.weights:
            wrong.append(f"{name}: part of the traffic goes to {', '.join(found.weights)}")
        elif found.code_sha256 != function.sha256:
            wrong.append(
                f"{name}: version {newest} is code {found.code_sha256[:12]},"
                f" not {function.sha256[:12]}"
            )
    return wrong


def health(scene: Scene) -> list[str]:
    """Ask whether the API answers for its health, with its region and the code that was built."""
    answering = scene.manifest.health_function
    function = next((f for f in scene.manifest.functions if f.name == answering), None)
    if function is None:
        return []
    if (url := scene.stack.outputs.get("ApiUrl")) is None:
        return ["the stack has no output ApiUrl"]
    wrong = check_health(
        url, Expected(scene.region, function.sha256), scene.cloud, sleep=time.sleep
    )
    return [wrong] if wrong else []


_ALWAYS: tuple[tuple[str, Check], ...] = (("tags", tags), ("outputs", outputs))
_OF_UNIT: dict[str, tuple[tuple[str, Check], ...]] = {
    CORE: (("alarms", alarms),),
    ARTIFACTS: (("bucket", bucket),),
    SERVICE: (
        ("release", release), ("alias", live_alias), ("health", health), ("alarms", alarms),
    ),
}  # fmt: skip
DEPLOYED = "deployed"
"""The first question of all, which trial.py answers: did the stack come up?"""


def names_of(unit: str) -> tuple[str, ...]:
    """Name the checks of a unit, in order, but for the first of all."""
    return tuple(name for name, _ in _checks(unit))


def ask(scene: Scene) -> list[tuple[str, list[Problem], float]]:
    """Ask all that is asked of a unit: name, what is wrong, and how many seconds it took."""
    where = f"{scene.unit} in {scene.region}"
    answers = []
    for name, check in _checks(scene.unit):
        began = time.monotonic()
        try:
            wrong = [Problem(f"{where}: {text}") for text in check(scene)]
        except GenError as error:
            wrong = [Problem(f"{where}: {problem}") for problem in error.problems]
        answers.append((name, wrong, time.monotonic() - began))
    return answers


def _checks(unit: str) -> tuple[tuple[str, Check], ...]:
    return (*_ALWAYS, *_OF_UNIT.get(unit, ()))
