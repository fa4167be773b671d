"""Functions, APIs and queues publish what they do; alarms follow, there and back."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from codedeploy_service import Service

pytestmark = pytest.mark.local


@pytest.fixture
def cloud(local_cloud: Any) -> Iterator[Any]:
    yield local_cloud
    local_cloud.set_minute(0.1)


def total(cloud: Any, namespace: str, name: str, **dimensions: str) -> float:
    """Give a metric's sum over the last hour."""
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


def state(cloud: Any, name: str) -> str:
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found[0]["StateValue"])


def test_invocations_count_for_the_function_the_alias_and_the_version(cloud: Any) -> None:
    service = Service(cloud)
    bad = service.release(fails=True)
    weights = {"AdditionalVersionWeights": {bad: 0.5}}
    service.functions.update_alias(FunctionName="orders", Name="live", RoutingConfig=weights)
    answers = [service.call() for _ in range(6)]
    assert sum("FunctionError" in answer for answer in answers) == 3

    of_alias = {"FunctionName": "orders", "Resource": "orders:live"}
    for dimensions, errors, calls in (
        ({"FunctionName": "orders"}, 3, 6),
        (of_alias, 3, 6),
        ({**of_alias, "ExecutedVersion": bad}, 3, 3),
        ({**of_alias, "ExecutedVersion": "1"}, 0, 3),
    ):
        assert total(cloud, "AWS/Lambda", "Errors", **dimensions) == errors
        assert total(cloud, "AWS/Lambda", "Invocations", **dimensions) == calls
        assert total(cloud, "AWS/Lambda", "Duration", **dimensions) > 0


def test_an_alarm_turns_red_and_green_again_and_says_so(cloud: Any) -> None:
    service = Service(cloud)
    queue = service.collect_events({"source": ["aws.cloudwatch"]})
    service.alarm()
    service.call()
    cloud.until(lambda: state(cloud, "errors") == "OK")
    bad = service.release(fails=True)
    service.functions.update_alias(FunctionName="orders", Name="live", FunctionVersion=bad)
    service.call()
    cloud.until(lambda: state(cloud, "errors") == "ALARM")
    # Nobody calls any more: the errors pass, and nothing but the clock says so.
    cloud.until(lambda: state(cloud, "errors") == "OK")

    told = service.received(queue)
    assert {one["detail-type"] for one in told} == {"CloudWatch Alarm State Change"}
    states = [
        (one["detail"]["previousState"]["value"], one["detail"]["state"]["value"]) for one in told
    ]
    assert states == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK")]
    metric = told[0]["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    assert metric["namespace"] == "AWS/Lambda"
    assert metric["dimensions"] == {"FunctionName": "orders", "Resource": "orders:live"}


def test_an_alarm_of_the_slowest_calls_follows_the_functions_duration(cloud: Any) -> None:
    service = Service(cloud)
    rest = {"MetricName": "Duration", "ExtendedStatistic": "p99", "Threshold": 0.001}
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="slow",
        Namespace="AWS/Lambda",
        Dimensions=[{"Name": "FunctionName", "Value": "orders"}],
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        **rest,
    )
    service.call()
    cloud.until(lambda: state(cloud, "slow") == "ALARM")


def test_an_alarm_of_a_queue_follows_its_messages(cloud: Any) -> None:
    queues, cloudwatch = cloud.client("sqs"), cloud.client("cloudwatch")
    url = queues.create_queue(QueueName="dead-letters")["QueueUrl"]
    cloudwatch.put_metric_alarm(
        AlarmName="dead",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "dead-letters"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    queues.send_message(QueueUrl=url, MessageBody=json.dumps({"order": 1}))
    cloud.until(lambda: state(cloud, "dead") == "ALARM")
    visible = "ApproximateNumberOfMessagesVisible"
    assert total(cloud, "AWS/SQS", visible, QueueName="dead-letters") > 0
    queues.purge_queue(QueueUrl=url)
    cloud.until(lambda: state(cloud, "dead") == "OK")


def test_the_errors_of_a_new_version_turn_the_alarm_and_bring_the_old_one_back(
    cloud: Any,
) -> None:
    service = Service(
        cloud, {"alarmConfiguration": {"enabled": True, "alarms": [{"name": "errors"}]}}
    )
    service.alarm(state="OK")
    service.minute(6)
    deployment = service.deploy(service.release(fails=True))
    failures = []

    def call() -> bool:
        failures.append("FunctionError" in service.call())
        return service.look(deployment)["status"] == "Stopped"

    cloud.until(call)
    assert service.look(deployment)["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert service.alias() == ("1", {})
    assert 1 <= sum(failures) <= len(failures) * 0.1 + 1


def test_requests_to_an_api_count_by_their_outcome(cloud: Any) -> None:
    apis = cloud.client("apigatewayv2")
    api = apis.create_api(Name="orders", ProtocolType="HTTP")["ApiId"]
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    for _ in range(3):
        assert cloud.get(f"/_aws/execute-api/{api}/$default/nowhere")[0] == 404
    for dimensions in ({"ApiId": api}, {"ApiId": api, "Stage": "$default"}):
        assert total(cloud, "AWS/ApiGateway", "Count", **dimensions) == 3
        assert total(cloud, "AWS/ApiGateway", "4xx", **dimensions) == 3
        assert total(cloud, "AWS/ApiGateway", "5xx", **dimensions) == 0
