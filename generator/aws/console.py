"""Addresses of pages of the AWS console."""

from __future__ import annotations

from generator.config.regions import partition_of

_HOSTS = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


def pipeline_page(region: str, name: str, execution: str) -> str:
    """Give the page of one execution of a pipeline."""
    return _page(region, f"codepipeline/pipelines/{name}/executions/{execution}/visualization")


def connections_page(region: str) -> str:
    """Give the page where handshakes are completed.

    https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html
    """
    return _page(region, "settings/connections")


def _page(region: str, path: str) -> str:
    host = _HOSTS.get(partition_of(region) or "", f"{region}.console.aws.amazon.com")
    return f"https://{host}/codesuite/{path}?region={region}"
