"""CodeDeploy's deployments: why one failed."""

from __future__ import annotations

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


def deployment_error(cloud: Cloud, deployment: str, *, account: str, region: str) -> str:
    """Say why a deployment failed, in CodeDeploy's words and code; empty when it did not."""
    client = cloud.client("codedeploy", region=region, account=account)
    with aws_errors(f"asking for deployment {deployment} in {account} {region}"):
        found = client.get_deployment(deploymentId=deployment)["deploymentInfo"]
    error = found.get("errorInformation")
    return f"{error.get('message', '')} ({error.get('code', '')})" if error else ""
