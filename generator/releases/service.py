"""What is released, and where: all that dealing with releases needs to know, build or no build."""

from __future__ import annotations

from dataclasses import dataclass

from generator.build.manifest import Manifest
from generator.config import Config, Names
from generator.units import SERVICE, UNITS, Pair, Waves


@dataclass(frozen=True, slots=True)
class Service:
    """One environment's service, as its releases see it."""

    project: str
    environment: str
    tools_account: str
    primary_region: str
    assume_role: str | None
    """Name of the role by which gen acts in the other target accounts."""
    administration_role: str
    """ARN."""
    execution_role: str
    """Name."""
    artifact_buckets: dict[str, str]
    """Bucket by region, in the tools account."""
    waves: Waves
    overrides: dict[Pair, dict[str, str]]
    """Parameter values that some instances have instead of the set's."""
    has_pipeline: bool

    @classmethod
    def of_config(cls, config: Config) -> Service:
        """Read it from a configuration: nobody has to render before a rollback."""
        names, tools = Names.of(config), config.targets.tools_account
        return cls(
            project=config.project,
            environment=config.environment,
            tools_account=tools,
            primary_region=config.regions.primary,
            assume_role=config.targets.assume_role,
            administration_role=names.administration_role_arn(config),
            execution_role=names.execution_role,
            artifact_buckets={r: names.artifact_bucket(tools, r) for r in config.regions.artifacts},
            waves=next(unit for unit in UNITS if unit.name == SERVICE).waves(config),
            overrides={},
            has_pipeline=config.pipeline is not None,
        )

    @classmethod
    def of_build(cls, manifest: Manifest) -> Service:
        """Read it from a build."""
        unit = manifest.service
        return cls(
            project=manifest.project,
            environment=manifest.environment,
            tools_account=manifest.tools_account,
            primary_region=manifest.primary_region,
            assume_role=manifest.assume_role,
            administration_role=manifest.administration_role,
            execution_role=manifest.execution_role,
            artifact_buckets=manifest.artifact_buckets,
            waves=unit.waves,
            overrides={(o.account, o.region): o.parameters for o in unit.overrides},
            has_pipeline=manifest.unit("pipeline") is not None,
        )

    @property
    def prefix(self) -> str:
        """Give what every name begins with."""
        return f"{self.project}-{self.environment}"

    @property
    def stack_set(self) -> str:
        """Name the StackSet."""
        return f"{self.prefix}-{SERVICE}"

    @property
    def verification_role(self) -> str:
        """Name the role by which verification looks into the other target accounts."""
        return f"{self.prefix}-Verification"

    @property
    def bucket(self) -> str:
        """Name the bucket that holds records, history and templates."""
        return self.artifact_buckets[self.primary_region]

    @property
    def current_parameter(self) -> str:
        """Name the parameter, made by the core stack, that says what the set was told to run."""
        return f"/{self.project}/{self.environment}/release/current"

    @property
    def last_good_parameter(self) -> str:
        """Name the parameter that says which release was last good in every region."""
        return f"/{self.project}/{self.environment}/release/last-good"

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All accounts and regions, in wave order."""
        return tuple(pair for wave in self.waves for pair in wave)
