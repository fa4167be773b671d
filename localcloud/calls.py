"""The log of AWS calls: one JSON object a line, in the order in which they were answered.

A call that took effect is noted even if its answer was lost, by the faults in front of the log; one
that a fault kept away has the fault's error, or status 0 when it was not answered at all.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs

from localcloud import ministack
from localcloud.asgi import Application, Message, Receive, Scope, Send, headers_of

# Enough of a body to find the action in a form and the code in an error.
LOOK_AT_BYTES = 65_536
_READING = re.compile(
    "Get|List|Describe|Head|Validate|Detect|Estimate|BatchGet|Batch[A-Z][a-z]+Get|Lookup|Search"
    "|Query|Scan|Select|Filter|Simulate|Preview|Check|Test|Decode|Receive|Assume|Poll"
)
# Actions whose name says otherwise than what they do.
_NOT_READING = {"DetectStackDrift", "DetectStackSetDrift", "DetectStackResourceDrift"}
# What functions and builds say of themselves, by the environment that they are given.
_INTERNAL = re.compile("exec-env/AWS_(Lambda|CodeBuild)")
_ERROR_CODE = re.compile(rb'<Code>([^<]+)</Code>|"(?:__type|code)"\s*:\s*"(?:[^"#]*#)?([^"]+)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One answered AWS call."""

    time: str
    service: str
    action: str
    account: str
    region: str
    write: bool
    status: int
    error: str | None
    source: Literal["client", "internal"]


def is_write(service: str, action: str | None, method: str) -> bool:
    """Tell whether an action changes something; S3 says so by its method."""
    if service == "s3" or action is None:
        return method not in ("GET", "HEAD", "OPTIONS")
    return action in _NOT_READING or _READING.match(action) is None


def s3_operation(action: str | None, method: str, query: Mapping[str, object]) -> str | None:
    """Return the operation of an S3 request, for IAM knows some by another name."""
    if action == "ListAllMyBuckets":
        return "ListBuckets"
    if action == "ListBucket" and method == "GET":
        return "ListObjectsV2" if "list-type" in query else "ListObjects"
    if action in ("ListBucket", "GetObject") and method == "HEAD":
        return "HeadBucket" if action == "ListBucket" else "HeadObject"
    return "DeleteObjects" if method == "POST" and "delete" in query else action


class CallLog:
    """Wrap an application and note every AWS call that passes."""

    def __init__(self, application: Application, file: Path) -> None:
        self._application = application
        self._file = file.open("a", encoding="utf-8", buffering=1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_aws_call(scope):
            await self._application(scope, receive, send)
            return
        sent, answered = bytearray(), bytearray()
        status, noted = 0, False
        head: Message | None = None

        def note() -> None:
            nonlocal noted
            if not noted:
                noted = True
                self.note(describe(scope, bytes(sent), status, bytes(answered)))

        async def receive_and_look() -> Message:
            message = await receive()
            sent.extend(message.get("body", b"")[: LOOK_AT_BYTES - len(sent)])
            return message

        async def send_and_look(message: Message) -> None:
            nonlocal status, head
            if message["type"] == "http.response.start":
                # Kept back: it is the whole answer where no body follows.
                status, head = message["status"], message
                return
            answered.extend(message.get("body", b"")[: LOOK_AT_BYTES - len(answered)])
            if not message.get("more_body"):
                # Whoever has its answer finds its call in the log.
                note()
            if head is not None:
                await send(head)
                head = None
            await send(message)

        try:
            await self._application(scope, receive_and_look, send_and_look)
        finally:
            note()

    def note(self, call: Call) -> None:
        """Write down a call."""
        self._file.write(json.dumps(asdict(call)) + "\n")

    def clear(self) -> None:
        """Forget the calls so far."""
        self._file.truncate(0)


def is_aws_call(scope: Scope) -> bool:
    """Tell calls of AWS's API from the server's own and from those of APIs that stacks made."""
    if scope["type"] != "http" or scope["path"].startswith(("/_", "/restapis/")):
        return False
    return ".execute-api." not in headers_of(scope).get("host", "")


def describe(scope: Scope, body: bytes, status: int = 0, answer: bytes = b"") -> Call:
    """Name a call and how it was answered."""
    headers = headers_of(scope)
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    method = scope["method"]
    service, action, place = ministack.name_call(method, scope["path"], headers, body, query)
    if service == "s3":
        action = s3_operation(action, method, query)
    code = _ERROR_CODE.search(answer) if status >= 400 else None
    return Call(
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        service=service,
        action=action or f"{method} {scope['path']}",
        account=place.account,
        region=place.region,
        write=is_write(service, action, method),
        status=status,
        error=(code[1] or code[2]).decode() if code else None,
        source="internal" if _INTERNAL.search(headers.get("user-agent", "")) else "client",
    )
