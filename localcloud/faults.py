"""Faults on request: a function that dies in the middle of its work, as machines do."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from localcloud import ministack, ministack_functions
from localcloud.asgi import Application, Message, Receive, Scope, Send, headers_of
from localcloud.errors import LocalCloudError


@dataclass(frozen=True, slots=True)
class Death:
    """A function that is to die once a call has taken effect, before it hears the answer."""

    function_arn: str
    service: str
    action: str


class Faults:
    """Wrap an application and let functions die where it was asked for; each time once."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._deaths: list[Death] = []

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._deaths.clear()

    def kill(self, message: dict[str, Any]) -> dict[str, Any]:
        """Plan a function's death after its next call of an action."""
        arn, after = str(message.get("function", "")), str(message.get("after", ""))
        service, _, action = after.partition(":")
        if not action:
            raise LocalCloudError(
                "after must be service:Action, such as cloudformation:CreateStack"
            )
        if arn.count(":") < 6 or not ministack_functions.function_exists(arn):
            raise LocalCloudError(f"no such function: {arn}")
        self._deaths.append(Death(arn, service, action))
        return {"planned": len(self._deaths)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_functions = scope["type"] == "http" and "exec-env/AWS_Lambda" in headers_of(scope).get(
            "user-agent", ""
        )
        if not (self._deaths and is_functions):
            await self._application(scope, receive, send)
            return
        body, unheard = bytearray(), []

        async def receive_and_keep() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def hold_back(message: Message) -> None:
            unheard.append(message)

        await self._application(scope, receive_and_keep, hold_back)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        service, action, _ = ministack.name_call(
            scope["method"], scope["path"], headers_of(scope), bytes(body), query
        )
        for death in list(self._deaths):
            if (death.service, death.action) == (service, action):
                self._deaths.remove(death)
                ministack_functions.kill(death.function_arn)
        for message in unheard:
            await send(message)
