"""Serve repositories over HTTP, by git's own http-backend.

https://git-scm.com/docs/git-http-backend
"""

import asyncio
import contextlib
import logging
from asyncio.subprocess import PIPE, Process

from localcloud.asgi import Application, Receive, Scope, Send, headers_of
from localcloud.codecommit import events, git
from localcloud.codecommit.repositories import PREFIX, Repositories, Repository
from localcloud.errors import LocalCloudError

CHUNK = 65_536
log = logging.getLogger("localcloud")


class GitServer:
    """Answer git's requests; pass every other request on."""

    def __init__(self, application: Application, repositories: Repositories) -> None:
        self._application = application
        self._repositories = repositories
        self._locks: dict[str, asyncio.Lock] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._application(scope, receive, send)
            return
        path = str(scope["path"]).removeprefix(PREFIX)
        repository = self._repositories.of_path(path)
        if repository is None:
            await _answer(send, 404, f"repository not found: {path}\n")
        elif path.endswith("/git-receive-pack") and scope["method"] == "POST":
            lock = self._locks.setdefault(str(repository.folder), asyncio.Lock())
            # One push at a time, so that what moved is what this push has moved.
            async with lock:
                await self._take_push(repository, scope, receive, send)
        else:
            await _serve(self._repositories, scope, receive, send)

    async def _take_push(
        self, repository: Repository, scope: Scope, receive: Receive, send: Send
    ) -> None:
        before = await asyncio.to_thread(git.references, repository.folder)

        async def tell() -> None:
            after = await asyncio.to_thread(git.references, repository.folder)
            events.tell(self._repositories, repository, before, after)

        await _serve(self._repositories, scope, receive, send, at_end=tell)


async def _serve(
    repositories: Repositories,
    scope: Scope,
    receive: Receive,
    send: Send,
    at_end: "events.Tell | None" = None,
) -> None:
    """Let git answer; `at_end` runs before the client learns that all is done."""
    try:
        variables = {**git.environment(), **_cgi(repositories, scope)}
    except LocalCloudError as error:
        await _answer(send, 500, f"{error}\n")
        return
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", env=variables, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    feeding = asyncio.create_task(_feed(process, receive))
    complaining = asyncio.create_task(_complaints(process))
    assert process.stdout is not None
    try:
        head = await _head(process.stdout)
        if head is None:
            await _answer(send, 500, "git http-backend did not answer: is all of git installed?\n")
            return
        await send(head)
        while chunk := await process.stdout.read(CHUNK):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await process.wait()
        if at_end is not None:
            await at_end()
        await send({"type": "http.response.body", "body": b""})
    finally:
        feeding.cancel()
        complaining.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _feed(process: Process, receive: Receive) -> None:
    """Pass the request's body on while git answers already."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                process.kill()
                return
            process.stdin.write(message.get("body", b""))
            await process.stdin.drain()
            if not message.get("more_body", False):
                process.stdin.close()
                return


async def _complaints(process: Process) -> None:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        log.warning("git: %s", line.decode(errors="replace").rstrip())


async def _head(output: asyncio.StreamReader) -> dict[str, object] | None:
    """Read the headers of a CGI answer, of which `Status` is one; None when there is no answer."""
    status, headers = 200, []
    while line := (await output.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.lower(), value.strip()))
    if not headers:
        return None
    return {"type": "http.response.start", "status": status, "headers": headers}


def _cgi(repositories: Repositories, scope: Scope) -> dict[str, str]:
    headers = headers_of(scope)
    found = {
        "GIT_PROJECT_ROOT": str(repositories.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": "/" + str(scope["path"]).removeprefix(PREFIX),
        "REQUEST_METHOD": scope["method"],
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": "127.0.0.1",
    }
    # Content-Encoding gzip is undone by git itself.
    for name, variable in (
        ("content-type", "CONTENT_TYPE"),
        ("content-length", "CONTENT_LENGTH"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ):
        if name in headers:
            found[variable] = headers[name]
    return found


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
