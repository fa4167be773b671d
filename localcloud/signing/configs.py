"""Code signing configurations: whose packages functions take, and what becomes of others."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import ministack
from localcloud.errors import AwsError
from localcloud.ministack import Place, Properties
from localcloud.ministack_types import Created, ResourceType

Message = Mapping[str, Any]
WARN, ENFORCE = "Warn", "Enforce"


@dataclass(slots=True)
class CodeSigningConfig:
    """A configuration, in Lambda's words."""

    arn: str
    description: str
    publishers: tuple[str, ...]
    """ARNs of signing profile versions."""
    policy: str

    def described(self) -> dict[str, Any]:
        """Return it as the API describes it."""
        return {
            "CodeSigningConfigId": self.arn.rsplit(":", 1)[1],
            "CodeSigningConfigArn": self.arn,
            "Description": self.description,
            "AllowedPublishers": {"SigningProfileVersionArns": list(self.publishers)},
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": self.policy},
        }


class CodeSigningConfigs:
    """Keep the configurations of all places."""

    def __init__(self) -> None:
        self._by_arn: dict[str, CodeSigningConfig] = {}

    def clear(self) -> None:
        """Forget all of them."""
        self._by_arn.clear()

    def find(self, arn: str) -> CodeSigningConfig:
        """Return a configuration by its ARN; AwsError when there is none."""
        if arn not in self._by_arn:
            raise AwsError(
                "ResourceNotFoundException",
                f"The code signing configuration cannot be found: {arn}",
                404,
            )
        return self._by_arn[arn]

    def create(self, message: Message) -> CodeSigningConfig:
        """Make a configuration in the present place."""
        made = _made(_new_arn(ministack.current_place()), message)
        self._by_arn[made.arn] = made
        return made

    def update(self, arn: str, message: Message) -> CodeSigningConfig:
        """Give a configuration other values; what is not named stays."""
        known = self.find(arn).described()
        self._by_arn[arn] = _made(arn, {**known, **message})
        return self._by_arn[arn]

    def delete(self, arn: str) -> None:
        """Delete a configuration."""
        self.find(arn)
        del self._by_arn[arn]

    def resource_types(self) -> dict[str, ResourceType]:
        """Return how AWS::Lambda::CodeSigningConfig is made."""

        def create(_: str, given: Properties, __: str) -> Created:
            return _created(self.create(given))

        def update(arn: str, _: Properties, new: Properties, __: str, ___: str) -> Created:
            empty: Properties = {"Description": "", "CodeSigningPolicies": {}}
            return _created(self.update(arn, {**empty, **new}))

        def delete(arn: str, _: Properties) -> None:
            self._by_arn.pop(arn, None)

        return {"AWS::Lambda::CodeSigningConfig": ResourceType(create, update, delete)}


def _made(arn: str, message: Message) -> CodeSigningConfig:
    return CodeSigningConfig(
        arn=arn,
        description=message.get("Description") or "",
        publishers=tuple(message["AllowedPublishers"]["SigningProfileVersionArns"]),
        policy=(message.get("CodeSigningPolicies") or {}).get(
            "UntrustedArtifactOnDeployment", WARN
        ),
    )


def _created(config: CodeSigningConfig) -> Created:
    described = config.described()
    return config.arn, {k: described[k] for k in ("CodeSigningConfigArn", "CodeSigningConfigId")}


def _new_arn(place: Place) -> str:
    letters = string.ascii_lowercase + string.digits
    number = "".join(secrets.choice(letters) for _ in range(17))
    return f"arn:aws:lambda:{place.region}:{place.account}:code-signing-config:csc-{number}"
