"""Lambda functions: what their aliases point to."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias of a function."""

    version: str
    code_sha256: str
    """Of the version's package, in hex."""
    weights: dict[str, float]
    """Versions that get part of the traffic besides; none unless a shift is under way."""


def alias(cloud: Cloud, function: str, name: str, *, account: str, region: str) -> Alias | None:
    """Describe an alias and the version behind it; None when there is no such alias."""
    client = cloud.client("lambda", region=region, account=account)
    try:
        with aws_errors(f"looking at alias {name} of {function} in {account} {region}"):
            found = client.get_alias(FunctionName=function, Name=name)
            version = client.get_function_configuration(
                FunctionName=function, Qualifier=found["FunctionVersion"]
            )
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise
    return Alias(
        version=found["FunctionVersion"],
        code_sha256=base64.b64decode(version["CodeSha256"]).hex(),
        weights=(found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
    )


def function_tags(cloud: Cloud, function: str, *, account: str, region: str) -> dict[str, str]:
    """Give a function's tags."""
    client = cloud.client("lambda", region=region, account=account)
    with aws_errors(f"looking at function {function} in {account} {region}"):
        return dict(client.get_function(FunctionName=function).get("Tags") or {})
