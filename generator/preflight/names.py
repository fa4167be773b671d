"""P201, P202: what is about to be made has a name that is still free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from generator.aws import (
    TYPES_WITH_NAMES,
    AwsError,
    BucketName,
    bucket_name,
    existing,
    owner,
)
from generator.codes import preflight as codes
from generator.plan.naming import NAMES
from generator.preflight.finding import Finding, Look
from generator.preflight.scene import Scene
from generator.preflight.template import Resource
from generator.units import Pair

BUCKET = "AWS::S3::Bucket"
_GLOBAL = "AWS::IAM::Role"
"""Has one space of names for all regions of an account."""
_PROPERTIES = {type_: NAMES[type_] for type_ in TYPES_WITH_NAMES}


class BucketNames:
    """No bucket of that name is there, in any account."""

    code = codes.P201

    def looks(self, scene: Scene) -> Iterable[Look]:
        for unit, pair in scene.changes.pairs:
            for resource in scene.will_have(unit, pair):
                if resource.type == BUCKET and resource.text("BucketName"):
                    yield Look(*pair, partial(self.find, scene, unit, pair, resource))

    def find(self, scene: Scene, unit: str, pair: Pair, resource: Resource) -> Iterator[Finding]:
        if resource not in scene.new(unit, pair):
            return
        account, region = pair
        name = resource.text("BucketName") or ""
        match bucket_name(scene.cloud, name, account=account, region=region):
            case BucketName.TAKEN:
                message = f"{account} {region}: bucket name {name} is taken, by another account"
                hint = (
                    f"choose another project or environment (params/{scene.manifest.environment}"
                    ".yaml): bucket names are made of both"
                )
            case BucketName.OURS:
                belongs = _belongs(scene, unit, resource.type, name, pair)
                if belongs is None:
                    return
                message = f"{account} {region}: bucket {name} exists already{belongs}"
                hint = "empty and delete it, or bring it into the stack: gen import"
            case BucketName.FREE:
                return
        yield Finding(self.code.number, scene.problem(unit, resource, message, hint=hint))


class NameCollisions:
    """Nothing of that type has that name there already."""

    code = codes.P202

    def looks(self, scene: Scene) -> Iterable[Look]:
        for account, pairs in scene.places_by_account().items():
            wanted: dict[tuple[str, str], list[Pair]] = {}
            for pair in pairs:
                for type_name in _types(scene, pair):
                    region = scene.manifest.primary_region if type_name == _GLOBAL else pair[1]
                    wanted.setdefault((region, type_name), []).append(pair)
            for (region, type_name), places in wanted.items():
                yield Look(
                    account, region, partial(self.find, scene, account, region, type_name, places)
                )

    def find(
        self, scene: Scene, account: str, region: str, type_name: str, places: list[Pair]
    ) -> Iterator[Finding]:
        new: dict[str, list[tuple[str, str, Resource]]] = {}
        for place in places:
            for unit, resource in scene.new_at(place):
                if resource.type == type_name and (name := _name(resource)):
                    new.setdefault(name, []).append((unit, place[1], resource))
        if not new:
            return
        there = existing(scene.cloud, type_name, new, account=account, region=region)
        for name, physical_id in there.items():
            for unit, of, resource in new[name]:
                belongs = _belongs(scene, unit, type_name, physical_id, (account, of))
                if belongs is None:
                    continue
                short = type_name.removeprefix("AWS::").replace("::", " ")
                message = f"{account} {of}: {short} {name} exists already{belongs}"
                hint = (
                    "delete it, bring it into the stack (gen import), or choose another project or"
                    " environment: names are made of both"
                )
                yield Finding(self.code.number, scene.problem(unit, resource, message, hint=hint))


def _types(scene: Scene, place: Pair) -> dict[str, None]:
    """List the types of which something there will have a name."""
    resources = (resource for _, resource in scene.all_at(place))
    return dict.fromkeys(resource.type for resource in resources if _name(resource))


def _name(resource: Resource) -> str | None:
    """Give the name that a resource asks for, if it can be looked up."""
    name = _PROPERTIES.get(resource.type)
    if resource.type == "AWS::Events::Rule" and resource.value("EventBusName") is not None:
        return None
    return resource.text(name) if name else None


def _belongs(scene: Scene, unit: str, type_name: str, physical_id: str, pair: Pair) -> str | None:
    """Say to which stack something belongs, as far as that is known; None when it is the unit's."""
    account, region = pair
    try:
        stack = owner(scene.cloud, type_name, physical_id, account=account, region=region)
    except AwsError:
        return ""
    if stack is None:
        return ", and belongs to no stack there"
    built = scene.manifest.unit(unit)
    if built and (stack == built.stack_name or stack.startswith(f"StackSet-{built.stack_name}-")):
        return None
    return f", and belongs to stack {stack}" if stack else ""
