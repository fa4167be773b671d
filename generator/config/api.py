"""`api`: the way in from the internet."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from generator.config.fields import Section


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
