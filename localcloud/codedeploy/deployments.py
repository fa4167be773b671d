"""The API's actions on deployments."""

from collections.abc import Mapping
from typing import Any

from localcloud import ministack
from localcloud.codedeploy import engine, revision
from localcloud.codedeploy.checks import Message, check_alarms, check_rollback
from localcloud.codedeploy.engine import Engine
from localcloud.codedeploy.model import FINAL, Deployment, LifecycleEvent, new_deployment_id
from localcloud.codedeploy.service import Service
from localcloud.errors import AwsError


class Deployments:
    """Start, stop and describe deployments."""

    def __init__(self, service: Service, runner: Engine) -> None:
        self._service = service
        self._engine = runner

    def create(self, message: Message, creator: str = "user") -> Deployment:
        """Start a deployment of a group."""
        group = self._service.group(message)
        name = group["deploymentGroupName"]
        given = message.get("revision") or group.get("targetRevision")
        spec = revision.read(given)
        config = message.get("deploymentConfigName") or group["deploymentConfigName"]
        alarms = message.get("overrideAlarmConfiguration") or group.get("alarmConfiguration") or {}
        back = message.get("autoRollbackConfiguration") or group.get("autoRollbackConfiguration")
        check_alarms(alarms)
        check_rollback(back or {})
        running = self._service.here().active(group["deploymentGroupId"])
        if running is not None:
            raise AwsError(
                "DeploymentLimitExceededException",
                f"The Deployment Group '{name}' already has an active Deployment "
                f"'{running.deployment_id}'",
            )
        deployment = Deployment(
            deployment_id=new_deployment_id(),
            place=ministack.current_place(),
            application=group["applicationName"],
            group=name,
            group_id=group["deploymentGroupId"],
            config=config,
            routing=self._service.routing(config),
            revision=dict(given or {}),
            spec=spec,
            alarms=dict(alarms),
            auto_rollback=dict(back or {}),
            style=group["deploymentStyle"],
            creator=creator,
            description=message.get("description") or "",
        )
        group["targetRevision"] = deployment.revision
        self._engine.start(deployment)
        return deployment

    def stop(self, message: Message) -> dict[str, Any]:
        deployment = self.find(message)
        if deployment.status in FINAL:
            raise AwsError(
                "DeploymentAlreadyCompletedException",
                f"The deployment {deployment.deployment_id} is already completed.",
            )
        engine.stop(deployment, roll_back=message.get("autoRollbackEnabled"))
        return {"status": "Pending", "statusMessage": "The deployment is being stopped."}

    def answer_hook(self, message: Message) -> dict[str, Any]:
        deployment = self.find(message)
        wanted, status = message.get("lifecycleEventHookExecutionId"), message.get("status")
        if status not in ("Succeeded", "Failed"):
            raise AwsError(
                "InvalidLifecycleEventHookExecutionStatusException",
                f"A hook reports Succeeded or Failed, not {status}",
            )
        event = next((one for one in deployment.events if one.execution_id == wanted), None)
        if event is None or not wanted:
            raise AwsError(
                "InvalidLifecycleEventHookExecutionIdException",
                f"No hook of {deployment.deployment_id} has the execution id {wanted}",
            )
        if event.status != "InProgress":
            raise AwsError(
                "LifecycleEventAlreadyCompletedException",
                f"The lifecycle event {event.name} is already completed.",
            )
        engine.answer_hook(deployment, event, str(status))
        return {"lifecycleEventHookExecutionId": wanted}

    def list(self, message: Message) -> dict[str, Any]:
        statuses = message.get("includeOnlyStatuses")
        group_id = None
        if message.get("deploymentGroupName"):
            group_id = self._service.group(message)["deploymentGroupId"]
        elif message.get("applicationName"):
            self._service.application(message)
        window = message.get("createTimeRange") or {}
        found = [
            one.deployment_id
            for one in reversed(self._service.here().deployments.values())
            if (group_id is None or one.group_id == group_id)
            and message.get("applicationName") in (None, one.application)
            and (not statuses or one.status in statuses)
            and window.get("start", 0.0) <= one.created <= window.get("end", float("inf"))
        ]
        return {"deployments": found}

    def find(self, message: Message) -> Deployment:
        wanted = message.get("deploymentId")
        if not wanted:
            raise AwsError("DeploymentIdRequiredException", "Deployment ID is required")
        found = self._service.here().deployments.get(wanted)
        if found is None:
            raise AwsError(
                "DeploymentDoesNotExistException",
                f"The deployment {wanted} could not be found",
            )
        return found

    def get(self, message: Message) -> dict[str, Any]:
        return {"deploymentInfo": info(self.find(message))}

    def batch_get(self, message: Message) -> dict[str, Any]:
        known = self._service.here().deployments
        wanted = [known[one] for one in message.get("deploymentIds") or [] if one in known]
        return {"deploymentsInfo": [info(one) for one in wanted]}

    def get_target(self, message: Message) -> dict[str, Any]:
        deployment = self.find(message)
        wanted = message.get("targetId")
        if not wanted:
            raise AwsError("DeploymentTargetIdRequiredException", "Target ID is required")
        if wanted != deployment.target_id:
            raise AwsError(
                "DeploymentTargetDoesNotExistException",
                f"The deployment {deployment.deployment_id} has no target {wanted}",
            )
        return {"deploymentTarget": target(deployment)}

    def batch_get_targets(self, message: Message) -> dict[str, Any]:
        deployment = self.find(message)
        wanted = message.get("targetIds") or [deployment.target_id]
        found = [target(deployment)] if deployment.target_id in wanted else []
        return {"deploymentTargets": found}

    def list_targets(self, message: Message) -> dict[str, Any]:
        return {"targetIds": [self.find(message).target_id]}

    def last(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """Return a group's last attempted and last successful deployment."""
        found = [
            one
            for one in self._service.here().deployments.values()
            if one.group_id == group["deploymentGroupId"]
        ]
        answer: dict[str, Any] = {}
        for one in found:
            told = _present(
                {
                    "deploymentId": one.deployment_id,
                    "status": one.status,
                    "endTime": one.completed,
                    "createTime": one.created,
                }
            )
            answer["lastAttemptedDeployment"] = told
            if one.status == "Succeeded":
                answer["lastSuccessfulDeployment"] = told
        return answer


def info(one: Deployment) -> dict[str, Any]:
    """Describe a deployment as the API does."""
    counted = {"Created": "Pending", "Stopped": "Failed"}.get(one.status, one.status)
    overview = dict.fromkeys(
        ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0
    )
    return _present(
        {
            "applicationName": one.application,
            "deploymentGroupName": one.group,
            "deploymentConfigName": one.config,
            "deploymentId": one.deployment_id,
            "revision": one.revision,
            "status": one.status,
            "errorInformation": one.error,
            "createTime": one.created,
            "startTime": one.started,
            "completeTime": one.completed,
            "deploymentOverview": {**overview, counted: 1},
            "description": one.description or None,
            "creator": one.creator,
            "ignoreApplicationStopFailures": False,
            "autoRollbackConfiguration": one.auto_rollback or None,
            "updateOutdatedInstancesOnly": False,
            "rollbackInfo": one.rollback or None,
            "deploymentStyle": one.style,
            "instanceTerminationWaitTimeStarted": False,
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "Lambda",
            "overrideAlarmConfiguration": one.alarms or None,
        }
    )


def target(one: Deployment) -> dict[str, Any]:
    """Describe the function that a deployment moves."""
    place, spec = one.place, one.spec
    function = {
        "functionName": spec.function,
        "functionAlias": spec.alias,
        "currentVersion": spec.current,
        "targetVersion": spec.target,
        "targetVersionWeight": one.percent / 100,
    }
    lambda_target = {
        "deploymentId": one.deployment_id,
        "targetId": one.target_id,
        "targetArn": f"arn:aws:lambda:{place.region}:{place.account}:function:{one.target_id}",
        "status": {"Created": "Pending", "Stopped": "Failed"}.get(one.status, one.status),
        "lastUpdatedAt": one.completed or one.started or one.created,
        "lifecycleEvents": [_event(event) for event in one.events],
        "lambdaFunctionInfo": function,
    }
    return {"deploymentTargetType": "LambdaTarget", "lambdaTarget": lambda_target}


def _event(event: LifecycleEvent) -> dict[str, Any]:
    wrong = {"errorCode": "UnknownError", "message": event.message} if event.message else None
    return _present(
        {
            "lifecycleEventName": event.name,
            "diagnostics": wrong,
            "startTime": event.started,
            "endTime": event.ended,
            "status": event.status,
        }
    )


def _present(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value is not None}
