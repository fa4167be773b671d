"""The connections of callers, to be closed in the middle of a call as broken networks do."""

import asyncio
from typing import Any

from localcloud.asgi import Scope

_writers: dict[tuple[str, int], asyncio.StreamWriter] = {}


def install() -> None:
    """Know every connection that the server takes."""
    from hypercorn.asyncio import run
    from hypercorn.asyncio.tcp_server import TCPServer

    class KnownServer(TCPServer):
        async def run(self) -> None:
            peer = self.writer.get_extra_info("peername")
            _writers[peer[:2]] = self.writer
            try:
                await super().run()
            finally:
                _writers.pop(peer[:2], None)

    module: Any = run
    module.TCPServer = KnownServer


def abort(scope: Scope) -> None:
    """Close the connection of a call at once; its caller gets no answer."""
    client = scope.get("client")
    writer = _writers.get((client[0], client[1])) if client else None
    if writer is not None:
        writer.transport.abort()
