"""ministack: a call of CloudFormation that is repeated with its token is answered, not redone.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from typing import Any

from ministack.services.cloudformation import handlers as _handlers

from localcloud import ministack
from localcloud.ministack import Params, Place

_ACTIONS = {
    "CreateStack": "StackName",
    "UpdateStack": "StackName",
    "DeleteStack": "StackName",
    "CreateStackSet": "StackSetName",
}


class Tokens:
    """Remembers the latest call of each stack and set, and how it was answered."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Place, str, str], tuple[str, str, Any]] = {}

    def clear(self) -> None:
        """Forget every call."""
        self._answers.clear()

    def install(self) -> None:
        """Answer a repeated call of the actions that take a token as it was answered before."""
        for action, key in _ACTIONS.items():
            self._wrap(action, key)

    def _wrap(self, action: str, key: str) -> None:
        carry_out = _handlers._ACTION_HANDLERS[action]

        def answer(params: Params) -> Any:
            token, name = (params.get(part, [""])[0] for part in ("ClientRequestToken", key))
            # By name and by id it is the same stack.
            subject = (ministack.current_place(), key, name.split("/")[1] if "/" in name else name)
            known = self._answers.get(subject)
            if token and known and known[:2] == (action, token):
                return known[2]
            given = carry_out(params)
            if given[0] < 300:
                self._answers[subject] = (action, token, given)
            return given

        _handlers._ACTION_HANDLERS[action] = answer
