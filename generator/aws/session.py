"""Make clients: for AWS with the user's credentials, or for the local cloud."""

from __future__ import annotations

import json
import threading
import urllib.request
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config as ClientConfig

import generator
from generator.aws.errors import aws_errors


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials belong to."""

    account: str
    arn: str


class Cloud:
    """Where everything happens: AWS, or the stand-in at `endpoint`.

    Clients are made once and shared: they are thread-safe, making them is not, and is slow.
    """

    def __init__(
        self,
        *,
        profile: str | None = None,
        endpoint: str | None = None,
        account: str | None = None,
        role_in_other_accounts: str | None = None,
        own_credentials: bool = False,
    ):
        """`account` is the tools account: the only one that plain credentials may belong to.

        With `own_credentials` the local cloud, too, is called with those of the environment: so
        do commands that it runs itself.
        """
        self.endpoint = endpoint
        self.account = account
        self._own = own_credentials or endpoint is None
        self._profile = profile
        self._role = role_in_other_accounts
        self._lock = threading.RLock()
        self._sessions: dict[str, boto3.Session] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    @property
    def is_local(self) -> bool:
        return self.endpoint is not None

    @property
    def poll_seconds(self) -> float:
        """How long to wait between two looks at something that is under way."""
        return 0.15 if self.is_local else 3.0

    @property
    def minute_seconds(self) -> float:
        """How long a minute of waiting lasts: the local cloud has a clock of its own."""
        if self.endpoint is None:
            return 60.0
        try:
            # Not by way of a proxy, which would look for 127.0.0.1 on its own machine.
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(f"{self.endpoint}/_localcloud/clock", timeout=10) as answer:
                return float(json.load(answer)["minute_seconds"])
        except (OSError, ValueError, KeyError):
            return 60.0  # another stand-in

    def reaches(self, account: str) -> bool:
        """Say whether we can act in an account."""
        return not self._own or account == self.account or self._role is not None

    def client(self, service: str, *, region: str, account: str | None = None) -> Any:
        """Give the client of a service in a region, and in another account when one is named."""
        account = account or self.account or ""
        key = (service, region, account)
        with self._lock, aws_errors("signing in"):
            if key not in self._clients:
                # boto3's stubs want a literal service name; ours is a variable.
                make: Any = self._session(account, region).client
                self._clients[key] = make(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint,
                    config=ClientConfig(
                        retries={"mode": "standard", "total_max_attempts": 8},
                        connect_timeout=10,
                        read_timeout=60,
                        max_pool_connections=32,
                        user_agent_extra=f"gen/{generator.__version__}",
                        # Virtual-hosted bucket names don't resolve on a loopback endpoint.
                        s3={"addressing_style": "path"} if self.is_local else None,
                    ),
                )
            return self._clients[key]

    def identity(self, region: str) -> Identity:
        """Ask whose credentials these are."""
        client = self.client("sts", region=region)
        with aws_errors("checking whose credentials these are"):
            answer = client.get_caller_identity()
        return Identity(account=answer["Account"], arn=answer["Arn"])

    def _session(self, account: str, region: str) -> boto3.Session:
        if account not in self._sessions:
            self._sessions[account] = self._new_session(account, region)
        return self._sessions[account]

    def _new_session(self, account: str, region: str) -> boto3.Session:
        if not self._own:
            # The stand-in takes the account from the access key; real credentials stay out of it.
            return boto3.Session(
                aws_access_key_id=account or "000000000000", aws_secret_access_key="local"
            )
        own = boto3.Session(profile_name=self._profile)
        if account == (self.account or "") or self._role is None:
            return own
        partition = own.get_partition_for_region(region)
        role = f"arn:{partition}:iam::{account}:role/{self._role}"
        sts = own.client("sts", region_name=region, endpoint_url=self.endpoint)
        granted = sts.assume_role(RoleArn=role, RoleSessionName="gen")["Credentials"]
        return boto3.Session(
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
        )
