"""The typed configuration: what a parameter file may say, with AWS's own limits.

Everything is frozen, unknown keys are errors, and each field is described, because the JSON schema
for editors (`gen schema`) is made from these classes. The sections have a file each: targets.py,
functions.py, secrets.py, api.py, network.py, delivery.py, signing.py, operations.py. Checks that
need more than one of them live in checks.py and the files named …_checks.py.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from generator.config.api import Api
from generator.config.delivery import Delivery
from generator.config.fields import Name, Section, Text
from generator.config.functions import Function, Table
from generator.config.network import Network
from generator.config.operations import Budget, Observability, Pipeline, Protection
from generator.config.secrets import Secret
from generator.config.signing import Signing
from generator.config.targets import Regions, Targets

Tags = dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/=+@ -]+$", max_length=128)], Text]


class Config(Section):
    """One environment of one service."""

    project: Name
    """The service. It begins the name of everything that is made."""
    environment: Name
    """The environment: the file's own name."""
    tags: Tags = Field(min_length=1, max_length=40)
    """Tags of everything; Project, Environment and ManagedBy are added."""
    regions: Regions
    targets: Targets
    functions: dict[Name, Function] = Field(min_length=1)
    """The functions, by name."""
    tables: dict[Name, Table] = Field(default={})
    """The tables, by name."""
    secrets: dict[Name, Secret] = Field(default={})
    """The generated secrets, by name."""
    api: Api = Api()
    network: Network = Network()
    delivery: Delivery = Delivery()
    signing: Signing | None = None
    pipeline: Pipeline | None = None
    observability: Observability = Observability()
    protection: Protection = Protection()
    budget: Budget | None = None

    @field_validator("tags")
    @classmethod
    def _own_tags_are_added(cls, tags: dict[str, str]) -> dict[str, str]:
        if mine := {"Project", "Environment", "ManagedBy"} & set(tags):
            raise ValueError(f"tag {', '.join(sorted(mine))} is added by gen: leave it out")
        if missing := {"Owner", "CostCenter"} - set(tags):
            raise ValueError(f"tag {', '.join(sorted(missing))} is required")
        return tags

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags that every stack gets, in a fixed order."""
        own = {
            "Project": self.project,
            "Environment": self.environment,
            "ManagedBy": "gen",
        }
        return dict(sorted((own | self.tags).items()))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All (account, region) pairs of the service, in wave order."""
        left_out = {(pair.account, pair.region) for pair in self.targets.exclude}
        return tuple(
            (account, region)
            for region in self.regions.service
            for account in self.targets.service_accounts
            if (account, region) not in left_out
        )
