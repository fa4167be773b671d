"""Change sets that are never executed: what CloudFormation itself says an update would do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud
from generator.aws.stacks import TemplateSource, spell_parameters, spell_tags
from generator.errors import Problem
from generator.plan.state import AnnouncedChange

_NOTHING = ("didn't contain changes", "No updates are to be performed")
_ATTEMPTS = 200


class ChangeSets:
    """The change sets of one account and region."""

    def __init__(
        self, cloud: Cloud, *, account: str, region: str,
        sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self._client = cloud.client("cloudformation", region=region, account=account)
        self._sleep = sleep
        self._seconds = cloud.poll_seconds
        self._where = f"in {account} {region}"

    def look(
        self, stack: str, template: TemplateSource, *, parameters: dict[str, str],
        tags: dict[str, str], capabilities: tuple[str, ...], name: str,
    ) -> list[AnnouncedChange]:  # fmt: skip
        """Make a change set for a stack, read it, and delete it again whatever happens."""
        with aws_errors(f"making a change set of {stack} {self._where}"):
            made = self._client.create_change_set(
                StackName=stack,
                ChangeSetName=name,
                **template.arguments(),
                Parameters=spell_parameters(parameters),
                Tags=spell_tags(tags),
                Capabilities=list(capabilities),
            )["Id"]
        try:
            return self._read(stack, made)
        finally:
            # It goes away with the stack's next update at the latest.
            with contextlib.suppress(AwsError), aws_errors(f"deleting a change set of {stack}"):
                self._client.delete_change_set(ChangeSetName=made)

    def _read(self, stack: str, change_set: str) -> list[AnnouncedChange]:
        for _ in range(_ATTEMPTS):
            pages = list(self._pages(stack, change_set))
            status, reason = pages[0]["Status"], str(pages[0].get("StatusReason", ""))
            if status == "FAILED" and any(text in reason for text in _NOTHING):
                return []
            if status == "FAILED":
                raise AwsError(
                    Problem(f"no change set of {stack} {self._where}: {reason}"),
                    code="ChangeSetFailed", message=reason,
                )  # fmt: skip
            if status == "CREATE_COMPLETE":
                return [_change(row) for page in pages for row in page.get("Changes", ())]
            self._sleep(self._seconds)
        raise AwsError(
            Problem(f"the change set of {stack} {self._where} does not come about"),
            code="", message="",
        )  # fmt: skip

    def _pages(self, stack: str, change_set: str) -> Iterator[dict[str, Any]]:
        arguments = {"ChangeSetName": change_set}
        while True:
            with aws_errors(f"reading a change set of {stack} {self._where}"):
                page = self._client.describe_change_set(**arguments)
            yield page
            if not (following := page.get("NextToken")):
                return
            arguments["NextToken"] = following


def _change(row: dict[str, Any]) -> AnnouncedChange:
    change = row["ResourceChange"]
    return AnnouncedChange(
        logical_id=change["LogicalResourceId"],
        type=change["ResourceType"],
        action=change["Action"],
        replacement=change.get("Replacement", ""),
    )
