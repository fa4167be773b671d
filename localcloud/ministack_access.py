"""The private names of ministack's policies: who may do what to whom.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator as _evaluator
from ministack.services import lambda_svc as _lambda

from localcloud import ministack
from localcloud.ministack import Place


def function_policy(place: Place, name: str) -> Mapping[str, Any] | None:
    """Return a function's resource policy, or None when there is no such function."""
    with ministack.at(place):
        function = _lambda._functions.get(name)
    return None if function is None else function["policy"]


def service_allowed(
    policy: Mapping[str, Any],
    *,
    service: str,
    action: str,
    resource: str,
    source_arn: str,
    source_account: str,
) -> bool:
    """Tell whether a resource policy lets an AWS service act for one of its resources."""
    context = _evaluator.EvalContext(
        principal_arn="",
        principal_type="AWSService",
        principal_account=source_account,
        action=action,
        resource_arn=resource,
        region=ministack.current_place().region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_account},
    )
    return _evaluator.evaluate_resource_policy(policy, context, service).decision == "Allow"
