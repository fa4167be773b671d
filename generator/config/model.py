"""The typed configuration: what a parameter file may say, with AWS's own limits.

Everything is frozen, unknown keys are errors, and each field is described, because the JSON schema
for editors (`gen schema`) is made from these classes. Checks that need more than one section live
in `checks.py`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from generator.config.regions import PARTITIONS, partition_of


class Section(BaseModel):
    """A mapping in the parameter file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


def _known_region(value: str) -> str:
    if partition_of(value) is None:
        raise ValueError(f"'{value}' is not an AWS region")
    return value


def _account_text(value: Any) -> Any:
    if isinstance(value, int):
        raise ValueError("an account id is text: put it in quotes")
    return value


def _plain_text(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError('write "true" or "false" in quotes: an environment variable is text')
    return str(value) if isinstance(value, int | float) else value


Region = Annotated[
    str,
    BeforeValidator(lambda value: _known_region(value) if isinstance(value, str) else value),
    Field(json_schema_extra={"enum": sorted(set().union(*PARTITIONS.values()))}),
]
Account = Annotated[str, BeforeValidator(_account_text), Field(pattern=r"^\d{12}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
Text = Annotated[str, BeforeValidator(_plain_text)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


class Regions(Section):
    """Where the service runs, and in which order a release reaches the regions."""

    primary: Region
    """The region of the delivery infrastructure (pipeline, central bus, archive)."""
    waves: tuple[Annotated[tuple[Region, ...], Field(min_length=1)], ...] = Field(min_length=1)
    """Regions wave by wave; the first wave is the canary. Every region once."""

    @field_validator("waves")
    @classmethod
    def _each_region_once(cls, waves: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        seen: set[str] = set()
        twice = [r for wave in waves for r in wave if r in seen or seen.add(r)]  # type: ignore[func-returns-value]
        if twice:
            raise ValueError(f"region {', '.join(dict.fromkeys(twice))} stands in the waves twice")
        return waves

    @property
    def service(self) -> tuple[str, ...]:
        """All regions of the service, in wave order."""
        return tuple(region for wave in self.waves for region in wave)

    @property
    def artifacts(self) -> tuple[str, ...]:
        """All regions that hold an artifact bucket: the primary one and the service's."""
        return (self.primary, *(r for r in self.service if r != self.primary))


class Pair(Section):
    """One account in one region."""

    account: Account
    region: Region


class Override(Section):
    """Parameter values for some stack instances only."""

    accounts: tuple[Account, ...] = ()
    """The accounts meant; none named means all."""
    regions: tuple[Region, ...] = ()
    """The regions meant; none named means all."""
    parameters: dict[str, Text] = Field(min_length=1)
    """Values by the parameter's name in the service template."""


class Targets(Section):
    """Which accounts the service is deployed to."""

    tools_account: Account
    """The account of the delivery infrastructure; deploying with other credentials is refused."""
    accounts: tuple[Account, ...] = ()
    """The accounts of the service; none named means the tools account."""
    assume_role: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_+=,.@-]+$", max_length=64)
    """The role's name by which gen acts in the other accounts: it deploys their execution role
    and reads what happened there. Without it, each account's owner deploys that role."""
    exclude: tuple[Pair, ...] = ()
    """Account and region pairs left out."""
    overrides: tuple[Override, ...] = ()
    """Parameter values for some pairs only."""

    @field_validator("accounts")
    @classmethod
    def _each_account_once(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [a for a in dict.fromkeys(accounts) if accounts.count(a) > 1]:
            raise ValueError(f"account {', '.join(twice)} is named twice")
        return accounts

    @property
    def service_accounts(self) -> tuple[str, ...]:
        """The accounts that the service is deployed to."""
        return self.accounts or (self.tools_account,)


TableAction = Literal[
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem",
    "Query", "Scan", "UpdateItem",
]  # fmt: skip

_METHOD = r"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY)"
_SEGMENT = r"([\w.~-]+|\{\w+\+?\})"
_ROUTE = re.compile(rf"^(\$default|{_METHOD} /({_SEGMENT}(/{_SEGMENT})*)?)$")
_RESERVED_VARIABLE = re.compile(r"^(AWS_|LAMBDA_|_HANDLER$|_X_AMZN_|RELEASE_ID$|POWERTOOLS_)")


class Function(Section):
    """One Lambda function."""

    source: str
    """The folder of its code, from the project's root."""
    handler: str = Field(
        default="app.handler", pattern=r"^[A-Za-z_][A-Za-z0-9_/]*(\.[A-Za-z_][A-Za-z0-9_]*)+$"
    )
    """`module.function` inside the folder."""
    description: str = Field(default="", max_length=200)
    runtime: Literal["python3.12", "python3.13", "python3.14"] = "python3.13"
    architecture: Literal["arm64", "x86_64"] = "arm64"
    memory: int = Field(default=512, ge=128, le=10240)
    """MiB."""
    timeout: int = Field(default=10, ge=1, le=900)
    """Seconds."""
    ephemeral_storage: int = Field(default=512, ge=512, le=10240)
    """MiB of /tmp."""
    reserved_concurrency: int | None = Field(default=None, ge=0)
    """Executions kept for, and allowed to, this function; null draws on the account's pool."""
    routes: tuple[str, ...] = ()
    """HTTP routes as "METHOD /path/{parameter}"."""
    environment: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")], Text] = {}
    """Environment variables; never a secret."""
    tables: dict[Name, Annotated[tuple[TableAction, ...], Field(min_length=1)]] = {}
    """The DynamoDB actions it needs, by entry of `tables`; it finds each in `<NAME>_TABLE`."""

    @field_validator("routes")
    @classmethod
    def _routes_are_well_formed(cls, routes: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [route for route in routes if not _ROUTE.match(route)]:
            raise ValueError(
                f"route {', '.join(map(repr, bad))} is not of the form 'GET /orders/{{id}}'"
            )
        return routes

    @field_validator("environment")
    @classmethod
    def _variables_are_free(cls, environment: dict[str, str]) -> dict[str, str]:
        if taken := [name for name in environment if _RESERVED_VARIABLE.match(name)]:
            raise ValueError(f"variable {', '.join(taken)} is set by Lambda or by the template")
        return environment


class Attribute(Section):
    """A key attribute of a DynamoDB table."""

    name: str = Field(min_length=1, max_length=255)
    type: Literal["S", "N", "B"] = "S"


class Index(Section):
    """A global secondary index; all attributes are projected."""

    partition_key: Attribute
    sort_key: Attribute | None = None


class Table(Section):
    """A DynamoDB table of the service, on demand, one in each region."""

    partition_key: Attribute
    sort_key: Attribute | None = None
    indexes: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", min_length=3, max_length=255)], Index
    ] = Field(default={}, max_length=20)
    time_to_live: str | None = None
    """The attribute that holds an item's expiry time, if items expire."""


class Cors(Section):
    """Which browsers may call the API."""

    allow_origins: tuple[str, ...] = Field(min_length=1)
    allow_methods: tuple[str, ...] = ("GET", "POST", "OPTIONS")
    allow_headers: tuple[str, ...] = ("content-type", "authorization")
    max_age_seconds: int = Field(default=600, ge=0, le=86400)


class Throttle(Section):
    """Requests that the API lets through."""

    rate_per_second: int = Field(default=500, ge=1)
    burst: int = Field(default=1000, ge=1)


class Jwt(Section):
    """Tokens that the API accepts."""

    issuer: str = Field(pattern=r"^https://\S+$")
    audience: tuple[str, ...] = Field(min_length=1)


class Api(Section):
    """The HTTP API in front of the functions' routes."""

    type: Literal["http"] = "http"
    authorization: Literal["NONE", "AWS_IAM", "JWT"] = "NONE"
    """Who may call the routes; `GET /health` is always open."""
    jwt: Jwt | None = None
    cors: Cors | None = None
    throttle: Throttle = Throttle()

    @model_validator(mode="after")
    def _tokens_fit_the_authorization(self) -> Api:
        if self.authorization == "JWT" and self.jwt is None:
            raise ValueError("authorization JWT needs `jwt` with issuer and audience")
        if self.jwt is not None and self.authorization != "JWT":
            raise ValueError("`jwt` is given, but authorization is not JWT")
        return self


Strategy = Literal[
    "AllAtOnce", "Canary10Percent5Minutes", "Canary10Percent10Minutes",
    "Canary10Percent15Minutes", "Canary10Percent30Minutes", "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes", "Linear10PercentEvery3Minutes", "Linear10PercentEvery10Minutes",
]  # fmt: skip
"""https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"""


class Alarms(Section):
    """Thresholds; each is a parameter of the service template."""

    error_rate_percent: float = Field(default=1, gt=0, le=100)
    latency_p99_ms: int = Field(default=1000, ge=1)
    throttles: int = Field(default=1, ge=1)
    """Throttled calls in a minute."""
    dlq_depth: int = Field(default=1, ge=1)
    """Messages waiting in a dead-letter queue."""


class Delivery(Section):
    """How a new version takes over the traffic in a region."""

    strategy: Strategy = "Canary10Percent5Minutes"
    alarms: Alarms = Alarms()


class CodeCommitSource(Section):
    """A CodeCommit repository, created by the pipeline's stack."""

    type: Literal["codecommit"]
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=100)
    branch: str = "main"


class ConnectionSource(Section):
    """A repository at GitHub, GitLab or Bitbucket."""

    type: Literal["connection"]
    provider: Literal["GitHub", "GitLab", "Bitbucket"] = "GitHub"
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$")
    """`owner/name`."""
    branch: str = "main"
    connection_arn: str | None = Field(
        default=None, pattern=r"^arn:[a-z-]+:(codeconnections|codestar-connections):\S+$"
    )
    """An existing connection; null creates one, whose handshake is done once in the console."""


class S3Source(Section):
    """An archive in a versioned bucket with EventBridge notifications."""

    type: Literal["s3"]
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$", max_length=63)
    key: str = Field(min_length=1, max_length=1024)


class Pipeline(Section):
    """The delivery pipeline."""

    source: Annotated[CodeCommitSource | ConnectionSource | S3Source, Field(discriminator="type")]
    approval: bool = False
    """Wait for a person before the first wave."""


class Observability(Section):
    """Logs, archive, dashboard and alerts."""

    log_level: Literal["DEBUG", "INFO", "WARN", "ERROR"] = "INFO"
    log_retention_days: RetentionDays = 30
    archive_days: int = Field(default=365, ge=1)
    dashboard: bool = True
    alert_emails: tuple[Email, ...] = ()


class Budget(Section):
    """What the month may cost; an alert is sent at 80 % and at 100 % of the forecast."""

    monthly_usd: int = Field(ge=1)
    anomaly_usd: int = Field(default=20, ge=1)
    """Report a cost anomaly from this size on."""


Tags = dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/=+@ -]+$", max_length=128)], Text]


class Config(Section):
    """One environment of one service."""

    project: Name
    environment: Name
    tags: Tags = Field(min_length=1, max_length=40)
    """Tags of everything; Project, Environment and ManagedBy are added."""
    regions: Regions
    targets: Targets
    functions: dict[Name, Function] = Field(min_length=1)
    tables: dict[Name, Table] = {}
    api: Api = Api()
    delivery: Delivery = Delivery()
    pipeline: Pipeline | None = None
    observability: Observability = Observability()
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
