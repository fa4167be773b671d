"""Addresses of pages of the AWS console."""

from __future__ import annotations

import urllib.parse

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


def stack_set_pages(region: str, name: str, set_id: str | None = None) -> dict[str, str]:
    """Give a StackSet's pages: its overview with the menu Actions, and its instances.

    With its id (name and number) the overview is the set's own, also when another had that name.
    AWS documents no address but that of the list (see _stack_sets); these are the ones that its
    own guides and products link. Nobody seems to link to the tab of operations, or into the
    dialogue for changes: both are one click from the overview.
    """
    own = urllib.parse.quote(set_id or name, safe=":")
    return {
        "overview": f"{_stack_sets(region)}/{own}/info?permissions=self",
        "instances": f"{_stack_sets(region)}/{own}/stacks",
        "all sets": _stack_sets(region),
    }


def stack_pages(region: str, name: str, stack_id: str | None = None) -> dict[str, str]:
    """Give a stack's page, or the list with nothing but that stack where its id is not known."""
    home = f"{_cloudformation(region)}#/stacks"
    if stack_id is None:
        return {"stack": f"{home}?filteringText={urllib.parse.quote(name)}"}
    return {"stack": f"{home}/stackinfo?stackId={urllib.parse.quote(stack_id, safe='')}"}


def _stack_sets(region: str) -> str:
    return f"{_cloudformation(region)}#/stacksets"


def _cloudformation(region: str) -> str:
    return f"https://{_host(region)}/cloudformation/home?region={region}"


def _page(region: str, path: str) -> str:
    return f"https://{_host(region)}/codesuite/{path}?region={region}"


def _host(region: str) -> str:
    return _HOSTS.get(partition_of(region) or "", f"{region}.console.aws.amazon.com")
