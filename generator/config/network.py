"""`network`: whether functions run in a VPC, and in which."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import Field, field_validator

from generator.config.fields import Section


class Network(Section):
    """Where functions run: in no VPC, in one that the service makes, or in one that is there."""

    mode: Literal["none", "managed", "existing"] = "none"
    """`existing`: give SubnetIds and SecurityGroupIds of each account and region under
    `targets.overrides`."""
    zones: int = Field(default=2, ge=2, le=4)
    """Availability zones of a managed VPC."""
    cidr: str = "10.0.0.0/16"
    """Addresses of a managed VPC, the same in every region unless overridden (VpcCidr)."""
    nat: Literal["none", "one", "per_az"] = "none"
    """A way to the internet: one NAT gateway, or one in each zone."""
    endpoints: tuple[Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")], ...] = ()
    """Interface endpoints beyond those that the functions' settings call for, by AWS's names of
    services: `sns`, `events`, `ssm`, …"""

    @field_validator("cidr")
    @classmethod
    def _is_a_private_block(cls, cidr: str) -> str:
        try:
            block = ipaddress.IPv4Network(cidr)
        except ValueError as error:
            raise ValueError(f"'{cidr}' is no block of IPv4 addresses: {error}") from error
        if not block.is_private or not 16 <= block.prefixlen <= 22:
            raise ValueError(f"'{cidr}' must be a private block between /16 and /22")
        return cidr
