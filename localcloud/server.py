"""Serve the local cloud on 127.0.0.1 until it is told to stop."""

import asyncio
import logging
import os
import signal
import socket
from functools import partial
from typing import Any

from localcloud import environment
from localcloud.asgi import Application, Message, Receive, Scope, Send
from localcloud.clock import Clock
from localcloud.errors import LocalCloudError
from localcloud.home import Home, ServerRecord
from localcloud.lifetime import Lifetime

CHECK_LIFETIME_SECONDS = 2.0
# Longer than SDKs keep an idle connection, so that they do not write into a closed one.
KEEP_ALIVE_SECONDS = 75.0

log = logging.getLogger("localcloud")


def serve(
    home: Home, *, token: str, owner: int | None, idle_minutes: float, minute_seconds: float
) -> int:
    """Serve in this process; the record is written when the first call can be taken."""
    home.create()
    try:
        with home.serving():
            clock = Clock()
            clock.set(minute_seconds=minute_seconds)
            home.remove_record()
            # What a killed server left behind.
            home.empty_scratch()
            home.calls_file.write_bytes(b"")
            lifetime = Lifetime(idle_seconds=idle_minutes * 60)
            if owner is not None and not lifetime.add_owner(owner):
                raise LocalCloudError(f"the owner process {owner} does not exist")
            asyncio.run(_serve(home, token, lifetime, clock))
            home.remove_record()
    except BlockingIOError:
        raise LocalCloudError(f"a server of {home.path} is already running") from None
    return 0


async def _serve(home: Home, token: str, lifetime: Lifetime, clock: Clock) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    # From here on a call waits instead of being refused, however slow the start is.
    listener.listen(128)
    port = listener.getsockname()[1]
    # Before ministack is imported, for it reads its settings at import.
    environment.prepare(home, port=port)
    from hypercorn.asyncio import serve as serve_asgi
    from hypercorn.config import Config

    from localcloud import cloud, sockets

    sockets.install()
    record = ServerRecord(endpoint=f"http://127.0.0.1:{port}", pid=os.getpid(), token=token)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    application = cloud.build(home=home, record=record, lifetime=lifetime, clock=clock)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.graceful_timeout = 1.0
    config.loglevel = "WARNING"
    watch = asyncio.create_task(_watch(lifetime, stop))
    announce = partial(home.write_record, record)
    # Hypercorn spells out every message of ASGI, we do not.
    served: Any = _announced(application, announce)
    await serve_asgi(served, config, shutdown_trigger=stop.wait)
    watch.cancel()
    cloud.close()
    home.empty_scratch()
    listener.detach()


async def _watch(lifetime: Lifetime, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(CHECK_LIFETIME_SECONDS)
        reason = await asyncio.to_thread(lifetime.reason_to_stop)
        if reason is not None:
            log.warning("stopping: %s", reason)
            stop.set()


def _announced(application: Application, announce: "partial[None]") -> Application:
    """Write the record once the application is up."""

    async def announced(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_announce(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                announce()

        is_lifespan = scope["type"] == "lifespan"
        await application(scope, receive, send_and_announce if is_lifespan else send)

    return announced
