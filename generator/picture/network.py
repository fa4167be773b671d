"""The network that functions run in, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from generator.lint.template.functions import FUNCTION
from generator.picture.unit import RenderedUnit


def network_of(unit: RenderedUnit) -> str:
    """Say where a unit's functions run, and what they reach from there."""
    return "; ".join(_said(unit))


def _said(unit: RenderedUnit) -> Iterator[str]:
    template = unit.template
    inside = any(
        not node.is_absent for each in template.of_type(FUNCTION) for node in each.get("VpcConfig")
    )
    if not inside:
        yield "functions are in no VPC"
        return
    if not any(True for _ in template.of_type("AWS::EC2::VPC")):
        yield "functions are in a VPC that is there already"
        return
    subnets = sum(1 for _ in template.of_type("AWS::EC2::Subnet"))
    yield f"functions are in a VPC of the service's own, with {subnets} subnets"
    endpoints = [
        unit.said(node).rpartition(".")[2]
        for each in template.of_type("AWS::EC2::VPCEndpoint")
        for node in each.get("ServiceName")
    ]
    if endpoints:
        yield f"endpoints for {', '.join(endpoints)}"
    gateways = sum(1 for _ in template.of_type("AWS::EC2::NatGateway"))
    yield (
        f"{gateways} NAT gateways" if gateways > 1 else ("a NAT gateway" if gateways else "no NAT")
    )
