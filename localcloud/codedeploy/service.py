"""Applications, deployment groups and deployment configurations."""

import time
from typing import Any

from localcloud import ministack
from localcloud.codedeploy import configs
from localcloud.codedeploy.checks import (
    LAMBDA_STYLE,
    Message,
    check_alarms,
    check_role,
    check_rollback,
    check_style,
    name_of,
)
from localcloud.codedeploy.model import Application, Region, Store
from localcloud.codedeploy.tags import Tags
from localcloud.errors import AwsError

_OF_GROUPS = (
    "deploymentConfigName",
    "serviceRoleArn",
    "triggerConfigurations",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "deploymentStyle",
    "outdatedInstancesStrategy",
    "blueGreenDeploymentConfiguration",
)


class Service:
    """Answer the API's actions on what deployments are made of."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tags = Tags(store)

    def here(self) -> Region:
        return self._store.at(ministack.current_place())

    # --- applications

    def create_application(self, message: Message) -> dict[str, Any]:
        name = name_of(message, "applicationName", "Application")
        if name in self.here().applications:
            raise AwsError(
                "ApplicationAlreadyExistsException", f"The application {name} already exists."
            )
        platform = message.get("computePlatform") or "Server"
        if platform != "Lambda":
            raise AwsError(
                "InvalidComputePlatformException",
                f"The local cloud deploys the compute platform Lambda only, not {platform}",
            )
        info = {
            "applicationId": ministack.new_id(),
            "applicationName": name,
            "createTime": time.time(),
            "linkedToGitHub": False,
            "computePlatform": platform,
        }
        self.here().applications[name] = Application(info)
        self.tags.set(f"application:{name}", message)
        return {"applicationId": info["applicationId"]}

    def application(self, message: Message) -> Application:
        name = name_of(message, "applicationName", "Application")
        found = self.here().applications.get(name)
        if found is None:
            raise AwsError(
                "ApplicationDoesNotExistException", f"No application found for name: {name}"
            )
        return found

    def update_application(self, message: Message) -> dict[str, Any]:
        application = self.application(message)
        new = name_of({"name": message.get("newApplicationName")}, "name", "Application")
        applications = self.here().applications
        if new in applications and new != application.name:
            raise AwsError(
                "ApplicationAlreadyExistsException", f"The application {new} already exists."
            )
        del applications[application.name]
        application.info["applicationName"] = new
        applications[new] = application
        for group in application.groups.values():
            group["applicationName"] = new
        return {}

    def delete_application(self, message: Message) -> dict[str, Any]:
        # Deleting what is not there succeeds, as on AWS.
        self.here().applications.pop(name_of(message, "applicationName", "Application"), None)
        return {}

    def list_applications(self, _: Message) -> dict[str, Any]:
        return {"applications": list(self.here().applications)}

    # --- deployment groups

    def create_group(self, message: Message) -> dict[str, Any]:
        application = self.application(message)
        name = name_of(message, "deploymentGroupName", "DeploymentGroup")
        if name in application.groups:
            raise AwsError(
                "DeploymentGroupAlreadyExistsException",
                f"Deployment group {name} already exists in application {application.name}",
            )
        if not message.get("serviceRoleArn"):
            raise AwsError("RoleRequiredException", "Role ARN is required")
        group = {
            "applicationName": application.name,
            "deploymentGroupId": ministack.new_id(),
            "deploymentGroupName": name,
            "deploymentConfigName": configs.DEFAULT_CONFIG,
            "deploymentStyle": dict(LAMBDA_STYLE),
            "computePlatform": "Lambda",
            **self._checked(message),
        }
        application.groups[name] = group
        self.tags.set(f"deploymentgroup:{application.name}/{name}", message)
        return {"deploymentGroupId": group["deploymentGroupId"]}

    def group(self, message: Message) -> dict[str, Any]:
        application = self.application(message)
        given = message.get("deploymentGroupName") or message.get("currentDeploymentGroupName")
        name = name_of({"name": given}, "name", "DeploymentGroup")
        group = application.groups.get(name)
        if group is None:
            raise AwsError(
                "DeploymentGroupDoesNotExistException",
                f"No Deployment Group found for name: {name}",
            )
        return group

    def update_group(self, message: Message) -> dict[str, Any]:
        application, group = self.application(message), self.group(message)
        changes = self._checked(message)
        new = message.get("newDeploymentGroupName")
        if new:
            new = name_of({"name": new}, "name", "DeploymentGroup")
            if new in application.groups and application.groups[new] is not group:
                raise AwsError(
                    "DeploymentGroupAlreadyExistsException",
                    f"Deployment group {new} already exists in application {application.name}",
                )
            del application.groups[group["deploymentGroupName"]]
            application.groups[new] = group
            group["deploymentGroupName"] = new
        group.update(changes)
        return {"hooksNotCleanedUp": []}

    def delete_group(self, message: Message) -> dict[str, Any]:
        application = self.here().applications.get(
            name_of(message, "applicationName", "Application")
        )
        if application is not None:
            application.groups.pop(name_of(message, "deploymentGroupName", "DeploymentGroup"), None)
        return {"hooksNotCleanedUp": []}

    def list_groups(self, message: Message) -> dict[str, Any]:
        application = self.application(message)
        return {"applicationName": application.name, "deploymentGroups": list(application.groups)}

    def _checked(self, message: Message) -> dict[str, Any]:
        """Return what a message says of a group, or refuse it."""
        given = {key: message[key] for key in _OF_GROUPS if message.get(key) is not None}
        if "deploymentConfigName" in given:
            self.routing(given["deploymentConfigName"])
        if "serviceRoleArn" in given:
            check_role(str(given["serviceRoleArn"]))
        check_alarms(given.get("alarmConfiguration") or {})
        check_rollback(given.get("autoRollbackConfiguration") or {})
        if "deploymentStyle" in given:
            check_style(given["deploymentStyle"])
        return given

    # --- deployment configurations

    def create_config(self, message: Message) -> dict[str, Any]:
        name = name_of(message, "deploymentConfigName", "DeploymentConfig")
        if name in configs.PREDEFINED or name in self.here().configs:
            raise AwsError(
                "DeploymentConfigAlreadyExistsException",
                f"Deployment Configuration name {name} already exists",
            )
        if name.startswith("CodeDeployDefault."):
            raise AwsError(
                "InvalidDeploymentConfigNameException",
                "The prefix CodeDeployDefault. is reserved for predefined configurations",
            )
        if message.get("computePlatform") != "Lambda":
            raise AwsError(
                "InvalidComputePlatformException",
                "The local cloud deploys the compute platform Lambda only",
            )
        routing = message.get("trafficRoutingConfig") or configs.all_at_once()
        wrong = configs.problem(routing)
        if wrong:
            raise AwsError("InvalidTrafficRoutingConfigurationException", wrong)
        info = _config_info(name, dict(routing), time.time())
        self.here().configs[name] = info
        return {"deploymentConfigId": info["deploymentConfigId"]}

    def config(self, name: str) -> dict[str, Any]:
        if name in configs.PREDEFINED:
            return _config_info(name, configs.PREDEFINED[name], 0.0)
        found = self.here().configs.get(name)
        if found is None:
            raise AwsError(
                "DeploymentConfigDoesNotExistException",
                f"No Deployment Configuration found for name: {name}",
            )
        return found

    def routing(self, name: str) -> dict[str, Any]:
        return dict(self.config(name)["trafficRoutingConfig"])

    def get_config(self, message: Message) -> dict[str, Any]:
        name = name_of(message, "deploymentConfigName", "DeploymentConfig")
        return {"deploymentConfigInfo": self.config(name)}

    def list_configs(self, _: Message) -> dict[str, Any]:
        return {"deploymentConfigsList": [*configs.PREDEFINED, *self.here().configs]}

    def delete_config(self, message: Message) -> dict[str, Any]:
        name = name_of(message, "deploymentConfigName", "DeploymentConfig")
        if name in configs.PREDEFINED:
            raise AwsError(
                "InvalidOperationException", f"The configuration {name} cannot be deleted"
            )
        for application in self.here().applications.values():
            for group in application.groups.values():
                if group["deploymentConfigName"] == name:
                    raise AwsError(
                        "DeploymentConfigInUseException",
                        f"The configuration {name} is used by {group['deploymentGroupName']}",
                    )
        self.here().configs.pop(name, None)
        return {}


def _config_info(name: str, routing: dict[str, Any], created: float) -> dict[str, Any]:
    return {
        "deploymentConfigId": ministack.new_id(),
        "deploymentConfigName": name,
        "createTime": created,
        "computePlatform": "Lambda",
        "trafficRoutingConfig": routing,
    }
