"""Publish the events of deployments."""

from localcloud import ministack_events
from localcloud.codedeploy.model import Deployment


def announce(deployment: Deployment, state: str) -> None:
    """Publish a state change as EventBridge's documentation describes it.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
    """
    place = deployment.place
    prefix = f"arn:aws:codedeploy:{place.region}:{place.account}"
    ministack_events.put_event(
        "aws.codedeploy",
        "CodeDeploy Deployment State-change Notification",
        {
            "region": place.region,
            "deploymentId": deployment.deployment_id,
            "instanceGroupId": deployment.group_id,
            "deploymentGroup": deployment.group,
            "state": state,
            "application": deployment.application,
        },
        [
            f"{prefix}:application:{deployment.application}",
            f"{prefix}:deploymentgroup:{deployment.application}/{deployment.group}",
        ],
    )
