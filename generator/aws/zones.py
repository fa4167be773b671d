"""Route 53: hosted zones, and who names their servers."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


@dataclass(frozen=True, slots=True)
class Zone:
    """A hosted zone; its name is without the last dot."""

    id: str
    name: str
    private: bool
    servers: frozenset[str]
    """That Route 53 gave the zone; none when it is private."""

    def covers(self, domain: str) -> bool:
        """Say whether a domain name is of this zone."""
        name = domain.rstrip(".").lower()
        return name == self.name or name.endswith(f".{self.name}")


def zone(cloud: Cloud, id_: str, *, account: str, region: str) -> Zone | None:
    """Describe a hosted zone of an account; None when it has none of that id."""
    client = cloud.client("route53", region=region, account=account)
    try:
        with aws_errors(f"looking at hosted zone {id_} in account {account}"):
            found = client.get_hosted_zone(Id=id_)
    except AwsError as error:
        if error.code == "NoSuchHostedZone":
            return None
        raise
    described = found["HostedZone"]
    return Zone(
        id=id_,
        name=_plain(described["Name"]),
        private=described.get("Config", {}).get("PrivateZone", False),
        servers=frozenset(map(_plain, found.get("DelegationSet", {}).get("NameServers", ()))),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """A record set of a name."""

    type: str
    set_identifier: str
    """Of a routing policy; empty for the plain record, beside which no other one may be."""


def records(
    cloud: Cloud, zone_id: str, name: str, *, account: str, region: str
) -> tuple[Record, ...]:
    """List the record sets that a zone has of one name."""
    client = cloud.client("route53", region=region, account=account)
    with aws_errors(f"looking at the records of {name} in account {account}"):
        # A name has a few dozen record sets at the very most: one page.
        rows = client.list_resource_record_sets(
            HostedZoneId=zone_id, StartRecordName=name, MaxItems="300"
        )["ResourceRecordSets"]
    return tuple(
        Record(row["Type"], row.get("SetIdentifier", ""))
        for row in rows
        if _plain(row["Name"]) == _plain(name)
    )


def delegation(
    cloud: Cloud, of: Zone, *, account: str, region: str
) -> tuple[str, frozenset[str]] | None:
    """Find the zone above in the same account: its name, and the servers that it names for a zone.

    None when the account does not have the zone above.
    """
    client = cloud.client("route53", region=region, account=account)
    above = of.name.partition(".")[2]
    while "." in above:
        with aws_errors(f"looking for the zone of {above} in account {account}"):
            rows = client.list_hosted_zones_by_name(DNSName=above, MaxItems="10")["HostedZones"]
        for row in rows:
            private = row.get("Config", {}).get("PrivateZone", False)
            if _plain(row["Name"]) == above and not private:
                with aws_errors(f"looking at the records of {above} in account {account}"):
                    records = client.list_resource_record_sets(
                        HostedZoneId=row["Id"].rpartition("/")[2],
                        StartRecordName=of.name,
                        StartRecordType="NS",
                        MaxItems="1",
                    )["ResourceRecordSets"]
                return above, frozenset(
                    _plain(value["Value"])
                    for record in records
                    if _plain(record["Name"]) == of.name and record["Type"] == "NS"
                    for value in record.get("ResourceRecords", ())
                )
        above = above.partition(".")[2]
    return None


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
