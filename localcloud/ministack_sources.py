"""The private names of ministack's event source mappings.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from typing import Any

from ministack.services import lambda_svc as _lambda


def count_in_numbers() -> None:
    """Let a mapping's concurrency be a template's parameter, whose value comes as text.

    Without it, the first such mapping ends the polling of all queues of every function.
    """
    concurrency = _lambda._sqs_esm_concurrency

    def counted(esm: dict[str, Any], *rest: Any) -> int:
        scaling = esm.get("ScalingConfig") or {}
        if isinstance(limit := scaling.get("MaximumConcurrency"), str):
            esm = {**esm, "ScalingConfig": {**scaling, "MaximumConcurrency": int(limit)}}
        return concurrency(esm, *rest)

    _lambda._sqs_esm_concurrency = counted
