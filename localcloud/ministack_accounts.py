"""The private names of what ministack knows of accounts: their regions, and whose a resource is.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Callable
from typing import Any

from ministack.services import account as _account
from ministack.services import cloudformation as _cfn
from ministack.services import ec2 as _ec2

from localcloud import ministack_stacks
from localcloud.errors import validation_error
from localcloud.ministack import Params

# Newer than ministack's list.
_NEWER = (("ap-east-2", "opted-in"), ("ap-southeast-6", "opted-in"), ("ap-southeast-7", "opted-in"))


def opt_in_regions() -> frozenset[str]:
    """List the regions that an account has to opt in to."""
    return frozenset(name for name, status in _ec2._AWS_REGIONS if status == "opted-in")


def tell_regions(is_disabled: Callable[[str], bool]) -> None:
    """Ask about each region when EC2 or Account Management describe them to an account."""
    known = {name for name, _ in _ec2._AWS_REGIONS}
    _ec2._AWS_REGIONS += [row for row in _NEWER if row[0] not in known]

    def status(name: str, usual: str) -> str:
        return "not-opted-in" if is_disabled(name) else usual

    def describe(params: Params) -> Any:
        wanted = set(_ec2._parse_member_list(params, "RegionName"))
        every = _ec2._p(params, "AllRegions", "").lower() == "true"
        rows = [(name, status(name, usual)) for name, usual in _ec2._AWS_REGIONS]
        items = "".join(
            f"<item><regionName>{name}</regionName>"
            f"<regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
            f"<optInStatus>{now}</optInStatus></item>"
            for name, now in rows
            if (not wanted or name in wanted) and (every or wanted or now != "not-opted-in")
        )
        return _ec2._xml(
            200, "DescribeRegionsResponse", f"<regionInfo>{items}</regionInfo>"
        )  # fmt: skip

    _ec2._ACTION_MAP["DescribeRegions"] = describe

    def opt_status(name: str, usual: str) -> str:
        if is_disabled(name):
            return "DISABLED"
        return "ENABLED" if usual == "opted-in" else "ENABLED_BY_DEFAULT"

    def list_regions(message: dict[str, Any]) -> Any:
        wanted = message.get("RegionOptStatusContains") or ()
        rows = [(name, opt_status(name, usual)) for name, usual in _ec2._AWS_REGIONS]
        return _account._json(
            200,
            {
                "Regions": [
                    {"RegionName": name, "RegionOptStatus": now}
                    for name, now in rows
                    if not wanted or now in wanted
                ]
            },
        )

    _account._DISPATCH["/listRegions"] = list_regions


def find_stacks_by_resource() -> None:
    """Let DescribeStackResources find the stack by the physical id of something in it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
    """

    def names_a_resource(params: Params) -> bool:
        return bool(params.get("PhysicalResourceId")) and not params.get("StackName")

    def with_its_stack(params: Params) -> Params:
        wanted = params["PhysicalResourceId"][0]
        for record in _cfn._stacks.values():
            resources = record.get("_resources", {}).values()
            if record.get("StackStatus") != "DELETE_COMPLETE" and any(
                one.get("PhysicalResourceId") == wanted
                and one.get("ResourceStatus") != "DELETE_COMPLETE"
                for one in resources
            ):
                return {**params, "StackName": [record["StackId"]]}
        raise validation_error(f"Stack for {wanted} does not exist")

    ministack_stacks.rewrite_action(
        "DescribeStackResources", when=names_a_resource, rewrite=with_its_stack
    )
