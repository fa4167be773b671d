"""Look up what only the region itself knows of a managed network: prefix lists of S3 and DynamoDB.

Security groups need them to let functions out to these services and nowhere else; CloudFormation
has no reference to them, and each region has its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from generator.aws import Cloud, prefix_list
from generator.build.manifest import BuiltUnit
from generator.deploy.progress import Progress
from generator.units import Pair

PARAMETERS = {"S3PrefixList": "s3", "DynamoDbPrefixList": "dynamodb"}


def prefix_list_overrides(
    unit: BuiltUnit, *, cloud: Cloud, progress: Progress
) -> dict[Pair, dict[str, str]]:
    """Give each account and region its prefix lists, where nobody has said them."""
    if not PARAMETERS.keys() <= unit.parameters.keys():
        return {}

    def look(pair: Pair) -> dict[str, str]:
        account, region = pair
        said = unit.overrides_of(pair)
        found = {
            name: prefix_list(cloud, service, account=account, region=region)
            for name, service in PARAMETERS.items()
            if not said.get(name) and not unit.parameters[name]
        }
        return {name: id_ for name, id_ in found.items() if id_}

    for account in dict.fromkeys(account for account, _ in unit.pairs):
        if not cloud.reaches(account):
            progress.note(
                f"account {account}: its prefix lists cannot be looked up from here; give"
                f" {' and '.join(PARAMETERS)} under targets.overrides, or set targets.assume_role"
            )
    known = [pair for pair in unit.pairs if cloud.reaches(pair[0])]
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="prefix-lists") as pool:
        return {
            pair: unit.overrides_of(pair) | found
            for pair, found in zip(known, pool.map(look, known), strict=True)
            if found
        }
