"""The call log has a call before anybody has its answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from localcloud.asgi import Message, Receive, Scope, Send
from localcloud.calls import CallLog

pytestmark = pytest.mark.unit

PUT: Scope = {
    "type": "http",
    "method": "PUT",
    "path": "/bucket/key",
    "query_string": b"",
    "headers": [(b"host", b"localhost"), (b"authorization", b"AWS4-HMAC-SHA256 Credential=1/s3/")],
}


def test_a_call_is_noted_before_the_head_of_its_answer_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    sent: list[tuple[str, int]] = []

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # Without a body, a client has its answer with the head.
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append((message["type"], len(file.read_text().splitlines())))

    asyncio.run(CallLog(answer, file)(PUT, receive, send))
    assert sent == [("http.response.start", 1), ("http.response.body", 1)]
