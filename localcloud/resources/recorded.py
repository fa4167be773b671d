"""Resources that are only recorded: checked, remembered and named, with nothing behind them."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localcloud import ministack, ministack_types, schemas
from localcloud.ministack import Place, Properties
from localcloud.ministack_types import Created, ResourceType
from localcloud.resources import shapes

MAX_NAME = 64
# Their names are unique in an account, whatever the region.
_GLOBAL = ("AWS::CE::", "AWS::Budgets::", "AWS::IAM::", "AWS::Route53::", "AWS::CloudFront::")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A resource that a stack believes to have."""

    account: str
    region: str
    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: Properties


class Records:
    """Keep the recorded resources of all accounts and regions."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str, str, str], Recorded] = {}

    def __iter__(self) -> Iterator[Recorded]:
        return iter(list(self._by_key.values()))

    def clear(self) -> None:
        self._by_key.clear()

    def resource_type(self, type_name: str) -> ResourceType:
        """Return how resources of a type are recorded."""
        return ResourceType(
            create=functools.partial(self._create, type_name),
            update=functools.partial(self._update, type_name),
            delete=functools.partial(self._delete, type_name),
        )

    def _create(self, type_name: str, logical_id: str, given: Properties, stack: str) -> Created:
        place = ministack.current_place()
        schema = _schema(type_name, place)
        generated = functools.partial(
            ministack_types.physical_name, stack, logical_id, max_length=MAX_NAME, lower=False
        )
        named = shapes.name_property(schema)
        properties = given if named is None or named in given else {**given, named: generated()}
        # The generated name carries the seed of a replacement, so made-up ids change with it.
        who = shapes.Identity(place.account, place.region, f"{type_name}:{generated()}", properties)
        known = shapes.attributes(schema, who)
        physical_id = shapes.physical_id(schema, who, known, generated)
        key = _key(type_name, place, physical_id)
        if key in self._by_key:
            raise ValueError(
                f"Resource of type '{type_name}' with identifier '{physical_id}' already exists."
            )
        self._by_key[key] = Recorded(
            place.account, place.region, stack, logical_id, type_name, physical_id, properties
        )
        return physical_id, known

    def _update(
        self,
        type_name: str,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack: str,
        logical_id: str,
    ) -> Created:
        place = ministack.current_place()
        key = _key(type_name, place, physical_id)
        before = self._by_key.pop(key, None)
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if changed & _schema(type_name, place).create_only:
            ministack_types.draw_new_name()
        try:
            new_id, known = self._create(type_name, logical_id, new, stack)
        except ValueError:
            if before is not None:
                self._by_key[key] = before
            raise
        if new_id != physical_id and before is not None:
            # A replacement, whose predecessor the stack deletes when all went well.
            self._by_key[key] = before
        return new_id, known

    def _delete(self, type_name: str, physical_id: str, _: Properties) -> None:
        self._by_key.pop(_key(type_name, ministack.current_place(), physical_id), None)


def _key(type_name: str, place: Place, physical_id: str) -> tuple[str, str, str, str]:
    region = "" if type_name.startswith(_GLOBAL) else place.region
    return place.account, region, type_name, physical_id


def _schema(type_name: str, place: Place) -> schemas.ResourceSchema:
    schema = schemas.find(type_name, place.region)
    if schema is None:
        raise ValueError(f"{type_name} is not available in {place.region}")
    return schema


def report(records: Records) -> list[dict[str, Any]]:
    """Return what is only recorded, for whoever should not be fooled."""
    return [
        {
            "account": one.account,
            "region": one.region,
            "stack": one.stack,
            "logical_id": one.logical_id,
            "type": one.type,
            "physical_id": one.physical_id,
        }
        for one in records
    ]
