"""The private names of ministack's metrics and alarms, and of what publishes metrics.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import apigateway_v1 as _rest_apis
from ministack.services import cloudwatch as _cloudwatch
from ministack.services import lambda_svc as _lambda
from ministack.services import sqs as _sqs
from ministack.services.cloudformation import provisioners as _provisioners

from localcloud.ministack import Properties

Measure = Callable[[str, str, Mapping[str, str], str, int], float | None]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A finished invocation: of which function, called as what, and how it went."""

    function: str
    # The alias or version that was called; None for the function itself.
    qualifier: str | None
    version: str
    error: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that changed its state."""

    alarm: Mapping[str, Any]
    before: str
    after: str
    reason: str


def publish(namespace: str, name: str, value: float, unit: str, dims: Mapping[str, str]) -> None:
    """Add a data point of now to a metric of the present place."""
    _cloudwatch.record_metric(namespace, name, value, unit, dict(dims))


def points(
    namespace: str, name: str, dimensions: Mapping[str, str], *, since: float
) -> list[dict[str, Any]]:
    """Return a metric's data points of the present place."""
    found = _cloudwatch._metrics.get((namespace, name, _cloudwatch._dims_key(dimensions))) or []
    return [one for one in found if one["Timestamp"] >= since]


def statistic(found: list[dict[str, Any]], name: str) -> float | None:
    """Return a statistic (p99, too) of data points."""
    value = _cloudwatch._stat_value(_cloudwatch._calc_stats(found), name, found)
    return None if value is None else float(value)


def queue_depth(name: str) -> dict[str, float] | None:
    """Return how many messages a queue of the present place holds, by AWS's metric names."""
    queue = _sqs._queues.get(_sqs._queue_name_to_url.get(name) or _sqs._queue_url(name))
    if queue is None:
        return None
    _sqs._refresh_counts(queue)
    attributes = queue["attributes"]
    return {
        "ApproximateNumberOfMessagesVisible": float(attributes["ApproximateNumberOfMessages"]),
        "ApproximateNumberOfMessagesNotVisible": float(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        ),
        "ApproximateNumberOfMessagesDelayed": float(
            attributes["ApproximateNumberOfMessagesDelayed"]
        ),
    }


def rest_api_name(api: str) -> str:
    """Return the name of a REST API of the present place."""
    return str((_rest_apis._rest_apis.get(api) or {}).get("name", api))


def on_invocation(invoked: Callable[[Invocation], None], throttled: Callable[[str], None]) -> None:
    """Tell of every invocation that ended, and of every one that was throttled."""
    dispatch = _lambda._execute_function_dispatch

    def dispatch_and_tell(func: Any, config: Any, *rest: Any) -> Any:
        started = time.monotonic()
        result = dispatch(func, config, *rest)
        invoked(
            Invocation(
                function=config["FunctionName"],
                qualifier=next(iter(config["FunctionArn"].split(":")[7:]), None),
                version=config.get("Version", "$LATEST"),
                error=bool(isinstance(result, dict) and result.get("error")),
                milliseconds=(time.monotonic() - started) * 1000,
            )
        )
        return result

    def told_twice(name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        # ministack tells of some invocations by itself; only throttles are not told above, and
        # those that it repeats in an answer carry a duration.
        if throttle and not duration_ms:
            throttled(name)

    _lambda._execute_function_dispatch = dispatch_and_tell
    _lambda._emit_lambda_metrics = told_twice


def on_queue_use(used: Callable[[], None]) -> None:
    """Tell whenever a queue of the present place may have got or lost messages."""

    def telling(act: Callable[..., Any]) -> Callable[..., Any]:
        def act_and_tell(*arguments: Any, **more: Any) -> Any:
            used()
            return act(*arguments, **more)

        return act_and_tell

    for name in (
        "_dispatch",
        "_queue_by_arn",
        "_receive_messages_for_esm",
        "_delete_messages_for_esm",
    ):
        setattr(_sqs, name, telling(getattr(_sqs, name)))


def before_metrics_are_read(refresh: Callable[[], None]) -> None:
    """Call before somebody asks CloudWatch for statistics."""

    def refreshing(read: Callable[..., Any]) -> Callable[..., Any]:
        def refresh_and_read(*arguments: Any, **more: Any) -> Any:
            refresh()
            return read(*arguments, **more)

        return refresh_and_read

    for name in ("_get_metric_statistics", "_get_metric_data", "_list_metrics"):
        setattr(_cloudwatch, name, refreshing(getattr(_cloudwatch, name)))


def queue_names() -> list[str]:
    """Return the queues of the present place."""
    return [str(url).rpartition("/")[2] for url in _sqs._queues]


def accept_alarms_of_metric_math() -> None:
    """Let CloudFormation make alarms of expressions; DescribeAlarms returns their Metrics."""
    plain = _provisioners._cw_metric_alarm_record

    def record(name: str, given: Properties) -> Any:
        if not given.get("Metrics"):
            return plain(name, given)
        alarm = plain(name, {**given, "Metrics": None, "MetricName": "-", "Namespace": "-"})
        of_one_metric = ("MetricName", "Namespace", "Statistic", "Period", "Dimensions", "Unit")
        rest = {key: value for key, value in alarm.items() if key not in of_one_metric}
        return {**rest, "Metrics": given["Metrics"]}

    _provisioners._cw_metric_alarm_record = record


def judge_alarms_by(judge: Callable[[Mapping[str, Any]], str | None]) -> None:
    """Let alarms change state as `judge` says; None leaves one as it is."""

    def evaluate(alarm: dict[str, Any]) -> None:
        before, after = alarm["StateValue"], judge(alarm)
        if after is None or after == before:
            return
        reason = f"Threshold Crossed: {alarm['ComparisonOperator']} {alarm['Threshold']}"
        now = int(time.time())
        alarm.update(StateValue=after, StateReason=reason, StateUpdatedTimestamp=now)
        _cloudwatch._record_history(alarm["AlarmName"], before, after, reason)
        _cloudwatch._dispatch_alarm_actions(alarm, before, after, reason)
        _cloudwatch._evaluate_parent_alarms(alarm)

    _cloudwatch._evaluate_alarm = evaluate


def judge_alarms() -> None:
    """Judge every alarm of the present place."""
    _cloudwatch._evaluate_all_alarms()


def on_metric_data(published: Callable[[], None]) -> None:
    """Tell when a client published metrics in the present place; they are judged already."""
    put = _cloudwatch._put_metric_data

    def put_and_tell(*arguments: Any, **more: Any) -> Any:
        answer = put(*arguments, **more)
        published()
        return answer

    _cloudwatch._put_metric_data = put_and_tell


def alarm_state(name: str) -> str | None:
    """Return the state of an alarm of the present place, or None when there is none."""
    alarm = _cloudwatch._alarms.get(name) or _cloudwatch._composite_alarms.get(name)
    return alarm["StateValue"] if alarm else None


def on_alarm_change(tell: Callable[[AlarmChange], None]) -> None:
    """Tell of every change of an alarm's state in the present place, on whatever thread."""
    dispatch = _cloudwatch._dispatch_alarm_actions

    def dispatch_and_tell(alarm: Any, before: str, after: str, reason: str) -> None:
        dispatch(alarm, before, after, reason)
        tell(AlarmChange(alarm, before, after, reason))

    _cloudwatch._dispatch_alarm_actions = dispatch_and_tell
