"""The resource types of CodeDeploy, made by its own service."""

from typing import Any

from localcloud import messages, ministack_types
from localcloud.codedeploy.service import Service
from localcloud.errors import AwsError
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType


def resource_types(service: Service) -> dict[str, ResourceType]:
    """Return how the types are made, by name."""
    made = _Types(service)
    return {
        "AWS::CodeDeploy::Application": ResourceType(
            create=made.create_application,
            update=made.update_application,
            delete=made.delete_application,
        ),
        "AWS::CodeDeploy::DeploymentConfig": ResourceType(
            create=made.create_config, update=made.update_config, delete=made.delete_config
        ),
        "AWS::CodeDeploy::DeploymentGroup": ResourceType(
            create=made.create_group, update=made.update_group, delete=made.delete_group
        ),
    }


class _Types:
    def __init__(self, service: Service) -> None:
        self._service = service

    def create_application(self, logical_id: str, given: Properties, stack: str) -> Created:
        name = given.get("ApplicationName") or _name(stack, logical_id)
        message = _message("CreateApplication", {**given, "ApplicationName": name})
        return name, _made(self._service.create_application, message)

    def update_application(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        # Everything but tags replaces the application.
        fixed = ("ApplicationName", "ComputePlatform")
        if any(old.get(key) != new.get(key) for key in fixed):
            ministack_types.draw_new_name()
            return self.create_application(logical_id, new, stack)
        self._service.tags.set(f"application:{physical_id}", {"tags": new.get("Tags")})
        return physical_id, {}

    def delete_application(self, physical_id: str, _: Properties) -> None:
        self._service.delete_application({"applicationName": physical_id})

    def create_config(self, logical_id: str, given: Properties, stack: str) -> Created:
        name = given.get("DeploymentConfigName") or _name(stack, logical_id)
        message = _message("CreateDeploymentConfig", {**given, "DeploymentConfigName": name})
        # The API wants the platform said; in a template it is Server when left out.
        message.setdefault("computePlatform", "Server")
        return name, _made(self._service.create_config, message)

    def update_config(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        ministack_types.draw_new_name()
        return self.create_config(logical_id, new, stack)

    def delete_config(self, physical_id: str, _: Properties) -> None:
        _asked(self._service.delete_config, {"deploymentConfigName": physical_id})

    def create_group(self, logical_id: str, given: Properties, stack: str) -> Created:
        name = given.get("DeploymentGroupName") or _name(stack, logical_id)
        message = _message("CreateDeploymentGroup", {**given, "DeploymentGroupName": name})
        return name, _made(self._service.create_group, message)

    def update_group(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        if any(old.get(key) != new.get(key) for key in ("ApplicationName", "DeploymentGroupName")):
            ministack_types.draw_new_name()
            made = self.create_group(logical_id, new, stack)
            if made[0] == physical_id:
                # The same name in another application: nobody would delete the old one.
                self.delete_group(physical_id, old)
            return made
        message = _message("CreateDeploymentGroup", {**new, "DeploymentGroupName": physical_id})
        group = _asked(self._service.group, message)
        # Made anew in place: what the template no longer says goes back to its default.
        kept = ("deploymentGroupId", "targetRevision")
        groups = self._service.application(message).groups
        del groups[physical_id]
        try:
            _asked(self._service.create_group, message)
        except ValueError:
            groups[physical_id] = group
            raise
        groups[physical_id].update({key: group[key] for key in kept if key in group})
        return physical_id, {}

    def delete_group(self, physical_id: str, given: Properties) -> None:
        self._service.delete_group(
            {"applicationName": given["ApplicationName"], "deploymentGroupName": physical_id}
        )


def _name(stack: str, logical_id: str) -> str:
    return ministack_types.physical_name(stack, logical_id, max_length=100, lower=False)


def _asked(action: Any, message: dict[str, Any]) -> Any:
    """Ask the service; a refusal fails the resource in AWS's words."""
    try:
        return action(message)
    except AwsError as error:
        raise ValueError(f"{error.message} ({error.code})") from error


def _made(action: Any, message: dict[str, Any]) -> dict[str, Any]:
    """Make something by the service; none of the types has attributes of its own."""
    _asked(action, message)
    return {}


def _message(operation: str, given: Properties) -> dict[str, Any]:
    return messages.message("codedeploy", operation, given)
