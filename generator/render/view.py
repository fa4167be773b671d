"""What templates see: the configuration, with everything they would otherwise compute.

Templates loop, branch and include; whatever is deeper is a property here, or in views/.
"""

from __future__ import annotations

from typing import Any

from generator.config import Config, Names
from generator.render.views.api import RouteView
from generator.render.views.delivery import AlertSubscription, DeployAction, deploy_actions
from generator.render.views.functions import FunctionView, TableView

DEFAULT_REGIONS = frozenset(
    """
    ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2
    ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1
    us-east-2 us-west-1 us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1
    """.split()
)
"""The regions that every account has.
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"""


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
        """List the actions of the pipeline's deploy stage, in order."""
        return deploy_actions(self.config)

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
