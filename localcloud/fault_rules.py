"""Rules by which calls go wrong: which calls, how often, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from localcloud.calls import Call
from localcloud.errors import LocalCloudError

EFFECTS = (
    "throttle",
    "error",
    "expired-token",
    "drop-before",
    "drop-after",
    "region-down",
    "slow",
    "hold-before",
    "hold-after",
    "fail-resource",
)
_GLOBS = ("service", "action", "region", "account")
_TEXTS = {*_GLOBS, "effect", "type", "reason"}
_NUMBERS = {"nth", "every", "times", "status", "seconds"}
_FLAGS = {"write", "internal"}


@dataclass(slots=True)
class Rule:
    """Calls that go wrong in one way; a pattern that is not given fits all."""

    effect: str
    service: str = "*"
    action: str = "*"
    region: str = "*"
    account: str = "*"
    write: bool | None = None
    internal: bool = False
    """Whether calls of functions and builds are meant, too."""
    nth: int | None = None
    """The first matching call that it strikes, counted from 1."""
    every: int = 1
    """From there on: each, every second, and so on."""
    times: int | None = None
    """How often it strikes at most: once with nth alone, else without end."""
    status: int = 500
    seconds: float = 1.0
    type: str = "*"
    reason: str = "The service is temporarily unable to handle this request."
    seen: int = field(default=0, init=False)
    struck: int = field(default=0, init=False)
    expired: set[str] = field(default_factory=set, init=False)
    """The credentials that it declared expired."""

    def strikes(self, call: Call, credentials: str) -> bool:
        """Count a call, and tell whether this is one that goes wrong."""
        if self.effect == "fail-resource" or not self._fits(call):
            return False
        self.seen += 1
        if self.effect == "expired-token" and self.times is None:
            # A token that has expired stays so; a new one is as good as any.
            if credentials in self.expired:
                self.struck += 1
                return True
            if self.expired or not self._is_due():
                return False
            self.expired.add(credentials)
        elif not self._is_due():
            return False
        self.struck += 1
        return True

    def fails(self, resource_type: str, region: str, account: str) -> bool:
        """Count a resource, and tell whether making or changing it goes wrong."""
        patterns = ((resource_type, self.type), (region, self.region), (account, self.account))
        if self.effect != "fail-resource" or not all(fnmatchcase(*pair) for pair in patterns):
            return False
        self.seen += 1
        due = self._is_due()
        self.struck += due
        return due

    def report(self) -> dict[str, Any]:
        """Describe the rule and how often it was met."""
        return {key: value for key, value in asdict(self).items() if key != "expired"}

    def _fits(self, call: Call) -> bool:
        fits = all(fnmatchcase(getattr(call, name), getattr(self, name)) for name in _GLOBS)
        return (
            fits and self.write in (None, call.write) and (self.internal or call.source == "client")
        )

    def _is_due(self) -> bool:
        first = self.nth or 1
        most = 1 if self.times is None and self.nth and self.every == 1 else self.times
        if most is not None and self.struck >= most:
            return False
        return self.seen >= first and (self.seen - first) % self.every == 0


def read_rules(message: Mapping[str, Any]) -> list[Rule]:
    """Read the rules of a request; refuse what is none, with all that is wrong."""
    given = message.get("rules")
    if not isinstance(given, list):
        raise LocalCloudError('rules must be a list, such as [{"effect": "throttle", "every": 3}]')
    problems = [
        f"rule {number}: {problem}"
        for number, one in enumerate(given, 1)
        for problem in _problems(one)
    ]
    if problems:
        raise LocalCloudError("; ".join(problems))
    return [Rule(**one) for one in given]


def _problems(given: Any) -> list[str]:
    if not isinstance(given, dict):
        return ["it must be an object"]
    known = _TEXTS | _NUMBERS | _FLAGS
    problems = [f"{key} is not known" for key in given if key not in known]
    if given.get("effect") not in EFFECTS:
        problems.append(f"effect must be one of {', '.join(EFFECTS)}")
    problems += [f"{k} must be a text" for k in _TEXTS & given.keys() if type(given[k]) is not str]
    problems += [
        f"{k} must be true or false" for k in _FLAGS & given.keys() if type(given[k]) is not bool
    ]
    for key in sorted(_NUMBERS & given.keys()):
        value, whole = given[key], key != "seconds"
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            problems.append(f"{key} must be a {'whole ' * whole}number")
        elif value < whole:
            problems.append(f"{key} must be at least {int(whole)}")
    return problems
