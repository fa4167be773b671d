"""The naming convention: one place that makes names, and the sums against AWS's limits.

A name that lives in a global namespace (buckets, roles) carries the region, a bucket's also the
account, so that no two regions or accounts can collide.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.config.model import Config
from generator.config.regions import partition_of

BUCKET_LIMIT = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
ROLE_LIMIT = 64
FUNCTION_LIMIT = 64
"""https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""

BUCKET_PURPOSES = ("artifacts", "archive", "logs")
ROLE_PURPOSES = ("StackSetAdministration", "StackSetExecution", "Verification")
ROLE_SUFFIXES = (
    "-apigateway", "-build", "-codedeploy", "-firehose", "-flowlogs", "-forwarding", "-pipeline",
    "-replication", "-scan", "-start", "-subscription", "-verify",
)  # fmt: skip
COORDINATOR = "rollback-coordinator"
"""The pipeline's function, in the primary region."""
LOG_ROLE = "{}-apigateway-{}"
"""The role of the `account` unit: prefix and region."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one environment's things, for templates and for the deployment."""

    prefix: str

    @classmethod
    def of(cls, config: Config) -> Names:
        return cls(f"{config.project}-{config.environment}")

    @property
    def administration_role(self) -> str:
        return f"{self.prefix}-StackSetAdministration"

    def administration_role_arn(self, config: Config) -> str:
        partition = partition_of(config.regions.primary)
        return (
            f"arn:{partition}:iam::{config.targets.tools_account}:role/{self.administration_role}"
        )

    @property
    def execution_role(self) -> str:
        return f"{self.prefix}-StackSetExecution"

    @property
    def verification_role(self) -> str:
        """Name the role by which the pipeline looks at other target accounts."""
        return f"{self.prefix}-Verification"

    def stack(self, unit: str) -> str:
        """Name a unit's stack or StackSet."""
        return f"{self.prefix}-{unit}"

    def bucket(self, purpose: str, account: str, region: str) -> str:
        return f"{self.prefix}-{purpose}-{account}-{region}"

    def artifact_bucket(self, account: str, region: str) -> str:
        return self.bucket("artifacts", account, region)

    def function(self, name: str) -> str:
        return f"{self.prefix}-{name}"


def logical_id(name: str) -> str:
    """Turn a name of the parameter file into a CloudFormation logical id: `a-name` → `AName`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


def added_functions(config: Config) -> dict[str, str]:
    """List the functions that gen adds, each with what it is added for.

    The checks of a function, the rotation of a secret, and what takes bad releases back.
    """
    added: dict[str, str] = {COORDINATOR: "pipeline"} if config.pipeline else {}
    for name, function in config.functions.items():
        if function.traffic_check and config.delivery.pre_traffic_check:
            added[f"{name}-pre-check"] = f"functions.{name}"
        if function.traffic_check and config.delivery.post_traffic_check:
            added[f"{name}-post-check"] = f"functions.{name}"
    for name, secret in config.secrets.items():
        if secret.rotation_days:
            added[f"{name}-rotation"] = f"secrets.{name}"
    return added


def too_long(config: Config) -> list[str]:
    """Name everything whose name would pass an AWS limit, with the sum."""
    names = Names.of(config)
    account = "0" * 12
    longest = max(config.regions.artifacts, key=len)
    functions = [*config.functions, *added_functions(config)]
    made = [
        *((names.bucket(p, account, longest), BUCKET_LIMIT, "bucket") for p in BUCKET_PURPOSES),
        *((f"{names.prefix}-{p}", ROLE_LIMIT, "role") for p in ROLE_PURPOSES),
        *((f"{names.prefix}{s}-{longest}", ROLE_LIMIT, "role") for s in ROLE_SUFFIXES),
        *((f"{names.function(f)}-{longest}", ROLE_LIMIT, "role") for f in functions),
        *((names.function(f), FUNCTION_LIMIT, "function") for f in functions),
    ]
    worst: dict[str, tuple[str, int]] = {}
    for name, limit, kind in made:
        if len(name) > limit and len(name) > len(worst.get(kind, ("", 0))[0]):
            worst[kind] = (name, limit)
    return [
        f"the {kind} name '{name}' has {len(name)} characters, AWS allows {limit}"
        for kind, (name, limit) in worst.items()
    ]
