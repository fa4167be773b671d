"""Stack updates of an alias under CodeDeployLambdaAliasUpdate: a deployment, waited for."""

from collections.abc import Mapping
from typing import Any

from localcloud import ministack_releases
from localcloud.codedeploy.deployments import Deployments
from localcloud.codedeploy.model import Deployment
from localcloud.codedeploy.revision import AppSpec
from localcloud.errors import AwsError
from localcloud.ministack_provisioning import SlowUpdate


class AliasUpdates:
    """Update aliases as their update policy says."""

    def __init__(self, deployments: Deployments) -> None:
        self._deployments = deployments

    async def update(self, asked: SlowUpdate) -> Any:
        """Shift the traffic when the version changes, or fail in a way that leaves it as it was."""
        policy = asked.policy.get("CodeDeployLambdaAliasUpdate")
        same = ("FunctionName", "Name")
        moved = asked.old.get("FunctionVersion") != asked.new.get("FunctionVersion")
        if not policy or not moved or any(asked.old.get(k) != asked.new.get(k) for k in same):
            return asked.apply(None)
        made = asked.apply({**asked.new, "FunctionVersion": asked.old["FunctionVersion"]})
        await self._deploy(_spec(asked, policy), policy)
        return made

    async def _deploy(self, spec: AppSpec, policy: Mapping[str, Any]) -> None:
        message = {
            "applicationName": policy["ApplicationName"],
            "deploymentGroupName": policy["DeploymentGroupName"],
            "revision": spec.revision(),
        }
        try:
            deployment = self._deployments.create(message, creator="CloudFormation")
        except AwsError as error:
            raise ValueError(f"{error.message} ({error.code})") from error
        await deployment.done.wait()
        if deployment.status == "Succeeded":
            return
        rollback = deployment.rollback.get("rollbackDeploymentId")
        if rollback is not None:
            await self._deployments.find({"deploymentId": rollback}).done.wait()
        # Where the group does not roll back by itself, the stack does.
        ministack_releases.route_alias(spec.function, spec.alias, spec.current, {})
        raise ValueError(_reason(deployment))


def _spec(asked: SlowUpdate, policy: Mapping[str, Any]) -> AppSpec:
    # A function's name, or any form of its ARN.
    name = str(asked.new["FunctionName"])
    return AppSpec(
        function=name.split(":function:")[-1].partition(":")[0],
        alias=str(asked.new["Name"]),
        current=str(asked.old["FunctionVersion"]),
        target=str(asked.new["FunctionVersion"]),
        before=policy.get("BeforeAllowTrafficHook"),
        after=policy.get("AfterAllowTrafficHook"),
    )


def _reason(deployment: Deployment) -> str:
    error = deployment.error or {"code": "UNKNOWN", "message": ""}
    return (
        f"CodeDeploy deployment {deployment.deployment_id} of group {deployment.group} "
        f"{deployment.status.lower()}: {error['message']} (Error Code: {error['code']})"
    )
