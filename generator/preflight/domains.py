"""P501 to P503: the API's domain name has its zone, is found by the world, and is still free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from generator.aws import Zone, delegation, records, zone
from generator.codes import preflight as codes
from generator.preflight.finding import Finding, Look
from generator.preflight.scene import Scene
from generator.preflight.template import Resource
from generator.units import Pair

_RECORD = "AWS::Route53::RecordSet"


class HostedZone:
    """The account has the public hosted zone, and the domain name is of it."""

    code = codes.P501

    def looks(self, scene: Scene) -> Iterable[Look]:
        for account, region, unit, record in _records(scene):
            yield Look(account, region, partial(self.find, scene, account, unit, record))

    def find(self, scene: Scene, account: str, unit: str, record: Resource) -> Iterator[Finding]:
        id_, domain = record.text("HostedZoneId") or "", record.text("Name") or ""
        found = _zone(scene, id_, account)
        if found is None:
            message = f"account {account} has no hosted zone {id_}, in which {domain} is to be"
        elif found.private:
            message = f"hosted zone {id_} is private: nobody outside would find {domain}"
        elif not found.covers(domain):
            message = f"hosted zone {id_} is of {found.name}, which {domain} is no part of"
        else:
            return
        hint = (
            f"correct api.domain in params/{scene.manifest.environment}.yaml, or make the zone in"
            f" account {account}"
        )
        yield Finding(self.code.number, scene.problem(unit, record, message, hint=hint))


class Delegation:
    """Where the zone above is in the same account, it names the zone's servers."""

    code = codes.P502

    def looks(self, scene: Scene) -> Iterable[Look]:
        for account, region, unit, record in _records(scene):
            yield Look(account, region, partial(self.find, scene, account, unit, record))

    def find(self, scene: Scene, account: str, unit: str, record: Resource) -> Iterator[Finding]:
        found = _zone(scene, record.text("HostedZoneId") or "", account)
        if found is None or found.private:
            return
        region = scene.manifest.primary_region
        above = delegation(scene.cloud, found, account=account, region=region)
        if above is None or above[1] == found.servers:
            return
        named = ", ".join(sorted(above[1])) or "none"
        yield Finding(
            self.code.number,
            scene.problem(
                unit,
                record,
                f"zone {above[0]} of account {account} names other servers for {found.name}"
                f" ({named}) than that zone has",
                hint=f"give {above[0]} an NS record for {found.name}:"
                f" {', '.join(sorted(found.servers))}",
            ),
            blocking=False,
        )


class RecordFree:
    """No record is there that the new one cannot be beside."""

    code = codes.P503

    def looks(self, scene: Scene) -> Iterable[Look]:
        for unit, pair, record in _all_records(scene):
            yield Look(*pair, partial(self.find, scene, unit, pair, record))

    def find(self, scene: Scene, unit: str, pair: Pair, record: Resource) -> Iterator[Finding]:
        account, id_ = pair[0], record.text("HostedZoneId") or ""
        if record not in scene.new(unit, pair) or _zone(scene, id_, account) is None:
            return
        name, type_ = record.text("Name") or "", record.text("Type") or ""
        region = scene.manifest.primary_region
        there = scene.once(
            ("records", account, id_, name),
            lambda: records(scene.cloud, id_, name, account=account, region=region),
        )
        own = record.text("SetIdentifier") or ""
        for other in there:
            same = other.type == type_ and (not own or other.set_identifier in {"", own})
            if same or "CNAME" in {other.type, type_}:
                known = f" ({other.set_identifier})" if other.set_identifier else ""
                yield Finding(
                    self.code.number,
                    scene.problem(
                        unit,
                        record,
                        f"{account} {pair[1]}: zone {id_} has a record {other.type} {name}{known}"
                        f" already, beside which the new {type_} cannot be",
                        hint="delete it, or choose another api.domain in"
                        f" params/{scene.manifest.environment}.yaml",
                    ),
                )
                return


def _records(scene: Scene) -> Iterator[tuple[str, str, str, Resource]]:
    """Yield one record of each account, zone and name, with a region and its unit."""
    seen: set[tuple[str, str, str]] = set()
    for unit, (account, region), record in _all_records(scene):
        key = account, record.text("HostedZoneId") or "", record.text("Name") or ""
        if key not in seen:
            seen.add(key)
            yield account, region, unit, record


def _all_records(scene: Scene) -> Iterator[tuple[str, Pair, Resource]]:
    """Yield every record whose zone and name are known, with its unit and place."""
    for place in scene.places():
        for unit, resource in scene.all_at(place):
            if resource.type == _RECORD and resource.text("HostedZoneId") and resource.text("Name"):
                yield unit, place, resource


def _zone(scene: Scene, id_: str, account: str) -> Zone | None:
    region = scene.manifest.primary_region
    return scene.once(
        ("zone", account, id_), lambda: zone(scene.cloud, id_, account=account, region=region)
    )
