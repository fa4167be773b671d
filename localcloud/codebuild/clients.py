"""What a build asks of other services, with the credentials of its project's role."""

import threading
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.config import Config

_session = botocore.session.Session()
_lock = threading.Lock()


class Clients:
    """Give clients that call the cloud as the role, so that policies judge what they ask."""

    def __init__(self, endpoint: str, region: str, credentials: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        self._region = region
        self._credentials = credentials
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._made:
            # Sessions are not made for several threads, clients are.
            with _lock:
                self._made[service] = _session.create_client(
                    service,
                    region_name=self._region,
                    endpoint_url=self._endpoint,
                    aws_access_key_id=self._credentials["AccessKeyId"],
                    aws_secret_access_key=self._credentials["SecretAccessKey"],
                    aws_session_token=self._credentials["SessionToken"],
                    config=Config(
                        retries={"total_max_attempts": 2},
                        s3={"addressing_style": "path"},
                        proxies={},
                        user_agent_extra="exec-env/AWS_CodeBuild_local",
                    ),
                )
        return self._made[service]
