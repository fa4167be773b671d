"""What templates see: the configuration, with everything they would otherwise compute.

Templates loop, branch and include; whatever is deeper is a property here, or in views/.
"""

from __future__ import annotations

from typing import Any

from generator.config import Config, Names, logical_id
from generator.config.names import COORDINATOR
from generator.config.regions import partition_of
from generator.config.support import support_of
from generator.render.views.api import RouteView
from generator.render.views.delivery import (
    AlertSubscription,
    DeployAction,
    VerifyAction,
    deploy_actions,
    deploy_stage,
)
from generator.render.views.functions import FunctionView, TableView
from generator.render.views.network import network_view
from generator.render.views.rest import RestApiView
from generator.render.views.secrets import SecretView

DEFAULT_REGIONS = frozenset(
    """
    ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2
    ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1
    us-east-2 us-west-1 us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1
    """.split()
)
"""The regions that every account has.
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"""

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""The console's domain by partition."""


class View:
    """The values that every template gets."""

    def __init__(self, config: Config):
        self.config = config
        self.names = Names.of(config)
        tables = {name: TableView(name, table) for name, table in config.tables.items()}
        secrets = {name: SecretView(name, secret) for name, secret in config.secrets.items()}
        wanted = {
            "Pre": config.delivery.pre_traffic_check,
            "Post": config.delivery.post_traffic_check,
        }
        origins = ",".join(config.api.cors.allow_origins) if config.api.cors else ""
        self.tables = list(tables.values())
        self.secrets = list(secrets.values())
        added = {support.name: support for support in support_of(config)}
        self.support = {name: each for name, each in added.items() if each.unit == "service"}
        self.coordinator = added.get(COORDINATOR)
        self.functions = [
            FunctionView(
                name,
                function,
                self.names.function(name),
                tuple(tables[t] for t in function.tables),
                tuple(secrets[s] for s in function.secrets),
                origins,
                tuple(when for when in wanted if wanted[when]),
                config.api.type,
                config.network.mode,
                config.signing is not None,
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
    def functions_key_services(self) -> list[str]:
        """List the services through which the functions' key is used."""
        return ["lambda", "sqs", "dynamodb", *(["secretsmanager"] if self.secrets else [])]

    @property
    def log_owners(self) -> list[str]:
        """List what has a log group of functions, by the beginning of its logical id."""
        return [
            *(f.id for f in self.functions),
            *(f"{f.id}TrafficCheck" for f in self.functions if f.checks),
            *(f"{s.id}Rotation" for s in self.secrets if s.config.rotation_days),
        ]

    @property
    def undelivered_from(self) -> list[str]:
        """List the rules, by logical id, whose events go to the queue of undelivered ones."""
        rules = ["DeploymentForwarding", "AlarmForwarding"]
        for f in self.functions:
            rules += [rule.id for rule in f.schedules]
            rules += [rule.id for rule in f.buses]
        return rules

    @property
    def rest(self) -> RestApiView | None:
        """Give the REST API, where that is how the routes are served."""
        if self.config.api.type != "rest" or not self.routes:
            return None
        return RestApiView(self.config.api, tuple(self.routes))

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
    def other_accounts(self) -> list[str]:
        """List the accounts of the service besides the tools account."""
        tools = self.config.targets.tools_account
        return [a for a in self.config.targets.service_accounts if a != tools]

    @property
    def console(self) -> str:
        """Give the domain of the console in the regions' partition, without the region."""
        return CONSOLES[partition_of(self.config.regions.primary) or "aws"]

    @property
    def signing_profile(self) -> str | None:
        """Give the logical id of signing profiles; None where nothing is signed.

        CloudFormation makes their names of it, so it says whose they are.
        """
        return f"{logical_id(self.names.prefix)}Signing" if self.config.signing else None

    @property
    def pipeline_artifacts(self) -> str:
        """Give the beginning of the keys of what the pipeline's actions hand on.

        CodePipeline takes the first 20 characters of the pipeline's name.
        https://github.com/awsdocs/aws-cloudformation-user-guide/pull/733
        """
        return self.names.stack("pipeline")[:20].rstrip("-")

    @property
    def deploy_stage(self) -> list[DeployAction | VerifyAction]:
        """List the actions of the pipeline's deploy stage, in order, with those that verify."""
        return deploy_stage(self.config)

    @property
    def deploy_actions(self) -> list[DeployAction]:
        """List the actions of the pipeline's deploy stage that deploy, in order."""
        return deploy_actions(self.config)

    def values(self) -> dict[str, Any]:
        """Give the variables by the names that templates use."""
        return {
            "config": self.config,
            "names": self.names,
            "functions": self.functions,
            "tables": self.tables,
            "secrets": self.secrets,
            "support": self.support,
            "functions_key_services": self.functions_key_services,
            "log_owners": self.log_owners,
            "undelivered_from": self.undelivered_from,
            "routes": self.routes,
            "rest": self.rest,
            "network": network_view(self.config),
            "accounts": self.accounts,
            "opt_in_regions": self.opt_in_regions,
            "dashboard_regions": self.dashboard_regions,
            "deploy_actions": self.deploy_actions,
            "deploy_stage": self.deploy_stage,
            "other_accounts": self.other_accounts,
            "pipeline_artifacts": self.pipeline_artifacts,
            "coordinator": self.coordinator,
            "signing_profile": self.signing_profile,
            "console": self.console,
            "alert_subscriptions": self.alert_subscriptions,
        }
