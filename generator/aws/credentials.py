"""Credentials that outlive their own end: read again when they expire in the middle of the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import botocore.exceptions as botocore

PATIENCE_SECONDS = 900.0
"""How long a person gets to sign in again."""
_PAUSE_SECONDS = 3.0
_NONE_TO_BE_HAD = (
    botocore.CredentialRetrievalError,
    botocore.NoCredentialsError,
    botocore.SSOError,
    botocore.TokenRetrievalError,
)


class RenewableCredentials:
    """Whatever `load` finds, and what it finds later: the session of a profile, or of a role.

    Clients take them for botocore's own, which sign every attempt with what is current.
    """

    def __init__(
        self, load: Callable[[], Any], *, say: Callable[[str], None] = lambda text: None,
        patience: float = PATIENCE_SECONDS, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """`load` gives botocore's credentials, or None; `say` hears what a person should do."""
        self.method = "gen"
        self.generation = 0
        """How often they were renewed."""
        self._load = load
        self._say = say
        self._patience = patience
        self._sleep = sleep
        self._lock = threading.RLock()
        self._current: Any = None

    @property
    def access_key(self) -> str:
        return str(self.get_frozen_credentials().access_key)

    @property
    def secret_key(self) -> str:
        return str(self.get_frozen_credentials().secret_key)

    @property
    def token(self) -> str | None:
        token: str | None = self.get_frozen_credentials().token
        return token

    @property
    def expires(self) -> datetime | None:
        """When those that are current end; None when they do not, or do not say."""
        with self._lock:
            # botocore tells this of credentials that it renews, and by no public name.
            moment = getattr(self._current, "_expiry_time", None)
        return moment if isinstance(moment, datetime) else None

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Give a property when it is asked for, as botocore's own credentials do."""
        return lambda: getattr(self, name, None)

    def get_frozen_credentials(self) -> Any:
        """Give what a call is to be signed with.

        Raises what botocore raises when there are none from the beginning, or still none when
        patience ends.
        """
        with self._lock:
            if self._current is None:
                self._current = self._loaded()
                return self._current.get_frozen_credentials()
            try:
                return self._current.get_frozen_credentials()
            except _NONE_TO_BE_HAD:
                if not self.renew(self.generation):
                    raise
                return self._current.get_frozen_credentials()

    def renew(self, generation: int) -> bool:
        """Find others than those of a generation, which have expired; False when there are none.

        Waits for a person to sign in. Threads that come meanwhile wait with it.
        """
        with self._lock:
            if generation != self.generation:
                return True
            waited, expired = 0.0, self._keys()
            while True:
                if (fresh := self._others_than(expired)) is not None:
                    self._current = fresh
                    self.generation += 1
                    return True
                if waited >= self._patience:
                    return False
                if not waited:
                    self._say(
                        "the credentials have expired: sign in again in another terminal (for"
                        " example `aws sso login`), and this goes on; what is under way goes on"
                    )
                self._sleep(_PAUSE_SECONDS)
                waited += _PAUSE_SECONDS

    def _loaded(self) -> Any:
        found = self._load()
        if found is None:
            raise botocore.NoCredentialsError
        return found

    def _others_than(self, expired: Any) -> Any:
        try:
            found = self._loaded()
            return found if found.get_frozen_credentials() != expired else None
        except _NONE_TO_BE_HAD:
            return None

    def _keys(self) -> Any:
        try:
            return self._current.get_frozen_credentials() if self._current else None
        except _NONE_TO_BE_HAD:
            return None
