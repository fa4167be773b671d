"""`api`: the way in from the internet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from generator.config.fields import Section


class Cors(Section):
    """Which browsers may call the API."""

    allow_origins: tuple[str, ...] = Field(min_length=1)
    """Origins, each with its scheme; "*" is any."""
    allow_methods: tuple[str, ...] = ("GET", "POST", "OPTIONS")
    """HTTP methods that they may use."""
    allow_headers: tuple[str, ...] = ("content-type", "authorization")
    """Headers that they may send."""
    max_age_seconds: int = Field(default=600, ge=0, le=86400)
    """How long a browser may remember the answer."""


class Throttle(Section):
    """Requests that the API lets through."""

    rate_per_second: int = Field(default=500, ge=1)
    """Requests of a second, in the long run; more are answered 429."""
    burst: int = Field(default=1000, ge=1)
    """Requests at once."""


class Jwt(Section):
    """Tokens that the API accepts."""

    issuer: str = Field(pattern=r"^https://\S+$")
    """Who issues them: the `iss` of a token."""
    audience: tuple[str, ...] = Field(min_length=1)
    """Whom they are for: the `aud`, or the client id, of a token."""


class Domain(Section):
    """One address for the API of all regions: the nearest healthy one answers."""

    name: str = Field(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=253
    )
    """The name that clients call, such as `api.example.com`."""
    hosted_zone_id: str = Field(pattern=r"^Z[A-Z0-9]{1,31}$")
    """The public Route 53 zone that holds the name, in the service's account."""


ManagedRules = Literal[
    "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesLinuxRuleSet", "AWSManagedRulesSQLiRuleSet", "AWSManagedRulesUnixRuleSet",
]  # fmt: skip
"""Together within the 1,500 capacity units of a web ACL.
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""


class Waf(Section):
    """The web ACL in front of a REST API."""

    rate_limit: int = Field(default=2000, ge=10, le=2_000_000_000)
    """Requests that one IP address may send in five minutes."""
    # Not strict: after the validator that takes `waf: true`, a list no longer comes as JSON.
    managed_rules: Annotated[tuple[ManagedRules, ...], Field(strict=False)] = (
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    )
    """AWS's rule groups, in the order in which they judge; none leaves the rate limit alone."""


def _yes_means_the_defaults(value: Any) -> Any:
    return {} if value is True else None if value is False else value


class Api(Section):
    """The API in front of the functions' routes."""

    type: Literal["http", "rest"] = "http"
    """An HTTP API is cheaper and faster, and checks JWTs; a REST API takes API keys and a WAF."""
    authorization: Literal["NONE", "AWS_IAM", "JWT"] = "NONE"
    """Who may call the routes; `GET /health` is always open."""
    jwt: Jwt | None = None
    api_keys: bool = False
    """Whether callers need an API key (REST); `GET /health` never does."""
    waf: Annotated[Waf | None, BeforeValidator(_yes_means_the_defaults)] = None
    """A web ACL (REST): its values, or true for the defaults."""
    domain: Domain | None = None
    cors: Cors | None = None
    throttle: Throttle = Throttle()

    @model_validator(mode="after")
    def _tokens_fit_the_authorization(self) -> Api:
        if self.authorization == "JWT" and self.jwt is None:
            raise ValueError("authorization JWT needs `jwt` with issuer and audience")
        if self.jwt is not None and self.authorization != "JWT":
            raise ValueError("`jwt` is given, but authorization is not JWT")
        return self
