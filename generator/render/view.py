"""What templates see: the configuration, with everything they would otherwise compute.

Templates loop, branch and include; whatever is deeper is a property here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.config import Config, Names, logical_id
from generator.config.service import Attribute, Function, Table

ACCOUNTS_PER_ACTION = 1000 // len("111111111111,")
"""A configuration value of a pipeline action has at most 1,000 characters.
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"""

DEFAULT_REGIONS = frozenset(
    """
    ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2
    ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1
    us-east-2 us-west-1 us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1
    """.split()
)
"""The regions that every account has.
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"""


@dataclass(frozen=True)
class RouteView:
    """A route of the API and the function that answers it."""

    key: str
    """As the API knows it: `GET /orders/{id}`, or `$default`."""
    function: str
    """The function's logical id."""
    open: bool
    """Whether anybody may call it, whatever the API's authorization."""

    @property
    def id(self) -> str:
        """Give the route's part of a logical id: unique, and only letters and digits."""
        words = re.findall(r"[A-Za-z0-9]+", self.key)
        plain = "".join(word[:1].upper() + word[1:].lower() for word in words)
        if re.fullmatch(r"\$default|[A-Z]+ /([a-z0-9]+(/[a-z0-9]+)*)?", self.key):
            return plain
        # Punctuation and case are lost above: a digest keeps `/a-b` and `/a/b` apart.
        return plain + hashlib.sha256(self.key.encode()).hexdigest()[:4].upper()

    @property
    def permission(self) -> str:
        """Give the end of the execute-api ARN: method and path, a `*` for each parameter."""
        if self.key == "$default":
            return "$default"
        method, path = self.key.split(" ", 1)
        return ("*" if method == "ANY" else method) + re.sub(r"\{\w+\+?\}", "*", path)


@dataclass(frozen=True)
class TableView:
    """A table of the service."""

    name: str
    config: Table

    @property
    def id(self) -> str:
        """Give the table's logical id."""
        return f"{logical_id(self.name)}Table"

    @property
    def variable(self) -> str:
        """Name the environment variable by which functions find the table."""
        return f"{self.name.upper().replace('-', '_')}_TABLE"

    @property
    def attributes(self) -> list[Attribute]:
        """List the key attributes of the table and its indexes, each once, in order."""
        keys = [self.config.partition_key, self.config.sort_key]
        for index in self.config.indexes.values():
            keys += [index.partition_key, index.sort_key]
        return list({key.name: key for key in keys if key is not None}.values())


@dataclass(frozen=True)
class FunctionView:
    """A function of the service."""

    name: str
    config: Function
    function_name: str
    """Its physical name, the same in every region."""
    tables: tuple[TableView, ...]
    """The tables it uses."""
    cors_allow_origins: str
    """The origins whose browsers may call it, joined by commas; empty without CORS."""

    @property
    def id(self) -> str:
        """Give the function's prefix of logical ids and of parameter names."""
        return logical_id(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables of the parameter file, in a fixed order."""
        return dict(sorted(self.config.environment.items()))

    @cached_property
    def fingerprint(self) -> str:
        """Digest what is fixed at render time and makes a new version when it changes.

        What is a CloudFormation parameter is not in it: the version's description names these.
        """
        config = self.config
        fixed: dict[str, Any] = {
            "handler": config.handler,
            "runtime": config.runtime,
            "architecture": config.architecture,
            "environment": self.environment,
            "tables": [table.variable for table in self.tables],
            "cors_allow_origins": self.cors_allow_origins,
        }
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class AlertSubscription:
    """An address that alerts are sent to."""

    address: str

    @property
    def id(self) -> str:
        """Give a logical id that outlives changes of the list: a new one asks to confirm again."""
        return f"AlertSubscription{hashlib.sha256(self.address.encode()).hexdigest()[:8].upper()}"


@dataclass(frozen=True)
class DeployAction:
    """An action of the pipeline's deploy stage: some regions, the same accounts in each."""

    wave: int
    """1-based."""
    name: str
    regions: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def id(self) -> str:
        """Give the action's prefix of parameter names."""
        return self.name.replace("-", "")


class View:
    """The values that every template gets."""

    def __init__(self, config: Config):
        self.config = config
        self.names = Names.of(config)
        tables = {name: TableView(name, table) for name, table in config.tables.items()}
        origins = ",".join(config.api.cors.allow_origins) if config.api.cors else ""
        self.tables = list(tables.values())
        self.functions = [
            FunctionView(
                name,
                function,
                self.names.function(name),
                tuple(tables[t] for t in function.tables),
                origins,
            )
            for name, function in config.functions.items()
        ]

    @property
    def routes(self) -> list[RouteView]:
        """List all routes of all functions."""
        return [
            RouteView(key, function.id, open=key == "GET /health")
            for function in self.functions
            for key in function.config.routes
        ]

    @property
    def accounts(self) -> list[str]:
        """List all accounts with stack instances: the tools account, then the service's."""
        targets = self.config.targets
        return list(dict.fromkeys((targets.tools_account, *targets.service_accounts)))

    @property
    def alert_subscriptions(self) -> list[AlertSubscription]:
        """List the addresses that alerts are sent to, each once."""
        return [AlertSubscription(a) for a in dict.fromkeys(self.config.observability.alert_emails)]

    @property
    def opt_in_regions(self) -> list[str]:
        """List the regions that an account has only after it asked for them."""
        return [r for r in self.config.regions.artifacts if r not in DEFAULT_REGIONS]

    @property
    def dashboard_regions(self) -> list[str]:
        """List the regions whose metrics a dashboard in the tools account can show."""
        tools = self.config.targets.tools_account
        return [region for account, region in self.config.pairs if account == tools]

    @property
    def deploy_actions(self) -> list[DeployAction]:
        """Plan the deploy stage: wave by wave, one action for the regions with equal accounts.

        A stack set action deploys to each of its accounts in each of its regions, so a ragged
        wave needs several.
        """
        return [
            DeployAction(
                wave, f"Wave{wave}" + (f"-{part}" if len(groups) > 1 else ""), regions, accounts
            )
            for wave, groups in enumerate(map(self._groups, self.config.regions.waves), 1)
            for part, (accounts, regions) in enumerate(groups, 1)
        ]

    def _groups(self, wave: tuple[str, ...]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Group a wave's regions by the accounts that they are deployed to."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for region in wave:
            accounts = [account for account, there in self.config.pairs if there == region]
            for start in range(0, len(accounts), ACCOUNTS_PER_ACTION):
                some = tuple(accounts[start : start + ACCOUNTS_PER_ACTION])
                groups.setdefault(some, []).append(region)
        return [(accounts, tuple(regions)) for accounts, regions in groups.items()]

    def values(self) -> dict[str, Any]:
        """Give the variables by the names that templates use."""
        return {
            "config": self.config,
            "names": self.names,
            "functions": self.functions,
            "tables": self.tables,
            "routes": self.routes,
            "accounts": self.accounts,
            "opt_in_regions": self.opt_in_regions,
            "dashboard_regions": self.dashboard_regions,
            "deploy_actions": self.deploy_actions,
            "alert_subscriptions": self.alert_subscriptions,
        }
