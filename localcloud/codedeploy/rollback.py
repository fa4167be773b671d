"""The deployment that undoes another."""

from localcloud.codedeploy import configs
from localcloud.codedeploy.model import Deployment, new_deployment_id


def way_back(failed: Deployment) -> Deployment:
    """Return the deployment that puts the alias of a failed one back, all at once."""
    spec = failed.spec.reversed()
    return Deployment(
        deployment_id=new_deployment_id(),
        place=failed.place,
        application=failed.application,
        group=failed.group,
        group_id=failed.group_id,
        config=configs.DEFAULT_CONFIG,
        routing=configs.all_at_once(),
        revision=spec.revision(),
        spec=spec,
        # Nothing may stop the way back, least of all the alarm that called for it.
        alarms={},
        auto_rollback={},
        style=failed.style,
        creator="codeDeployRollback",
        description=f"Rollback of deployment {failed.deployment_id}",
        rollback={"rollbackTriggeringDeploymentId": failed.deployment_id},
    )
