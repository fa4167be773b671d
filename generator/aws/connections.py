"""Connections to GitHub, GitLab and Bitbucket: whether their handshake was completed."""

from __future__ import annotations

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


def connection_status(cloud: Cloud, arn: str) -> str:
    """Read a connection's status: PENDING, AVAILABLE or ERROR."""
    # arn:partition:service:region:account:connection/id; the service had another name once.
    _, _, service, region, account, *_ = arn.split(":")
    client = cloud.client(service, region=region, account=account)
    with aws_errors(f"reading connection {arn}"):
        return str(client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"])
