"""Connect CodeDeploy's JSON protocol to the service."""

from collections.abc import Callable
from typing import Any

from localcloud import ministack, ministack_metrics, ministack_provisioning, ministack_requests
from localcloud.clock import Clock
from localcloud.codedeploy.alias_updates import AliasUpdates
from localcloud.codedeploy.checks import Message
from localcloud.codedeploy.deployments import Deployments
from localcloud.codedeploy.engine import Engine
from localcloud.codedeploy.model import Store
from localcloud.codedeploy.service import Service

Handler = Callable[[Message], dict[str, Any]]


class CodeDeploy:
    """All of CodeDeploy, put together."""

    def __init__(self, clock: Clock, calls: Callable[[str], int]) -> None:
        store = Store()
        self.engine = Engine(store, clock, calls)
        self.service = Service(store)
        self.deployments = Deployments(self.service, self.engine)

    def forget(self) -> None:
        """Drop everything, running deployments too."""
        self.engine.forget()

    def wake(self) -> None:
        """Let the deployments of the present place look at their alarms; on any thread."""
        place = ministack.current_place()
        ministack.on_the_loop(lambda: self.engine.wake(place))


def install(clock: Clock, calls: Callable[[str], int]) -> CodeDeploy:
    """Let the cloud answer CodeDeploy's actions; `calls` tells how often an alias was called."""
    whole = CodeDeploy(clock, calls)
    ministack.add_json_service("codedeploy", "CodeDeploy_20141006", _actions(whole))
    ministack_requests.name_resources("codedeploy", lambda m: _resource(whole.service, m))
    ministack_metrics.on_alarm_change(lambda _: whole.wake())
    ministack_provisioning.update_slowly(
        "AWS::Lambda::Alias", AliasUpdates(whole.deployments).update
    )
    return whole


def _resource(service: Service, message: Message) -> str | None:
    """Return what a call acts on, as CodeDeploy's permissions name it.

    A deployment is judged as its group.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
    """
    application = message.get("applicationName")
    group = message.get("deploymentGroupName") or message.get("currentDeploymentGroupName")
    if deployment := service.here().deployments.get(message.get("deploymentId", "")):
        application, group = deployment.application, deployment.group
    if not application:
        return None
    place = ministack.current_place()
    prefix = f"arn:aws:codedeploy:{place.region}:{place.account}"
    if group:
        return f"{prefix}:deploymentgroup:{application}/{group}"
    return f"{prefix}:application:{application}"


def _actions(whole: CodeDeploy) -> dict[str, Handler]:
    service, deployments = whole.service, whole.deployments

    def describe_group(message: Message) -> dict[str, Any]:
        group = service.group(message)
        return {**group, **deployments.last(group)}

    def batch_applications(message: Message) -> dict[str, Any]:
        known = service.here().applications
        wanted = message.get("applicationNames") or []
        return {"applicationsInfo": [known[name].info for name in wanted if name in known]}

    def batch_groups(message: Message) -> dict[str, Any]:
        known = service.application(message).groups
        wanted = message.get("deploymentGroupNames") or []
        return {"deploymentGroupsInfo": [known[name] for name in wanted if name in known]}

    return {
        "CreateApplication": service.create_application,
        "GetApplication": lambda m: {"application": service.application(m).info},
        "BatchGetApplications": batch_applications,
        "UpdateApplication": service.update_application,
        "DeleteApplication": service.delete_application,
        "ListApplications": service.list_applications,
        "CreateDeploymentGroup": service.create_group,
        "GetDeploymentGroup": lambda m: {"deploymentGroupInfo": describe_group(m)},
        "BatchGetDeploymentGroups": batch_groups,
        "UpdateDeploymentGroup": service.update_group,
        "DeleteDeploymentGroup": service.delete_group,
        "ListDeploymentGroups": service.list_groups,
        "CreateDeploymentConfig": service.create_config,
        "GetDeploymentConfig": service.get_config,
        "ListDeploymentConfigs": service.list_configs,
        "DeleteDeploymentConfig": service.delete_config,
        "CreateDeployment": lambda m: {"deploymentId": deployments.create(m).deployment_id},
        "GetDeployment": deployments.get,
        "BatchGetDeployments": deployments.batch_get,
        "ListDeployments": deployments.list,
        "StopDeployment": deployments.stop,
        "GetDeploymentTarget": deployments.get_target,
        "BatchGetDeploymentTargets": deployments.batch_get_targets,
        "ListDeploymentTargets": deployments.list_targets,
        "PutLifecycleEventHookExecutionStatus": deployments.answer_hook,
        "TagResource": service.tags.add,
        "UntagResource": service.tags.remove,
        "ListTagsForResource": service.tags.list,
    }
