"""Publish what Lambda, API Gateway and SQS publish, judge alarms by it, tell of changes."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from localcloud import ministack_apis, ministack_events, ministack_metrics
from localcloud.clock import Clock
from localcloud.judging import Judging
from localcloud.ministack_apis import ApiRequest, Served
from localcloud.ministack_metrics import AlarmChange, Invocation, Measure

LAMBDA, APIS, QUEUES = "AWS/Lambda", "AWS/ApiGateway", "AWS/SQS"
# However fast the clock: a slow machine's metrics must be seen before they are past.
LEAST_WINDOW_SECONDS = 3.0


# Judges an alarm by a way to measure.
Judge = Callable[[Mapping[str, Any], Measure], str | None]


class Telemetry:
    """The metrics of every place, and the alarms over them."""

    def __init__(self, clock: Clock, judge: Judge) -> None:
        self._clock = clock
        self._judge = judge
        self._judging = Judging(clock, judge=ministack_metrics.judge_alarms)

    def forget(self) -> None:
        """Judge nothing any more until something new is published."""
        self._judging.forget()

    def judge(self, alarm: Mapping[str, Any]) -> str | None:
        """Return the state that an alarm should have."""
        return self._judge(alarm, self._measure)

    def _measure(
        self, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, seconds: int
    ) -> float | None:
        if namespace == QUEUES:
            # Live, for on AWS the queue says how full it is every minute.
            return (ministack_metrics.queue_depth(dimensions["QueueName"]) or {}).get(name)
        window = max(LEAST_WINDOW_SECONDS, self._clock.seconds(minutes=seconds / 60))
        found = ministack_metrics.points(namespace, name, dimensions, since=time.time() - window)
        if not found:
            return None
        # What is seen now will be past one day: look again.
        self._judging.look_again()
        return ministack_metrics.statistic(found, statistic)

    def invoked(self, one: Invocation) -> None:
        """Publish an invocation under each set of dimensions that AWS knows.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        dims = {"FunctionName": one.function}
        sets: list[dict[str, str]] = [{}, dims]
        if one.qualifier is not None:
            resource = {**dims, "Resource": f"{one.function}:{one.qualifier}"}
            sets.append(resource)
            if one.qualifier not in (one.version, "$LATEST"):
                sets.append({**resource, "ExecutedVersion": one.version})
        for each in sets:
            ministack_metrics.publish(LAMBDA, "Invocations", 1, "Count", each)
            ministack_metrics.publish(LAMBDA, "Errors", float(one.error), "Count", each)
            ministack_metrics.publish(LAMBDA, "Throttles", 0, "Count", each)
            ministack_metrics.publish(LAMBDA, "Duration", one.milliseconds, "Milliseconds", each)
        self._judging.soon()

    def throttled(self, function: str) -> None:
        """Publish an invocation that was not let in."""
        for each in ({}, {"FunctionName": function}):
            ministack_metrics.publish(LAMBDA, "Throttles", 1, "Count", each)
        self._judging.soon()

    def served(self, request: ApiRequest, answer: Served) -> None:
        """Publish a request to an API, by the names that its kind of API has for it.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
        """
        http = request.kind == "http"
        client, server = ("4xx", "5xx") if http else ("4XXError", "5XXError")
        if http:
            api = {"ApiId": request.api}
        else:
            api = {"ApiName": ministack_metrics.rest_api_name(request.api)}
        group = answer.status // 100
        for each in (api, {**api, "Stage": request.stage}):
            ministack_metrics.publish(APIS, "Count", 1, "Count", each)
            ministack_metrics.publish(APIS, client, float(group == 4), "Count", each)
            ministack_metrics.publish(APIS, server, float(group == 5), "Count", each)
            ministack_metrics.publish(APIS, "Latency", answer.milliseconds, "Milliseconds", each)
        self._judging.soon()

    def look_at_queues(self) -> None:
        """Publish how full the queues of the present place are."""
        for queue in ministack_metrics.queue_names():
            for name, value in (ministack_metrics.queue_depth(queue) or {}).items():
                dims = {"QueueName": queue}
                ministack_metrics.publish(QUEUES, name, value, "Count", dims)

    def count_requests(self) -> None:
        """Publish requests to APIs, refused ones too: after whatever refuses them is installed."""
        ministack_apis.on_requests(admit=lambda _: True, served=self.served)

    def soon(self) -> None:
        """Judge the alarms of the present place in a moment."""
        self._judging.soon()


def install(clock: Clock, judge: Judge) -> Telemetry:
    """Let services publish, and alarms be judged; before traffic is split by alias."""
    telemetry = Telemetry(clock, judge)
    ministack_metrics.accept_alarms_of_metric_math()
    ministack_metrics.judge_alarms_by(telemetry.judge)
    ministack_metrics.on_alarm_change(_announce)
    ministack_metrics.on_metric_data(telemetry.soon)
    ministack_metrics.on_invocation(telemetry.invoked, telemetry.throttled)
    ministack_metrics.on_queue_use(telemetry.soon)
    ministack_metrics.before_metrics_are_read(telemetry.look_at_queues)
    return telemetry


def _announce(change: AlarmChange) -> None:
    """Publish the event of an alarm's change.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    alarm, now = change.alarm, time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": change.after, "reason": change.reason, "timestamp": now},
        "previousState": {"value": change.before, "timestamp": now},
        "configuration": _configuration(alarm),
    }
    arns = [str(alarm["AlarmArn"])]
    ministack_events.put_event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, arns)


def _configuration(alarm: Mapping[str, object]) -> dict[str, object]:
    described = {"description": alarm.get("AlarmDescription") or ""}
    if alarm.get("AlarmRule"):
        return {**described, "alarmRule": alarm["AlarmRule"]}
    queries = alarm.get("Metrics")
    if not isinstance(queries, list):
        one = {"Metric": alarm, "Period": alarm.get("Period"), "Stat": alarm.get("Statistic")}
        queries = [{"Id": "m1", "MetricStat": one, "ReturnData": True}]
    return {**described, "metrics": [_query(query) for query in queries]}


def _query(query: Mapping[str, object]) -> dict[str, object]:
    told: dict[str, object] = {
        "id": query.get("Id"),
        "returnData": str(query.get("ReturnData", True)).lower() == "true",
    }
    stat = query.get("MetricStat")
    if not isinstance(stat, Mapping):
        return {**told, "expression": query.get("Expression")}
    metric = stat["Metric"]
    dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or []}
    named = {"namespace": metric.get("Namespace"), "name": metric.get("MetricName")}
    told["metricStat"] = {
        "metric": {**named, "dimensions": dimensions},
        "period": stat.get("Period"),
        "stat": stat.get("Stat"),
    }
    return told
