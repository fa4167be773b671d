"""Judge whether a function's resource policy lets an AWS service invoke it."""

from localcloud import ministack_access
from localcloud.ministack import Place

INVOKE = "lambda:InvokeFunction"


def may_invoke(function_arn: str, *, service: str, source_arn: str, source_account: str) -> bool:
    """Tell whether a service may invoke a function, by version or alias as the ARN says.

    A permission is for exactly what it names: one for the function is none for its alias.
    """
    parts = function_arn.split(":")
    if len(parts) < 7:
        return False
    policy = ministack_access.function_policy(Place(parts[4], parts[3]), parts[6])
    return policy is not None and ministack_access.service_allowed(
        policy,
        service=service,
        action=INVOKE,
        resource=function_arn,
        source_arn=source_arn,
        source_account=source_account,
    )
