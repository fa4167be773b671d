"""Faults on request, in front of everything: calls that go wrong, and functions that die.

Rules say which calls are refused, lost, slowed down or held; `kill` lets a function die in the
middle of its work, as machines do.
"""

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import Any

from localcloud import ministack, ministack_functions, sockets
from localcloud.asgi import Message, Receive, Scope, Send, headers_of, read_body
from localcloud.calls import Call, CallLog, describe, is_aws_call
from localcloud.errors import LocalCloudError
from localcloud.fault_answers import refuse
from localcloud.fault_rules import Rule, read_rules


@dataclass(frozen=True, slots=True)
class Death:
    """A function that is to die once a call has taken effect, before it hears the answer."""

    function_arn: str
    service: str
    action: str


@dataclass(eq=False, slots=True)
class Held:
    """A call that waits, unanswered, until its client is gone."""

    call: Call
    effect: str
    end: asyncio.Event


class Faults:
    """Wrap the log of calls and let go wrong what was asked for."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._deaths: list[Death] = []
        self._rules: list[Rule] = []
        self._held: list[Held] = []

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._deaths.clear()
        self._replace_rules([])

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

    def set_rules(self, message: dict[str, Any]) -> dict[str, Any]:
        """Replace the rules; calls that are held are let go, without an answer."""
        self._replace_rules(read_rules(message))
        return self.report()

    def clear_rules(self, _: dict[str, Any]) -> dict[str, Any]:
        """Let everything go well again."""
        self._replace_rules([])
        return self.report()

    def report(self) -> dict[str, Any]:
        """List the rules, how often each was met, and the calls that are held."""
        held = [{"effect": one.effect, **asdict(one.call)} for one in self._held]
        return {"rules": [rule.report() for rule in self._rules], "held": held}

    def fail_resource(self, resource_type: str) -> None:
        """Refuse, by ValueError, a resource of a type that is to fail in the present place."""
        place = ministack.current_place()
        for rule in self._rules:
            if rule.fails(resource_type, place.region, place.account):
                raise ValueError(rule.reason)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not ((self._rules or self._deaths) and is_aws_call(scope)):
            await self._log(scope, receive, send)
            return
        body = await read_body(receive)
        call = describe(scope, body)
        headers = headers_of(scope)
        key = (
            headers.get("x-amz-security-token")
            or headers.get("authorization", "").partition("/")[0]
        )
        struck = [rule for rule in self._rules if rule.strikes(call, key)]
        rule = next((one for one in struck if one.effect != "slow"), None)
        for one in struck:
            if one.effect == "slow":
                await asyncio.sleep(one.seconds)
        again = _again(body, receive)
        match rule.effect if rule else None:
            case "throttle" | "error" | "expired-token" if rule:
                await self._refuse(rule, call, scope, send)
            case "drop-before" | "region-down":
                self._log.note(call)
                sockets.abort(scope)
            case "drop-after":
                await self._log(scope, again, _unheard)
                sockets.abort(scope)
            case "hold-before":
                await self._hold(call, "hold-before", scope, receive)
            case "hold-after":
                await self._log(scope, again, _unheard)
                await self._hold(call, "hold-after", scope, receive)
            case _ if self._deaths and call.source == "internal":
                await self._answer_the_dead(call, scope, again, send)
            case _:
                await self._log(scope, again, send)

    async def _refuse(self, rule: Rule, call: Call, scope: Scope, send: Send) -> None:
        refusal = refuse(rule.effect, rule.status, call, scope)
        self._log.note(replace(call, status=refusal.status, error=refusal.code))
        headers = [
            (b"content-type", refusal.content_type.encode()),
            (b"content-length", str(len(refusal.body)).encode()),
            (b"x-amzn-errortype", refusal.code.encode()),
        ]
        if refusal.content_type == "application/cbor":
            headers.append((b"smithy-protocol", b"rpc-v2-cbor"))
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else refusal.body
        await send({"type": "http.response.body", "body": body})

    async def _hold(self, call: Call, effect: str, scope: Scope, receive: Receive) -> None:
        held = Held(call, effect, asyncio.Event())
        self._held.append(held)
        waits = [asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(held.end.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            self._held.remove(held)
            if effect == "hold-before":
                self._log.note(call)
            sockets.abort(scope)

    async def _answer_the_dead(
        self, call: Call, scope: Scope, receive: Receive, send: Send
    ) -> None:
        unheard: list[Message] = []

        async def hold_back(message: Message) -> None:
            unheard.append(message)

        await self._log(scope, receive, hold_back)
        for death in list(self._deaths):
            if (death.service, death.action) == (call.service, call.action):
                self._deaths.remove(death)
                ministack_functions.kill(death.function_arn)
        for message in unheard:
            await send(message)

    def _replace_rules(self, rules: list[Rule]) -> None:
        self._rules = rules
        for held in self._held:
            held.end.set()


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already once more."""
    first = True

    async def receive_again() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receive_again


async def _unheard(_: Message) -> None:
    """Take an answer that nobody is to hear."""


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
