"""The server's own API under /_localcloud/: identity, status, recorded resources, reset."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.asgi import Application, Receive, Scope, Send, read_body, send_json
from localcloud.errors import LocalCloudError
from localcloud.lifetime import Lifetime

PREFIX = "/_localcloud/"
Handler = Callable[[dict[str, Any]], Any]


class Control:
    """Answer the server's own API; pass every other request on."""

    def __init__(self, application: Application, lifetime: Lifetime) -> None:
        self._application = application
        self._lifetime = lifetime
        self._answers: dict[tuple[str, str], Handler] = {}

    def answer(self, method: str, name: str, handler: Handler) -> None:
        """Let the API answer one more request; a POST hands its JSON body to the handler."""
        self._answers[method, PREFIX + name] = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            if scope["type"] != "lifespan":
                self._lifetime.touch()
            await self._application(scope, receive, send)
            return
        handler = self._answers.get((scope["method"], scope["path"]))
        if handler is None:
            await send_json(send, {"error": f"no such request: {scope['path']}"}, status=404)
            return
        body = await read_body(receive)
        try:
            answer = handler(json.loads(body) if body else {})
        except LocalCloudError as error:
            await send_json(send, {"error": str(error)}, status=400)
            return
        await send_json(send, await answer if isinstance(answer, Awaitable) else answer)


async def off_the_loop(function: Callable[[], None]) -> None:
    """Run something slow without holding up other requests."""
    await asyncio.to_thread(function)
