"""Answer the actions on connections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud import ministack
from localcloud.errors import AwsError, LocalCloudError
from localcloud.ministack import Place

Message = Mapping[str, Any]
PENDING, AVAILABLE = "PENDING", "AVAILABLE"
PROVIDERS = (
    "AzureDevOps",
    "Bitbucket",
    "GitHub",
    "GitHubEnterpriseServer",
    "GitLab",
    "GitLabSelfManaged",
)


@dataclass(slots=True)
class Connection:
    """A connection; nothing may use it until it is AVAILABLE."""

    arn: str
    name: str
    provider: str
    place: Place
    host: str = ""
    status: str = PENDING
    tags: dict[str, str] = field(default_factory=dict)

    def described(self) -> dict[str, str]:
        """Return it as the API describes it."""
        found = {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "ProviderType": self.provider,
            "OwnerAccountId": self.place.account,
            "ConnectionStatus": self.status,
        }
        return {**found, "HostArn": self.host} if self.host else found


class Connections:
    """Keep the connections of all places."""

    def __init__(self) -> None:
        self._by_arn: dict[str, Connection] = {}

    def find(self, arn: str) -> Connection | None:
        """Return a connection by its ARN."""
        return self._by_arn.get(arn)

    def complete(self, message: dict[str, Any]) -> dict[str, Any]:
        """Shake hands for whoever would do so in the console."""
        found = self.find(str(message.get("arn", "")))
        if found is None:
            raise LocalCloudError(f"no such connection: {message.get('arn')}")
        found.status = AVAILABLE
        return {"arn": found.arn, "status": found.status}

    def clear(self) -> None:
        self._by_arn.clear()

    def create(self, message: Message, service: str) -> dict[str, Any]:
        """Make a pending connection; `service` is the one its ARN names."""
        name = str(message.get("ConnectionName") or "")
        host = str(message.get("HostArn") or "")
        provider = str(message.get("ProviderType") or ("GitHubEnterpriseServer" if host else ""))
        if not 1 <= len(name) <= 32:
            raise AwsError("ValidationException", "A connection's name has 1 to 32 characters")
        if provider not in PROVIDERS:
            raise AwsError(
                "ValidationException",
                f"ProviderType must be one of {', '.join(PROVIDERS)}, not {provider}",
            )
        place = ministack.current_place()
        arn = f"arn:aws:{service}:{place.region}:{place.account}:connection/{ministack.new_id()}"
        tags = {one["Key"]: one["Value"] for one in message.get("Tags") or []}
        self._by_arn[arn] = Connection(arn, name, provider, place, host, tags=tags)
        return {"ConnectionArn": arn, "Tags": message.get("Tags") or []}

    def get(self, message: Message) -> dict[str, Any]:
        return {"Connection": self._here(message).described()}

    def list(self, message: Message) -> dict[str, Any]:
        place, provider = ministack.current_place(), message.get("ProviderTypeFilter")
        return {
            "Connections": [
                one.described()
                for one in self._by_arn.values()
                if one.place == place and provider in (None, one.provider)
            ]
        }

    def delete(self, message: Message) -> dict[str, Any]:
        del self._by_arn[self._here(message).arn]
        return {}

    def tag(self, message: Message) -> dict[str, Any]:
        given = message.get("Tags") or []
        self._tagged(message).update({one["Key"]: one["Value"] for one in given})
        return {}

    def untag(self, message: Message) -> dict[str, Any]:
        for key in message.get("TagKeys") or []:
            self._tagged(message).pop(key, None)
        return {}

    def list_tags(self, message: Message) -> dict[str, Any]:
        tags = self._tagged(message).items()
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags]}

    def _tagged(self, message: Message) -> dict[str, str]:
        return self._here({"ConnectionArn": message.get("ResourceArn")}).tags

    def _here(self, message: Message) -> Connection:
        arn = str(message.get("ConnectionArn") or "")
        found = self.find(arn)
        if found is None or found.place != ministack.current_place():
            raise AwsError("ResourceNotFoundException", f"Connection {arn} not found")
        return found
