"""A cloud whose clients answer as boto3's do: what each call gives is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

Answer = dict[str, Any] | Callable[..., dict[str, Any]]


def refusal(code: str, message: str = "") -> Callable[..., dict[str, Any]]:
    """Make an answer that boto3 raises."""

    def refuse(**arguments: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "Operation")

    return refuse


class FakeClient:
    """A client; a method that nothing was written down for does not exist."""

    def __init__(self, answers: dict[str, Answer], calls: list[tuple[str, dict[str, Any]]]):
        self._answers = answers
        self._calls = calls

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        try:
            answer = self._answers[method]
        except KeyError:
            raise AttributeError(method) from None

        def call(**arguments: Any) -> dict[str, Any]:
            self._calls.append((method, arguments))
            return answer(**arguments) if callable(answer) else answer

        return call

    def get_paginator(self, method: str) -> FakePaginator:
        return FakePaginator(getattr(self, method))


class FakePaginator:
    """Gives the one page that there is."""

    def __init__(self, call: Callable[..., dict[str, Any]]):
        self._call = call

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        yield self._call(**arguments)


class FakeCloud:
    """Answers by `service.method`, or by `service.method@region` where regions differ."""

    is_local = False

    def __init__(self, answers: dict[str, Answer]):
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.unreachable: set[str] = set()

    def reaches(self, account: str) -> bool:
        return account not in self.unreachable

    def client(self, service: str, *, region: str, account: str | None = None) -> FakeClient:
        found: dict[str, Answer] = {}
        for name, answer in self.answers.items():
            of, _, method = name.partition(".")
            method, _, where = method.partition("@")
            if of == service and (where == region or (not where and method not in found)):
                found[method] = answer
        return FakeClient(found, self.calls)
