"""`gen verify` against regions that are not what they should be."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

TOOLS = "111111111111"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
FUNCTION = "orders-dev-orders"


@pytest.fixture
def deployed(project: Project) -> Project:
    """The project, deployed."""
    project.deploy()
    return project


def digest(project: Project) -> str:
    return hashlib.sha256((project.root / "build/dev/manifest.json").read_bytes()).hexdigest()


def manifest(project: Project) -> dict[str, Any]:
    return json.loads((project.root / "build/dev/manifest.json").read_text())


def verify(project: Project, step: str, *options: str, code: int = 0, **environment: str) -> str:
    return project.gen(
        "verify", "-e", "dev", "--local", "--step", step, *options, code=code, **environment
    )


def errors(said: str) -> list[str]:
    return [line.removeprefix("error: ") for line in said.splitlines() if line[:7] == "error: "]


def test_every_step_of_a_release_that_is_as_it_should_be_passes(deployed: Project) -> None:
    given = {"GEN_MANIFEST": digest(deployed), "GEN_COMMIT": "c0ffee", "GEN_EXECUTION": "run-1"}
    for step in ("promote", "1", "2", "record"):
        verify(deployed, step, **given)
    s3 = deployed.cloud.client("s3")
    bucket = f"orders-dev-artifacts-{TOOLS}-us-east-1"
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="history/")["Contents"]]
    assert [key.rsplit("-", 1)[1] for key in keys][2:] == ["deploying.json", "good.json"]
    entry = json.load(s3.get_object(Bucket=bucket, Key=keys[-1])["Body"])
    assert (entry["commit"], entry["execution"]) == ("c0ffee", "run-1")


def test_a_build_that_the_local_cloud_runs_needs_no_option_to_find_it(deployed: Project) -> None:
    said = deployed.gen(
        "verify", "-e", "dev", "--step", "1",
        AWS_ENDPOINT_URL=deployed.cloud.endpoint,
        AWS_ACCESS_KEY_ID=TOOLS,
        AWS_SECRET_ACCESS_KEY="local",
        AWS_REGION="us-east-1",
    )  # fmt: skip
    assert "its alarms are quiet" in said


def test_promotion_finds_every_package_and_file_that_is_not_what_was_built(
    deployed: Project,
) -> None:
    handed_over = deployed.root / "handed-over"
    for name in ("manifest.json", "templates/service.yaml", "parameters/service.json"):
        (handed_over / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(deployed.root / "build/dev" / name, handed_over / name)
    given = {"GEN_MANIFEST": digest(deployed)}
    verify(deployed, "promote", "--build", str(handed_over), **given)
    key = manifest(deployed)["functions"][0]["key"]
    bucket = f"orders-dev-artifacts-{TOOLS}"
    west, central = (deployed.cloud.client("s3", region=r) for r in ("us-west-2", "eu-central-1"))
    west.delete_object(Bucket=f"{bucket}-us-west-2", Key=key)
    central.put_object(Bucket=f"{bucket}-eu-central-1", Key=key, Body=b"evil")
    said = errors(verify(deployed, "promote", "--build", str(handed_over), code=1, **given))
    assert said == [
        f"us-west-2: s3://{bucket}-us-west-2/{key} is missing",
        f"eu-central-1: s3://{bucket}-eu-central-1/{key} was tampered with: its digest is"
        f" {hashlib.sha256(b'evil').hexdigest()}, not {Path(key).stem}",
    ]
    template = handed_over / "templates/service.yaml"
    template.write_text(template.read_text() + "# more\n")
    (handed_over / "parameters/service.json").unlink()
    (handed_over / "extra.sh").write_text("true\n")
    said = errors(verify(deployed, "promote", "--build", str(handed_over), code=1, **given))
    assert [line.split(": ", 1)[1] for line in said] == [
        "missing from the build",
        "no part of the build",
        "tampered with: not the file that was built",
    ]
    with (handed_over / "manifest.json").open("a") as file:
        file.write("\n")
    (said,) = errors(verify(deployed, "promote", "--build", str(handed_over), code=1, **given))
    assert "manifest.json: tampered with" in said


def test_promotion_without_the_digest_or_the_record_is_refused(deployed: Project) -> None:
    assert "needs the digest" in verify(deployed, "promote", code=2)
    release = manifest(deployed)["release"]
    bucket = f"orders-dev-artifacts-{TOOLS}-us-east-1"
    s3 = deployed.cloud.client("s3")
    s3.delete_object(Bucket=bucket, Key=f"records/{release}.json")
    (said,) = errors(verify(deployed, "promote", "--manifest", digest(deployed), code=1))
    assert said == f"release {release} has no record in s3://{bucket}"


def test_a_step_that_there_is_not_is_wrong_usage(deployed: Project) -> None:
    assert "there is no step '3'" in verify(deployed, "3", code=2)


def test_a_region_on_another_release_is_found(deployed: Project) -> None:
    old = manifest(deployed)["release"]
    deployed.edit("lambda_code/orders_api/app.py", "from __future__", "# 1\nfrom __future__")
    deployed.gen("render", "-e", "dev")
    new = manifest(deployed)["release"]
    said = errors(verify(deployed, "2", code=1))
    assert said == [
        f"{TOOLS} {region}: its stack runs release {old}, not {new}" for region in REGIONS[1:]
    ]


def test_an_instance_that_lags_behind_is_found(deployed: Project) -> None:
    cloudformation = deployed.cloud.client("cloudformation")
    cloudformation.delete_stack_instances(
        StackSetName="orders-dev-service", Accounts=[TOOLS], Regions=["eu-central-1"],
        RetainStacks=True,
    )  # fmt: skip
    deployed.cloud.until(lambda: "eu-central-1" not in deployed.instances())
    (said,) = errors(verify(deployed, "record", code=1))
    assert said == f"{TOOLS} eu-central-1: orders-dev-service has no instance here"


def test_code_or_weights_that_somebody_changed_behind_the_alias_are_found(
    deployed: Project,
) -> None:
    for region, weights in (("us-east-1", {}), ("eu-central-1", {"1": 0.5})):
        functions = deployed.cloud.client("lambda", region=region)
        stranger = deployed.root / "build/dev" / manifest(deployed)["functions"][0]["file"]
        # A comment at a zip's end changes its digest, and not what it holds.
        data = stranger.read_bytes()
        functions.update_function_code(
            FunctionName=FUNCTION, ZipFile=data[:-2] + b"\x01\x00!", Publish=True
        )
        functions.update_alias(
            FunctionName=FUNCTION, Name="live", FunctionVersion="2",
            RoutingConfig={"AdditionalVersionWeights": weights},
        )  # fmt: skip
    east, central = errors(verify(deployed, "record", code=1))
    assert f"{TOOLS} us-east-1: {FUNCTION}: version 2 behind live is code" in east
    assert central.endswith(f"{FUNCTION}: traffic is still being shifted (50% to version 1)")


def test_an_api_that_does_not_answer_for_health_is_found(deployed: Project) -> None:
    gateway = deployed.cloud.client("apigatewayv2", region="us-west-2")
    api = gateway.get_apis()["Items"][0]["ApiId"]
    route = next(
        r for r in gateway.get_routes(ApiId=api)["Items"] if r["RouteKey"] == "GET /health"
    )
    gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
    (said,) = errors(verify(deployed, "1", code=1))
    assert said.startswith(f"{TOOLS} us-west-2: GET http")
    assert "/health answered 404" in said


def turn(project: Project, alarm: str, region: str = "us-west-2") -> None:
    project.cloud.client("cloudwatch", region=region).set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="too many errors"
    )


def test_an_alarm_that_turns_while_a_wave_bakes_stops_the_release(deployed: Project) -> None:
    deployed.cloud.set_minute(2)  # ten of them are longer than the test waits
    before = len(deployed.cloud.calls())
    process = deployed.start("verify", "-e", "dev", "--local", "--step", "1")
    deployed.cloud.until(
        lambda: [c for c in deployed.cloud.calls()[before:] if c["action"] == "DescribeAlarms"]
    )
    turn(deployed, "orders-dev-orders-latency-p99")
    _, said = process.communicate(timeout=60)
    deployed.cloud.set_minute(0.1)
    assert process.returncode == 1
    assert errors(said) == [
        f"{TOOLS} us-west-2: alarm orders-dev-orders-latency-p99 is in ALARM: too many errors"
    ]


def test_dead_letters_that_waited_before_and_alarms_of_others_stop_nothing(
    deployed: Project,
) -> None:
    cloudwatch = deployed.cloud.client("cloudwatch", region="us-west-2")
    queue = deployed.outputs()["us-west-2"]["OrdersQueueUrl"]
    deployed.cloud.client("sqs", region="us-west-2").send_message(QueueUrl=queue, MessageBody="{}")
    deployed.cloud.until(
        lambda: cloudwatch.describe_alarms(
            AlarmNames=["orders-dev-orders-dead-letters"], StateValue="ALARM"
        )["MetricAlarms"]
    )
    cloudwatch.put_metric_alarm(
        AlarmName="orders-dev-2-orders-error-rate", MetricName="Errors", Namespace="other",
        Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    turn(deployed, "orders-dev-2-orders-error-rate")
    said = verify(deployed, "1")
    assert "orders-dev-orders-dead-letters was in ALARM before, so it says nothing" in said


def test_alarms_of_what_is_taken_back_do_not_hold_up_the_release_that_is_gone_back_to(
    deployed: Project,
) -> None:
    alarm = "orders-dev-orders-own-error-rate"
    # Without data it stays as it is told to be.
    deployed.cloud.client("cloudwatch", region="us-west-2").put_metric_alarm(
        AlarmName=alarm, MetricName="Errors", Namespace="own", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    turn(deployed, alarm)
    assert errors(verify(deployed, "1", code=1)) == [
        f"{TOOLS} us-west-2: alarm {alarm} is in ALARM: too many errors"
    ]
    # The next release is promoted, and the stage that deploys it rolls back.
    deployed.cloud.client("s3").put_object(
        Bucket=f"orders-dev-artifacts-{TOOLS}-us-east-1",
        Key=f"history/20991231T235959.000Z-{'b' * 12}-deploying.json",
        Body=b"{}",
    )
    assert "its alarms are not waited for" in verify(deployed, "1")


def test_a_release_that_was_taken_back_is_never_what_a_stage_may_go_back_to(
    deployed: Project,
) -> None:
    release = manifest(deployed)["release"]
    deployed.cloud.client("s3").put_object(
        Bucket=f"orders-dev-artifacts-{TOOLS}-us-east-1",
        Key=f"history/20991231T235959.000Z-{release}-bad.json",
        Body=b"{}",
    )
    assert errors(verify(deployed, "1", code=1)) == [
        f"release {release} is recorded as bad: no region may run it"
    ]


def test_alarms_that_an_operator_told_to_ignore_are_ignored_and_it_says_so(
    project: Project,
) -> None:
    project.edit(
        "params/dev.yaml", '"111111111111"',
        '"111111111111"\n  overrides: [{regions: [us-west-2],'
        ' parameters: {IgnoreAlarmsInDeployment: "true"}}]',
    )  # fmt: skip
    project.deploy()
    turn(project, "orders-dev-orders-error-rate")
    said = verify(project, "1")
    assert f"{TOOLS} us-west-2: alarms are ignored, as its parameters say" in said
