"""The private names of ministack's Lambda: who runs, with what, and what comes after.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core import lambda_runtime as _lambda_runtime
from ministack.core.concurrency import spawn_background as _spawn
from ministack.services import eventbridge as _events
from ministack.services import lambda_svc as _lambda
from ministack.services import scheduler as _scheduler
from ministack.services import sns as _sns
from ministack.services import sqs as _sqs
from ministack.services.cloudformation import provisioners as _provisioners

from localcloud import ministack, ministack_releases
from localcloud.ministack import Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function answered, and the error's kind when it failed."""

    payload: Any
    error: str | None


class StoppedError(Exception):
    """Background work is to end without a word, for the cloud is being emptied."""


_running: set[object] = set()
_stopping = threading.Event()


def in_background(work: Callable[[], None], name: str) -> None:
    """Do something in the present place without waiting for it."""
    token = object()
    _running.add(token)

    def run() -> None:
        try:
            work()
        except StoppedError:
            return
        finally:
            _running.discard(token)

    _spawn(run, thread_name=name)


def pause(seconds: float) -> None:
    """Let background work wait; StoppedError when it is not to go on."""
    if _stopping.wait(seconds):
        raise StoppedError


_era = 0
"""How often the cloud has been emptied."""
_began_in: ContextVar[int] = ContextVar("began_in")


def forget_late_logs() -> None:
    """Let an invocation that ends after the cloud was emptied write no log into it."""
    dispatch, emit = _lambda._execute_function_dispatch, _lambda._emit_lambda_logs

    def dispatch_and_remember(*given: Any) -> Any:
        token = _began_in.set(_era)
        try:
            return dispatch(*given)
        finally:
            _began_in.reset(token)

    def emit_in_its_era(*given: Any, **named: Any) -> None:
        if _began_in.get(_era) == _era:
            emit(*given, **named)

    _lambda._execute_function_dispatch = dispatch_and_remember
    _lambda._emit_lambda_logs = emit_in_its_era


def end_background(patience_seconds: float = 5.0) -> None:
    """Let background work end, so that it writes nothing into an emptied cloud."""
    global _era
    _era += 1
    _stopping.set()
    deadline = time.monotonic() + patience_seconds
    while _running and time.monotonic() < deadline:
        time.sleep(0.01)
    _stopping.clear()


def place_of(arn: str) -> Place:
    """Return the account and region that an ARN names."""
    parts = arn.split(":")
    return Place(parts[4], parts[3])


def invoke(function_arn: str, event: Mapping[str, Any]) -> Outcome:
    """Run a function and wait for its answer; for threads of our own, never for the loop."""
    with ministack.at(place_of(function_arn)):
        record, config, name = _lambda._get_func_record_for_ref(function_arn)
        if record is None or config is None:
            return Outcome({"errorMessage": f"Function not found: {name}"}, "ResourceNotFound")
        result = _lambda._execute_function(
            _lambda._execution_record_for_config(record, config), dict(event)
        )
    if result.get("throttle"):
        return Outcome(result.get("body"), "TooManyRequestsException")
    failed = result.get("error")
    return Outcome(
        result.get("body"), (result.get("function_error") or "Unhandled") if failed else None
    )


def function_exists(function_arn: str) -> bool:
    """Tell whether there is such a function, version or alias."""
    with ministack.at(place_of(function_arn)):
        return _lambda._get_func_record_for_ref(function_arn)[0] is not None


def kill(function_arn: str) -> None:
    """Kill the processes of a function at once, whatever they are doing."""
    place, name = place_of(function_arn), function_arn.split(":")[6]
    mine = f"{place.account}:{place.region}:{name}:"
    for key, workers in list(_lambda_runtime._workers.items()):
        for worker in workers if key.startswith(mine) else ():
            if worker._proc is not None:
                worker._proc.kill()


def event_invoke_config(function_arn: str) -> Mapping[str, Any]:
    """Return how failed events of exactly this function, version or alias are treated."""
    parts = function_arn.split(":")
    with ministack.at(place_of(function_arn)):
        function = _lambda._functions.get(parts[6]) or {}
    return _lambda._event_invoke_config(function, parts[7] if len(parts) > 7 else None) or {}


def dead_letter_target(function_arn: str) -> str | None:
    """Return the ARN of a function's own dead-letter queue or topic."""
    with ministack.at(place_of(function_arn)):
        _, config, _ = _lambda._get_func_record_for_ref(function_arn)
    return ((config or {}).get("DeadLetterConfig") or {}).get("TargetArn")


# From whom an event comes: the service, and the ARN of its rule, schedule or topic.
Origin = tuple[str, str]
_rule: ContextVar[str] = ContextVar("rule", default="")


