"""Split an alias's traffic between versions, exactly by weight and not by chance; count it."""

import threading
from collections import Counter
from collections.abc import Mapping


class Splitter:
    """Deal out calls so that after any number of them each version had its share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._dealt: dict[tuple[str, str, tuple[tuple[str, float], ...]], dict[str, float]] = {}

    def choose(self, alias: str, version: str, weights: Mapping[str, float]) -> str:
        """Return the version that the next call of an alias goes to.

        The one that lags furthest behind its share; new weights start a new count.
        """
        with self._lock:
            self._calls[alias] += 1
        if not weights:
            return version
        shares = {**weights, version: 1 - sum(weights.values())}
        with self._lock:
            key = (alias, version, tuple(sorted(weights.items())))
            owed = self._dealt.setdefault(key, dict.fromkeys(shares, 0.0))
            for one, share in shares.items():
                owed[one] += share
            # Rounded, or tenths would add up to a little less than one.
            chosen = max(owed, key=lambda one: (round(owed[one], 9), one == version))
            owed[chosen] -= 1
            return chosen

    def calls(self, alias: str) -> int:
        """Return how often an alias has been called."""
        return self._calls[alias]

    def clear(self) -> None:
        self._calls.clear()
        self._dealt.clear()
