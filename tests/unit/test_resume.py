"""`gen resume`: what it starts, what it refuses, what it leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakeaws import Answer, FakeCloud, refusal

from generator.config import Config, load
from generator.deploy.operations.environment import Environment
from generator.deploy.operations.resume import Resume
from generator.deploy.progress import Row
from generator.errors import GenError

pytestmark = pytest.mark.unit
TOOLS = "111111111111"
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
RELEASE = "0123456789ab"
CANARY, *OTHERS = REGIONS = ("us-west-2", "us-east-1", "eu-central-1")


@pytest.fixture
def config(project: Path) -> Config:
    return load(project, "dev").config


@dataclass
class Told:
    """A progress that remembers what it was told."""

    notes: list[str] = field(default_factory=list)

    def begin(self, unit: str, purpose: str) -> None: ...

    def end(self, result: str) -> None: ...

    def close(self) -> None: ...

    def row(self, row: Row) -> None: ...

    def note(self, text: str) -> None:
        self.notes.append(text)


class Sets(FakeCloud):
    """A service whose instances are behind, and get current when they are updated."""

    def __init__(self, *, behind: tuple[str, ...], detailed: str = "CANCELLED", **more: Answer):
        self.behind = list(behind)
        self.detailed = detailed
        self.told = Told()
        answers: dict[str, Answer] = {
            "ssm.get_parameter": refusal("ParameterNotFound"),
            "s3.list_objects_v2": {},
            "s3.get_object": refusal("NoSuchKey"),
            "cloudformation.describe_stack_set": self._set,
            "cloudformation.list_stack_instances": self._instances,
            "cloudformation.list_stack_set_operations": {"Summaries": []},
            "cloudformation.update_stack_instances": self._update,
            "cloudformation.describe_stack_set_operation": {
                "StackSetOperation": {
                    "OperationId": "o", "Action": "UPDATE", "Status": "SUCCEEDED",
                    "CreationTimestamp": NOW,
                }
            },
            "cloudformation.list_stack_set_operation_results": {"Summaries": []},
        }  # fmt: skip
        super().__init__(answers | {k.replace("__", ".", 1): v for k, v in more.items()})

    def _set(self, StackSetName: str) -> dict[str, Any]:  # noqa: N803
        if StackSetName != "shop-dev-service":
            refusal("StackSetNotFoundException")()
        release = [{"ParameterKey": "Release", "ParameterValue": RELEASE}]
        found = {"StackSetId": "s", "TemplateBody": "Resources: {}", "Parameters": release}
        return {"StackSet": found}

    def _instances(self, **_: Any) -> dict[str, Any]:
        def row(region: str) -> dict[str, Any]:
            status, detailed = "CURRENT", "SUCCEEDED"
            if region in self.behind:
                inoperable = self.detailed == "INOPERABLE"
                status = "INOPERABLE" if inoperable else "OUTDATED"
                detailed = self.detailed
            return {
                "Account": TOOLS, "Region": region, "Status": status,
                "StackInstanceStatus": {"DetailedStatus": detailed},
            }  # fmt: skip

        return {"Summaries": [row(region) for region in REGIONS]}

    def _update(self, **arguments: Any) -> dict[str, Any]:
        self.behind = [region for region in self.behind if region not in arguments["Regions"]]
        return {"OperationId": arguments["OperationId"]}

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [sent for name, sent in self.calls if name == "update_stack_instances"]


def resume(config: Config, cloud: Sets) -> list[str]:
    environment = Environment(
        Path("nowhere"),
        config,
        cloud,
        cloud.told,
        sleep=lambda _: None,
    )
    cloud.poll_seconds = 0
    return Resume(environment, by="me").run()


def test_each_wave_is_one_operation_and_instances_keep_their_own_values(config: Config) -> None:
    cloud = Sets(behind=REGIONS)
    assert resume(config, cloud) == ["shop-dev-service"]
    assert [sent["Regions"] for sent in cloud.updates] == [[CANARY], OTHERS]
    assert all("ParameterOverrides" not in sent for sent in cloud.updates)
    assert all(sent["OperationId"].startswith("gen-") for sent in cloud.updates)


def test_with_nothing_behind_nothing_is_written(config: Config) -> None:
    cloud = Sets(behind=())
    assert resume(config, cloud) == []
    assert cloud.updates == []


def test_an_operation_that_somebody_else_begins_meanwhile_is_waited_for(config: Config) -> None:
    cloud = Sets(behind=REGIONS)
    update, refused = cloud._update, iter([True])

    def busy(**arguments: Any) -> dict[str, Any]:
        if next(refused, False):
            refusal("OperationInProgressException")()
        return update(**arguments)

    cloud.answers["cloudformation.update_stack_instances"] = busy
    assert resume(config, cloud) == ["shop-dev-service"]
    assert [sent["Regions"] for sent in cloud.updates] == [[CANARY], [CANARY], OTHERS]


def test_a_release_that_was_found_bad_is_not_spread(config: Config) -> None:
    key = f"history/20260101T120000.000Z-{RELEASE}-bad.json"
    history = {"Contents": [{"Key": key, "LastModified": NOW}]}
    cloud = Sets(behind=REGIONS, s3__list_objects_v2=history)
    with pytest.raises(GenError, match="found bad"):
        resume(config, cloud)
    assert cloud.updates == []


def test_an_inoperable_instance_is_told_after_the_others_are_brought_up(config: Config) -> None:
    cloud = Sets(behind=(CANARY,), detailed="INOPERABLE")
    with pytest.raises(GenError, match=r"INOPERABLE[^$]*--retain-stacks"):
        resume(config, cloud)
    assert cloud.updates == []


def test_a_failed_wave_keeps_the_next_one_from_beginning(config: Config) -> None:
    failed = {
        "StackSetOperation": {
            "OperationId": "o", "Action": "UPDATE", "Status": "FAILED", "CreationTimestamp": NOW,
        }
    }  # fmt: skip
    results = [{"Account": TOOLS, "Region": CANARY, "Status": "FAILED", "StatusReason": "no room"}]
    cloud = Sets(
        behind=REGIONS,
        cloudformation__describe_stack_set_operation=failed,
        cloudformation__list_stack_set_operation_results={"Summaries": results},
    )
    with pytest.raises(GenError, match=f"{CANARY}: no room"):
        resume(config, cloud)
    assert [sent["Regions"] for sent in cloud.updates] == [[CANARY]]
