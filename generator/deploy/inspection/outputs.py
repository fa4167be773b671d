"""Read what the deployed stacks say of themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from generator.aws import AwsError, Cloud, Stacks, StackSets
from generator.build.manifest import BuiltUnit, Manifest
from generator.units import Kind, Pair


def outputs(manifest: Manifest, cloud: Cloud) -> list[dict[str, Any]]:
    """Give each deployed stack's status and outputs, in the order of deployment."""
    found = [
        (unit, pair, stack)
        for unit in manifest.units
        for pair, stack in _stacks(manifest, unit, cloud)
    ]

    def read(row: tuple[BuiltUnit, Pair, str]) -> dict[str, Any] | None:
        unit, (account, region), stack = row
        state = Stacks(cloud, account=account, region=region).describe(stack)
        if state is None:
            return None
        return {
            "unit": unit.name,
            "account": account,
            "region": region,
            "stack": state.id,
            "status": state.status,
            "outputs": state.outputs,
        }

    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="outputs") as pool:
        return [row for row in pool.map(read, found) if row]


def _stacks(manifest: Manifest, unit: BuiltUnit, cloud: Cloud) -> list[tuple[Pair, str]]:
    if unit.kind is Kind.STACK:
        return [(pair, unit.stack_name) for pair in unit.pairs if cloud.reaches(pair[0])]
    sets = StackSets(cloud, account=manifest.tools_account, region=manifest.primary_region)
    try:
        instances = sets.instances(unit.stack_name)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return []
        raise
    order = {pair: position for position, pair in enumerate(unit.pairs)}
    reachable = [i for i in instances if i.stack_id and cloud.reaches(i.account)]
    return [
        (instance.pair, instance.stack_id)
        for instance in sorted(reachable, key=lambda i: (order.get(i.pair, len(order)), i.pair))
    ]
