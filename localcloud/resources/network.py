"""The resource types of EC2 networks that CloudFormation lacks here: made by EC2's own API."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud import ministack
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType

Make = Callable[[Properties], Created]
TAGS_ONLY = {"Tags"}


def resource_types() -> dict[str, ResourceType]:
    """Return how the types of this module are made, by name."""
    ingress = _Rule("Ingress", peer="Source")
    egress = _Rule("Egress", peer="Destination")
    return {
        "AWS::EC2::EIP": _replaced(_allocate, _release),
        "AWS::EC2::NatGateway": _replaced(_create_nat, _delete_nat),
        "AWS::EC2::FlowLog": _replaced(_create_flow_log, _delete_flow_log),
        "AWS::EC2::SecurityGroupIngress": _replaced(ingress.authorize, ingress.revoke),
        "AWS::EC2::SecurityGroupEgress": _replaced(egress.authorize, egress.revoke),
    }


def _replaced(make: Make, delete: Callable[[str, Properties], None]) -> ResourceType:
    """Make anew whatever changes but for tags; the stack deletes the predecessor."""

    def update(
        physical_id: str, old: Properties, new: Properties, _: str, __: str
    ) -> tuple[str, dict[str, Any]]:
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if changed <= TAGS_ONLY:
            return physical_id, _attributes.get(physical_id, {})
        return _kept(make(new))

    return ResourceType(
        create=lambda _, given, __: _kept(make(given)), update=update, delete=delete
    )


# What an update that changes nothing answers again; ids are unique in the whole cloud.
_attributes: dict[str, dict[str, Any]] = {}


def _kept(made: Created) -> Created:
    _attributes[made[0]] = made[1]
    return made


def _allocate(given: Properties) -> Created:
    found = ministack.ask_form("ec2", "AllocateAddress", {"Domain": given.get("Domain", "vpc")})
    allocation, address = found["allocationId"], found["publicIp"]
    return address, {"AllocationId": allocation, "PublicIp": address}


def _release(physical_id: str, _: Properties) -> None:
    known = _attributes.pop(physical_id, None)
    if known is not None:
        ministack.call_form("ec2", "ReleaseAddress", {"AllocationId": known["AllocationId"]})


def _create_nat(given: Properties) -> Created:
    names = ("SubnetId", "AllocationId", "ConnectivityType")
    form = {name: given[name] for name in names if name in given}
    if form.get("ConnectivityType", "public") == "public" and "AllocationId" not in form:
        raise ValueError("The request must include the AllocationId parameter.")
    nat = ministack.ask_form("ec2", "CreateNatGateway", form)["natGatewayId"]
    return nat, {"NatGatewayId": nat, "EniId": f"eni-{nat.partition('-')[2]}"}


def _delete_nat(physical_id: str, _: Properties) -> None:
    ministack.call_form("ec2", "DeleteNatGateway", {"NatGatewayId": physical_id})


def _create_flow_log(given: Properties) -> Created:
    form = {"ResourceId.1": given["ResourceId"]}
    for name in ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination",
                 "LogGroupName", "DeliverLogsPermissionArn"):  # fmt: skip
        if name in given:
            form[name] = given[name]
    flow_log = ministack.ask_form("ec2", "CreateFlowLogs", form)["item"]
    return flow_log, {"Id": flow_log}


def _delete_flow_log(physical_id: str, _: Properties) -> None:
    ministack.call_form("ec2", "DeleteFlowLogs", {"FlowLogId.1": physical_id})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of a security group that is a resource of its own."""

    direction: str
    peer: str

    def authorize(self, given: Properties) -> Created:
        """Add the rule to its group."""
        form = {"GroupId": given["GroupId"], **self._permission(given)}
        found = ministack.ask_form("ec2", f"AuthorizeSecurityGroup{self.direction}", form)
        return found["securityGroupRuleId"], {"Id": found["securityGroupRuleId"]}

    def revoke(self, physical_id: str, given: Properties) -> None:
        """Take the rule out of its group, if that is still there."""
        form = {"GroupId": given["GroupId"], "SecurityGroupRuleId.1": physical_id}
        try:
            ministack.call_form("ec2", f"RevokeSecurityGroup{self.direction}", form)
        except ValueError as error:
            if "not found" not in str(error) and "does not exist" not in str(error):
                raise

    def _permission(self, given: Properties) -> dict[str, str]:
        first = "IpPermissions.1"
        form = {f"{first}.IpProtocol": str(given["IpProtocol"])}
        for name in ("FromPort", "ToPort"):
            if name in given:
                form[f"{first}.{name}"] = str(given[name])
        for name, field in (
            ("CidrIp", "IpRanges.1.CidrIp"),
            ("CidrIpv6", "Ipv6Ranges.1.CidrIpv6"),
            (f"{self.peer}SecurityGroupId", "Groups.1.GroupId"),
            (f"{self.peer}PrefixListId", "PrefixListIds.1.PrefixListId"),
        ):
            if name in given:
                form[f"{first}.{field}"] = given[name]
        return form
