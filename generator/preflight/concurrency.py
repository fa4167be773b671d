"""P407: new functions find the concurrency that they reserve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from generator.aws import unreserved_concurrency
from generator.codes import preflight as codes
from generator.preflight.finding import Finding, Look
from generator.preflight.scene import Scene
from generator.preflight.template import Resource
from generator.units import Pair

_KEPT_UNRESERVED = 100
"""Executions that Lambda keeps for functions that reserve none.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""


class Concurrency:
    """New functions find the concurrency that they reserve."""

    code = codes.P407

    def looks(self, scene: Scene) -> Iterable[Look]:
        for pair in scene.places():
            if any(_reserved(resource) for _, resource in scene.all_at(pair)):
                yield Look(*pair, partial(self.find, scene, pair))

    def find(self, scene: Scene, pair: Pair) -> Iterator[Finding]:
        new = [(unit, one) for unit, one in scene.new_at(pair) if _reserved(one)]
        if not new:
            return
        account, region = pair
        wanted = sum(_reserved(function) for _, function in new)
        left = unreserved_concurrency(scene.cloud, account=account, region=region)
        if left - wanted < _KEPT_UNRESERVED:
            unit, function = new[0]
            yield Finding(
                self.code.number,
                scene.problem(
                    unit,
                    function,
                    f"{account} {region}: new functions reserve {wanted} executions, but of the"
                    f" {left} that are left {_KEPT_UNRESERVED} stay unreserved",
                    hint="ask for more concurrent executions (Service Quotas, L-B99A9384), or lower"
                    " reserved_concurrency",
                ),
            )


def _reserved(resource: Resource) -> int:
    if resource.type != "AWS::Lambda::Function":
        return 0
    text = str(resource.value("ReservedConcurrentExecutions"))
    return int(text) if text.isdigit() else 0
