"""The network of the functions, as templates see it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.config import Config
from generator.config.network import Network

_BLOCKS = 16
"""A VPC is cut into so many equal blocks, of which subnets take the first ones."""
_ENDPOINT_OF = {
    "cloudwatch": "monitoring", "events": "events", "firehose": "kinesis-firehose",
    "kinesis": "kinesis-streams", "kms": "kms", "lambda": "lambda", "logs": "logs",
    "scheduler": "scheduler", "secretsmanager": "secretsmanager", "sns": "sns", "sqs": "sqs",
    "ssm": "ssm", "states": "states", "sts": "sts",
}  # fmt: skip
"""The endpoint by which functions reach a service, by its prefix of IAM actions."""
_ACTIONS_OF = {endpoint: prefix for prefix, endpoint in _ENDPOINT_OF.items()}


@dataclass(frozen=True)
class EndpointView:
    """An interface endpoint."""

    service: str

    @property
    def id(self) -> str:
        """Give its logical id."""
        words = re.findall(r"[a-z0-9]+", self.service)
        return "".join(map(str.capitalize, words)) + "Endpoint"

    @property
    def actions(self) -> str:
        """Name the actions that may pass: the service's own."""
        return f"{_ACTIONS_OF.get(self.service, self.service.split('.')[0])}:*"


@dataclass(frozen=True)
class NetworkView:
    """A network that functions run in."""

    config: Network
    endpoints: tuple[EndpointView, ...]

    @property
    def managed(self) -> bool:
        return self.config.mode == "managed"

    @property
    def zones(self) -> range:
        """Count the availability zones."""
        return range(self.config.zones)

    @property
    def prefix_length(self) -> int:
        """Give the size of the VPC, which no override can change."""
        return int(self.config.cidr.rsplit("/", 1)[1])

    @property
    def blocks(self) -> int:
        return _BLOCKS

    @property
    def block_bits(self) -> int:
        """Give the bits of an address within one subnet."""
        return 32 - self.prefix_length - (_BLOCKS - 1).bit_length()

    @property
    def nat_zones(self) -> range:
        """Count the zones with a NAT gateway."""
        return {"none": range(0), "one": range(1), "per_az": self.zones}[self.config.nat]

    def nat_of(self, zone: int) -> int:
        """Say whose NAT gateway a zone uses."""
        return zone if self.config.nat == "per_az" else 0

    @property
    def subnets(self) -> str:
        """Refer to the functions' subnets, in YAML."""
        if not self.managed:
            return "!Ref SubnetIds"
        return "[" + ", ".join(f"!Ref PrivateSubnet{zone + 1}" for zone in self.zones) + "]"

    @property
    def security_groups(self) -> str:
        """Refer to the functions' security groups, in YAML."""
        return "[!Ref FunctionsSecurityGroup]" if self.managed else "!Ref SecurityGroupIds"


def network_view(config: Config) -> NetworkView | None:
    """Describe the network; None where functions run in no VPC."""
    if config.network.mode == "none":
        return None
    services = {"xray", *config.network.endpoints}
    for function in config.functions.values():
        if function.secrets:
            services.add("secretsmanager")
        for permission in function.permissions:
            prefixes = {action.split(":")[0] for action in permission.actions}
            services |= {_ENDPOINT_OF[prefix] for prefix in prefixes & _ENDPOINT_OF.keys()}
    return NetworkView(config.network, tuple(map(EndpointView, sorted(services))))