def on_asynchronous(accept: Callable[[str, Mapping[str, Any], Origin | None], None]) -> None:
    """Hand over every asynchronous invocation: the function's ARN, the event, who sends it.

    Invoke's own have no origin: whoever calls has been asked for its permission already.
    """
    invoke_target = _events._invoke_target

    def called(func: Any, event: Any) -> None:
        arn = (func.get("config") or func)["FunctionArn"]
        accept(ministack_releases.called_alias(arn) or arn, event, None)

    def with_rule(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        token = _rule.set(rule.get("Arn", ""))
        try:
            invoke_target(target, event, rule, view)
        finally:
            _rule.reset(token)

    def from_rule(arn: str, payload: str) -> None:
        try:
            event = json.loads(payload)
        except ValueError:
            event = {"body": payload}
        service = "scheduler" if ":scheduler:" in _rule.get() else "events"
        accept(arn, event, (f"{service}.amazonaws.com", _rule.get()))

    def from_topic(
        arn: str, envelope: str, topic: str, subscription: str, *_: Any, **__: Any
    ) -> None:
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        accept(arn, {"Records": [record]}, ("sns.amazonaws.com", topic))

    _lambda.invoke_async_with_retry = called
    _events._invoke_target = with_rule
    _events._dispatch_to_lambda = from_rule
    _sns._deliver_to_lambda = from_topic


def hurry_failed_messages(shorten: Callable[[float], float]) -> None:
    """Let messages that a function failed to process come back after a shortened time.

    It is the queue's, or what the function has asked for (ChangeMessageVisibility).
    """
    run_batch = _lambda._run_sqs_batch

    def run_and_hurry(
        esm: Any, func_rec: Any, event: Any, batch: Any, queue_url: str, queue_name: str
    ) -> None:
        run_batch(esm, func_rec, event, batch, queue_url, queue_name)
        queue = _sqs._queues.get(queue_url)
        if queue is None:
            return
        _lambda._esm_backoff_until.pop(esm["UUID"], None)
        handles = {message["receipt_handle"] for message in batch}
        now = time.time()
        for message in queue["messages"]:
            if message["receipt_handle"] in handles:
                message["visible_at"] = now + shorten(max(0, message["visible_at"] - now))

    _lambda._run_sqs_batch = run_and_hurry


def wait_for_logs() -> None:
    """Wait for what an invocation has logged, where ministack looks every millisecond."""

    def drain(
        worker: Any,
        first_line_wait: float = 0.05,
        idle_confirm: float = 0.005,
        hard_cap: float = 0.25,
    ) -> str:
        lines: list[str] = []
        wait, deadline = first_line_wait, time.monotonic() + hard_cap
        with contextlib.suppress(queue.Empty):
            while (left := deadline - time.monotonic()) > 0:
                lines.append(worker._stderr_queue.get(timeout=min(wait, left)))
                wait = idle_confirm
        return "\n".join(lines)

    _lambda_runtime.Worker._drain_stderr_bounded = drain


_NUMBERS = frozenset(
    {
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "MaximumConcurrency",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "ParallelizationFactor",
        "TumblingWindowInSeconds",
    }
)


def read_numbers_of_event_sources() -> None:
    """Take numbers of event source mappings that come as text, as those of parameters do."""
    handlers = _provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]

    def reading(handle: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: handle(*map(_with_numbers, given))

    for verb in ("create", "update"):
        if verb in handlers:
            handlers[verb] = reading(handlers[verb])


def _with_numbers(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: int(one) if key in _NUMBERS and isinstance(one, str) else _with_numbers(one)
        for key, one in value.items()
    }


def fire(arn: str) -> bool:
    """Let a rule or schedule that recurs fire now; tell whether it is there and enabled."""
    place = place_of(arn)
    store, fired, tick = (
        (_scheduler._schedules, _scheduler._schedule_last_fired, _scheduler._tick_schedules)
        if ":scheduler:" in arn
        else (_events._rules, _events._rule_last_fired, _events._tick_scheduled_rules)
    )
    for key, record in store.all_items():
        if record.get("Arn") == arn and key[:2] == (place.account, place.region):
            if record.get("State") != "ENABLED" or not record.get("ScheduleExpression"):
                return False
            fired[key] = 0
            tick()
            return True
    return False


def configure(name: str, settings: Mapping[str, Any], *, concurrency: int | None) -> None:
    """Give a function of the present place settings that ministack's CloudFormation drops."""
    function = _lambda._functions[name]
    config = function["config"]
    found = dict(settings)
    if "VpcConfig" in found:
        found["VpcConfig"] = _lambda._vpc_config_with_id(found["VpcConfig"])
    before = {key: config.get(key) for key in found}
    config.update(found)
    function["concurrency"] = concurrency
    if before != found:
        # Otherwise it would look as if nothing were to be published as a version.
        config["RevisionId"] = ministack.new_id()
        _lambda.invalidate_worker(name, qualifier="$LATEST")
