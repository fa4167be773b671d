"""The private names of ministack's functions and aliases: who is called, and who answers.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import asyncio
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.services import lambda_svc as _lambda


@dataclass(frozen=True, slots=True)
class Alias:
    """Which version of a function an alias points to, and who else gets a share."""

    arn: str
    version: str
    weights: Mapping[str, float]


def _function(reference: str) -> dict[str, Any] | None:
    """Return a function of the present place by its name or ARN."""
    return _lambda._functions.get(_lambda._resolve_name(reference))


def alias(function: str, name: str) -> Alias | None:
    """Return an alias of a function of the present place."""
    found = ((_function(function) or {}).get("aliases") or {}).get(name)
    if found is None:
        return None
    weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return Alias(found["AliasArn"], found["FunctionVersion"], weights)


def version_numbers(function: str) -> frozenset[str]:
    """Return the published versions of a function of the present place."""
    return frozenset((_function(function) or {}).get("versions") or {})


async def wait_for_snapshot(version_arn: str) -> None:
    """Wait until the snapshot of a SnapStart version is made; ValueError, and no version, if not.

    Until then every call of the version is refused.
    """
    function, _, number = version_arn.rpartition(":")
    versions = (_function(function) or {}).get("versions") or {}
    while number in versions:
        config = versions[number]["config"]
        if config["SnapStart"]["OptimizationStatus"] != "On" or config["State"] == "Active":
            return
        if config["State"] == "Failed":
            del versions[number]
            raise ValueError(
                f"Resource of type 'AWS::Lambda::Version' with identifier '{version_arn}' did not "
                f"stabilize: {config['StateReason']}"
            )
        await asyncio.sleep(0.02)


def route_alias(function: str, name: str, version: str, weights: Mapping[str, float]) -> None:
    """Point an alias to a version, with shares for others (ValueError when refused)."""
    change = {
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": dict(weights)},
    }
    answer = _lambda._update_alias(_lambda._resolve_name(function), name, change)
    if answer[0] >= 400:
        raise ValueError(str(answer[2]))


def invoke_later(function: str, event: Mapping[str, Any]) -> bool:
    """Invoke a function asynchronously; tell whether there is one."""
    record, config, _ = _lambda._get_func_record_for_ref(function)
    if record is None or config is None:
        return False
    _lambda.invoke_async_with_retry(_lambda._execution_record_for_config(record, config), event)
    return True


# The alias by which a function is called, where a version was chosen for it.
_called_as: ContextVar[str | None] = ContextVar("called_as", default=None)
# Set where an alias is described, not called.
_described: ContextVar[bool] = ContextVar("described", default=False)


def split_traffic(choose: Callable[[str, str, Mapping[str, float]], str]) -> None:
    """Let calls of an alias go to the version that `choose` names, and be known as the alias's.

    `choose` gets the alias's ARN, its version and the weights of others.
    """
    find, call = _lambda._effective_func_record_for_qualifier, _lambda._invoke
    dispatch, call_later = _lambda._execute_function_dispatch, _lambda.invoke_async_with_retry

    def chosen(found: Mapping[str, Any]) -> str:
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return choose(found["AliasArn"], found["FunctionVersion"], weights)

    def find_by_weight(func: Any, qualifier: str | None) -> Any:
        one = ((func or {}).get("aliases") or {}).get(qualifier)
        if one is None or _described.get():
            return find(func, qualifier)
        record, config = find(func, chosen(one))
        if record is None or config is None:
            return record, config
        called = {**config, "FunctionArn": one["AliasArn"]}
        return {**record, "config": called}, called

    async def call_by_weight(
        name: str,
        event: Any,
        headers: Any,
        path_qualifier: str | None = None,
        query_params: Any = None,
    ) -> Any:
        asked = (query_params or {}).get("Qualifier") or []
        qualifier = path_qualifier or (asked if isinstance(asked, str) else next(iter(asked), None))
        one = ((_lambda._functions.get(name) or {}).get("aliases") or {}).get(qualifier)
        if one is None:
            return await call(name, event, headers, path_qualifier, query_params)
        token = _called_as.set(one["AliasArn"])
        try:
            return await call(name, event, headers, chosen(one), None)
        finally:
            _called_as.reset(token)

    def as_called(func: Any) -> Any:
        arn, config = _called_as.get(), func.get("config") or func
        # What this call sets off in its turn is no call of the alias.
        if arn is None or arn.rpartition(":")[0] != _unqualified(config["FunctionArn"]):
            return func
        return {**func, "config": {**config, "FunctionArn": arn}}

    def dispatch_as_called(func: Any, config: Any, *rest: Any) -> Any:
        called = as_called({**func, "config": config})
        return dispatch(called, called["config"], *rest)

    def described(describe: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*arguments: Any) -> Any:
            token = _described.set(True)
            try:
                return describe(*arguments)
            finally:
                _described.reset(token)

        return answer

    _lambda._effective_func_record_for_qualifier = find_by_weight
    _lambda._invoke = call_by_weight
    _lambda._execute_function_dispatch = dispatch_as_called
    _lambda.invoke_async_with_retry = lambda func, event: call_later(as_called(func), event)
    for name in ("_get_function", "_get_function_config", "_create_esm"):
        setattr(_lambda, name, described(getattr(_lambda, name)))


def called_alias(function_arn: str) -> str | None:
    """Return the alias by which the function is called just now, if by one."""
    arn = _called_as.get()
    found = arn is not None and arn.rpartition(":")[0] == _unqualified(function_arn)
    return arn if found else None


def _unqualified(arn: str) -> str:
    """Return a function's ARN without version or alias."""
    return ":".join(arn.split(":")[:7])
