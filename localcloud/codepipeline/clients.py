"""SDK clients that call the local cloud itself as a role, so that its policies judge them."""

import threading
from typing import Any

import botocore.session
from botocore.config import Config

from localcloud import ministack_access

_CONFIG = Config(
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    read_timeout=120,
    proxies={},
)


class NoRoleError(Exception):
    """A role that does not exist, or that may not be assumed."""


class Clients:
    """Make clients; the endpoint is the cloud's own."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = botocore.session.Session()
        # A session is not made for several threads.
        self._lock = threading.Lock()

    def of(self, service: str, region: str, credentials: dict[str, str]) -> Any:
        """Return a client with the credentials of a role."""
        with self._lock:
            return self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self._endpoint,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
                config=_CONFIG,
            )

    def credentials(self, pipeline_role: str, action_role: str, region: str) -> dict[str, str]:
        """Return credentials of the pipeline's role, or of the action's, assumed by the former."""
        own = ministack_access.role_session(pipeline_role)
        if own is None:
            raise NoRoleError(f"The role {pipeline_role} does not exist")
        if not action_role or action_role == pipeline_role:
            return own
        answer = self.of("sts", region, own).assume_role(
            RoleArn=action_role, RoleSessionName="pipeline"
        )
        found: dict[str, str] = answer["Credentials"]
        return found
