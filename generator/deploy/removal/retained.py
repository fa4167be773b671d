"""What outlives a destruction, by name: nothing that holds data is deleted."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.aws import Cloud, Parameters, Stacks
from generator.plan.protection import kept_resources
from generator.releases import Service

NO_STACK = "(no stack)"
_GO_ALONG = frozenset({"AWS::Lambda::Version"})
"""Retained by their own policy, and yet gone with what they belong to: a function."""
_WITHOUT_NAMES = frozenset({"AWS::KMS::Key", "AWS::ApiGateway::Account"})
"""Types whose names AWS chooses, or that have none: in no new deployment's way."""


@dataclass(frozen=True, slots=True)
class Retained:
    """Something that stays."""

    unit: str
    account: str
    region: str
    logical_id: str
    type: str
    name: str
    """Its physical id; empty where the account cannot be looked into."""

    @property
    def takes_a_name(self) -> bool:
        """Whether a new deployment would want to make something of the same name."""
        return self.type not in _WITHOUT_NAMES and self.unit != NO_STACK


@dataclass(frozen=True, slots=True)
class Place:
    """A stack that is going to be deleted."""

    unit: str
    account: str
    region: str
    stack_id: str
    template: str


def retained(places: Iterable[Place], service: Service, cloud: Cloud) -> list[Retained]:
    """List what the deletion of stacks leaves behind, and the pointers that no stack owns."""
    with ThreadPoolExecutor(max_workers=16, thread_name_prefix="retained") as pool:
        pointers = pool.submit(_pointers, service, cloud)
        rows = [row for found in pool.map(lambda p: _of_stack(p, cloud), places) for row in found]
        return rows + pointers.result()


def _of_stack(place: Place, cloud: Cloud) -> list[Retained]:
    kept = {
        logical_id: kind
        for logical_id, kind in kept_resources(place.template).items()
        if kind not in _GO_ALONG
    }
    names = dict.fromkeys(kept, "")
    if kept and place.stack_id and cloud.reaches(place.account):
        stacks = Stacks(cloud, account=place.account, region=place.region)
        names = {
            row.logical_id: row.physical_id
            for row in stacks.resources(place.stack_id)
            if row.physical_id and row.status not in {"DELETE_COMPLETE", "CREATE_FAILED"}
        }
    return [
        Retained(place.unit, place.account, place.region, logical_id, kind, names[logical_id])
        for logical_id, kind in kept.items()
        if logical_id in names
    ]


def _pointers(service: Service, cloud: Cloud) -> list[Retained]:
    parameters = Parameters(cloud, region=service.primary_region)
    return [
        Retained(
            NO_STACK, service.tools_account, service.primary_region, "-",
            "AWS::SSM::Parameter", name,
        )
        for name in (service.current_parameter, service.last_good_parameter)
        if parameters.get(name) is not None
    ]  # fmt: skip
