"""Make clients: for AWS with the user's credentials, or for the local cloud."""

from __future__ import annotations

import json
import threading
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import botocore.session
from botocore.config import Config as ClientConfig
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    RefreshableCredentials,
)

import generator
from generator.aws.credentials import PATIENCE_SECONDS, RenewableCredentials
from generator.aws.errors import aws_errors
from generator.aws.patience import Patience

_POLL_SECONDS = 3.0


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
        say: Callable[[str], None] = lambda text: None,
        patience: float = PATIENCE_SECONDS,
        hurried: bool = False,
    ):
        """`account` is the tools account: the only one that plain credentials may belong to.

        With `own_credentials` the local cloud, too, is called with those of the environment: so
        do commands that it runs itself. `say` hears what a person should know or do while calls
        wait; credentials that have expired are waited for with `patience`. Who is `hurried` would
        rather have no answer than wait for one.
        """
        self.endpoint = endpoint
        self.account = account
        self._own = own_credentials or endpoint is None
        self._profile = profile
        self._role = role_in_other_accounts
        self._lock = threading.RLock()
        self._say = say
        self._patience = patience
        self._hurried = hurried
        self._answered = threading.Event()
        self._sessions: dict[str, tuple[boto3.Session, RenewableCredentials]] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    @property
    def is_local(self) -> bool:
        return self.endpoint is not None

    @property
    def poll_seconds(self) -> float:
        """How long to wait between two looks at something that is under way."""
        return 0.15 if self.is_local else _POLL_SECONDS

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
                session, credentials = self._session(account, region)
                make: Any = session.client
                client = make(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint,
                    config=ClientConfig(
                        retries={
                            "mode": "standard",
                            "total_max_attempts": 2 if self._hurried else 8,
                        },
                        connect_timeout=3 if self._hurried else 10,
                        read_timeout=10 if self._hurried else 60,
                        max_pool_connections=32,
                        tcp_keepalive=True,
                        user_agent_extra=f"gen/{generator.__version__}",
                        # Virtual-hosted bucket names don't resolve on a loopback endpoint.
                        s3={"addressing_style": "path"} if self.is_local else None,
                    ),
                )
                if not self._hurried:
                    Patience(
                        where=f"{service} in {region}",
                        credentials=credentials,
                        answered=self._answered,
                        say=self._say,
                        scale=self.poll_seconds / _POLL_SECONDS,
                    ).accompany(client)
                self._clients[key] = client
            return self._clients[key]

    def identity(self, region: str) -> Identity:
        """Ask whose credentials these are."""
        client = self.client("sts", region=region)
        with aws_errors("checking whose credentials these are"):
            answer = client.get_caller_identity()
        return Identity(account=answer["Account"], arn=answer["Arn"])

    def expires(self, region: str) -> datetime | None:
        """Say when the credentials end, after a call has been made with them."""
        with self._lock:
            return self._session(self.account or "", region)[1].expires

    def _session(self, account: str, region: str) -> tuple[boto3.Session, RenewableCredentials]:
        if account not in self._sessions:
            credentials = self._credentials(account, region)
            session = botocore.session.Session(profile=self._profile if self._own else None)
            session.register_component(
                "credential_provider", CredentialResolver([_Provider(credentials)])
            )
            self._sessions[account] = boto3.Session(botocore_session=session), credentials
        return self._sessions[account]

    def _credentials(self, account: str, region: str) -> RenewableCredentials:
        if not self._own:
            # The stand-in takes the account from the access key; real credentials stay out of it.
            # Others each time, so that they can be renewed as real ones are.
            return RenewableCredentials(
                lambda: Credentials(account or "000000000000", f"local-{uuid.uuid4()}")
            )
        if account == (self.account or "") or self._role is None:
            # A new session reads the profile anew, and what `aws sso login` has left.
            return RenewableCredentials(
                lambda: boto3.Session(profile_name=self._profile).get_credentials(),
                say=self._say, patience=self._patience,
            )  # fmt: skip
        partition = boto3.Session(profile_name=self._profile).get_partition_for_region(region)
        role = f"arn:{partition}:iam::{account}:role/{self._role}"

        def assume() -> dict[str, str]:
            granted = self.client("sts", region=region).assume_role(
                RoleArn=role, RoleSessionName="gen"
            )["Credentials"]
            return {
                "access_key": granted["AccessKeyId"],
                "secret_key": granted["SecretAccessKey"],
                "token": granted["SessionToken"],
                "expiry_time": granted["Expiration"].isoformat(),
            }

        # A role that is assumed from a role is lent for an hour at most, an operation may take ten.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
        return RenewableCredentials(
            lambda: RefreshableCredentials.create_from_metadata(
                assume(), refresh_using=assume, method="sts-assume-role"
            ),
            patience=0.0,
        )


class _Provider(CredentialProvider):
    """Hands botocore the credentials that we look after."""

    METHOD = CANONICAL_NAME = "gen"

    def __init__(self, credentials: RenewableCredentials):
        super().__init__()
        self._credentials = credentials

    def load(self) -> Any:
        return self._credentials
