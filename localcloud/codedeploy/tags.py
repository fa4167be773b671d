"""The tags of applications and deployment groups."""

from typing import Any

from localcloud import ministack
from localcloud.codedeploy.checks import Message
from localcloud.codedeploy.model import Store
from localcloud.errors import AwsError


class Tags:
    """Answer the API's actions on tags."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, resource: str, message: Message) -> None:
        """Replace the tags of a resource by those of a message."""
        place = ministack.current_place()
        arn = f"arn:aws:codedeploy:{place.region}:{place.account}:{resource}"
        given = message.get("tags") or []
        self._store.at(place).tags[arn] = {one["Key"]: one.get("Value", "") for one in given}

    def add(self, message: Message) -> dict[str, Any]:
        given = message.get("Tags") or []
        self._of(message).update({one["Key"]: one.get("Value", "") for one in given})
        return {}

    def remove(self, message: Message) -> dict[str, Any]:
        for key in message.get("TagKeys") or []:
            self._of(message).pop(key, None)
        return {}

    def list(self, message: Message) -> dict[str, Any]:
        tags = self._of(message)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _of(self, message: Message) -> dict[str, str]:
        arn = message.get("ResourceArn")
        if not arn:
            raise AwsError("ResourceArnRequiredException", "Resource ARN is required")
        tags = self._store.at(ministack.current_place()).tags
        if arn not in tags:
            raise AwsError("InvalidArnException", f"There is no resource {arn}")
        return tags[arn]
