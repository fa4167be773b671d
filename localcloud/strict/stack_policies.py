"""Stack policies: what an update may do to a stack's resources.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import json
from fnmatch import fnmatchcase
from typing import Any

from localcloud.errors import validation_error

MODIFY, REPLACE, DELETE = "Update:Modify", "Update:Replace", "Update:Delete"
_ACTIONS = {"Update:*", MODIFY, REPLACE, DELETE}
_LIMIT = 16_384


def check(text: str) -> None:
    """Refuse a document that is no stack policy."""
    if len(text) > _LIMIT:
        raise validation_error(
            "1 validation error detected: Value at 'stackPolicyBody' failed to satisfy constraint:"
            f" Member must have length less than or equal to {_LIMIT}"
        )
    try:
        statements = _statements(text)
        actions = {action for one in statements for action in _listed(one["Action"])}
        principals = [one["Principal"] for one in statements]
        effects = {one["Effect"] for one in statements}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise validation_error("Error validating stack policy: Invalid stack policy") from None
    if not actions <= _ACTIONS or not effects <= {"Allow", "Deny"}:
        raise validation_error("Error validating stack policy: Invalid stack policy")
    if any(principal not in ("*", {"AWS": "*"}) for principal in principals):
        raise validation_error("Error validating stack policy: Invalid stack policy")


def refusal(policy: str, action: str, logical_id: str, resource_type: str) -> str | None:
    """Say, in AWS's words, why a policy lets an update not do something; None when it does.

    Of statements that contradict each other the last one holds: so AWS has been seen to judge,
    although a denial is documented to hold always. No statement that fits refuses as well.
    """
    statements = _statements(policy)
    if not statements:
        return None
    resource = f"LogicalResourceId/{logical_id}"
    fitting = [
        (number, one)
        for number, one in enumerate(statements)
        if _fits(one, action, resource, resource_type)
    ]
    if not fitting:
        return "Action not allowed by stack policy"
    number, last = fitting[-1]
    if last["Effect"] == "Allow":
        return None
    return (
        f"Action denied by stack policy: Statement [#{number}] does not allow [{action}]"
        f" for resource [{resource}]"
    )


def _statements(text: str) -> list[dict[str, Any]]:
    found = json.loads(text).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _fits(statement: dict[str, Any], action: str, resource: str, resource_type: str) -> bool:
    if not any(fnmatchcase(action, one) for one in _listed(statement["Action"])):
        return False
    if "NotResource" in statement:
        named = not any(fnmatchcase(resource, one) for one in _listed(statement["NotResource"]))
    else:
        named = any(fnmatchcase(resource, one) for one in _listed(statement.get("Resource", [])))
    types = [
        one
        for operator in statement.get("Condition", {}).values()
        for one in _listed(operator.get("ResourceType", []))
    ]
    return named and (not types or any(fnmatchcase(resource_type, one) for one in types))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
