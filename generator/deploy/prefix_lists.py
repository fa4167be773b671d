"""Look up what only the region itself knows of a managed network: prefix lists of S3 and DynamoDB.

Security groups need them to let functions out to these services and nowhere else; CloudFormation
has no reference to them, and each region has its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from generator.aws import Cloud, prefix_lists
from generator.build.manifest import BuiltUnit
from generator.units import Pair

PARAMETERS = {"S3PrefixList": "s3", "DynamoDbPrefixList": "dynamodb"}


def prefix_list_overrides(unit: BuiltUnit, *, cloud: Cloud) -> dict[Pair, dict[str, str]]:
    """Give each account and region its prefix lists, where nobody has said them."""
    if not PARAMETERS.keys() <= unit.parameters.keys():
        return {}
    asked = {pair: missing for pair in unit.pairs if (missing := _missing(unit, pair))}
    regions = list(dict.fromkeys(region for _, region in asked))
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="prefix-lists") as pool:
        found = pool.map(lambda r: prefix_lists(cloud, PARAMETERS.values(), region=r), regions)
        known = dict(zip(regions, found, strict=True))
    values = {
        pair: {name: known[pair[1]][service] for name, service in missing.items()
               if service in known[pair[1]]}
        for pair, missing in asked.items()
    }  # fmt: skip
    return {pair: unit.overrides_of(pair) | own for pair, own in values.items() if own}


def _missing(unit: BuiltUnit, pair: Pair) -> dict[str, str]:
    """Give the parameters without a value, with their services."""
    said = unit.overrides_of(pair)
    return {
        name: service
        for name, service in PARAMETERS.items()
        if not said.get(name) and not unit.parameters[name]
    }
