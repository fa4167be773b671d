"""Networks of a template: which VPC a subnet is in, and how something gets out of it."""

from __future__ import annotations

from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template

VPC = "AWS::EC2::VPC"
SUBNET = "AWS::EC2::Subnet"
ENDPOINT = "AWS::EC2::VPCEndpoint"
NAT_GATEWAY = "AWS::EC2::NatGateway"
OTHER_WAYS = (
    "AWS::EC2::CarrierGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::LocalGatewayRouteTableVPCAssociation",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
    "AWS::NetworkManager::VpcAttachment",
)
ROUTED = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
)
"""What a route can name that leads on; an internet gateway serves nobody without an address."""


def vpc_of(template: Template, subnet: Node) -> Resource | None:
    """Find the VPC that a subnet is in, when both are of this template."""
    found = template.target(subnet, SUBNET)
    for node in found.get("VpcId") if found else ():
        if vpc := template.target(node, VPC):
            return vpc
    return None


def endpoints(template: Template, vpc: Resource) -> list[Resource]:
    """List the endpoints of a VPC, and those that can't be told from them."""
    return [
        endpoint
        for endpoint in template.of_type(ENDPOINT)
        for node in endpoint.get("VpcId")
        if (found := template.target(node, VPC)) is None or found.id == vpc.id
    ]


def nat_gateways(template: Template, vpc: Resource) -> list[Resource]:
    """List the NAT gateways of a VPC."""
    found = [
        gateway
        for gateway in template.of_type(NAT_GATEWAY)
        for kind in gateway.get("ConnectivityType")
        if kind.literal != "private"
        and any(
            owner is not None and owner.id == vpc.id
            for owner in (
                *(vpc_of(template, node) for node in gateway.get("SubnetId")),
                *(template.target(node, VPC) for node in gateway.get("VpcId")),
            )
        )
    ]
    return list({gateway.id: gateway for gateway in found}.values())


def has_way_out(template: Template, vpc: Resource) -> bool:
    """Tell whether anything of the template may lead out of a VPC, to a service or the internet."""
    if endpoints(template, vpc) or any(template.of_type(NAT_GATEWAY, *OTHER_WAYS)):
        return True
    # An instance, a network interface, a transit gateway made elsewhere.
    return any(
        not node.is_absent
        for route in template.of_type("AWS::EC2::Route")
        for name in ROUTED
        for node in route.get(name)
    )
