"""CodeDeploy of the local cloud moves an alias from version to version, watched and undone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from codedeploy_service import HOOK, SILENT, Service

pytestmark = pytest.mark.local

CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
LINEAR = "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
WATCHED = {"alarmConfiguration": {"enabled": True, "alarms": [{"name": "errors"}]}}


@pytest.fixture
def cloud(local_cloud: Any) -> Iterator[Any]:
    yield local_cloud
    local_cloud.set_minute(0.1)


@pytest.fixture
def service(cloud: Any) -> Service:
    return Service(cloud)


def test_a_canary_gets_its_share_then_everything(service: Service) -> None:
    service.minute(0.4)
    target = service.release()
    deployment = service.deploy(target)
    service.cloud.until(service.alias, lambda seen: seen == ("1", {target: 0.1}))
    assert service.look(deployment)["status"] == "InProgress"

    info = service.finish(deployment)

    assert info["status"] == "Succeeded"
    assert info["completeTime"] - info["startTime"] >= timedelta(seconds=5 * 0.4 * 0.95)
    assert service.alias() == (target, {})
    assert set(service.stages(deployment).values()) == {"Succeeded"}


def test_a_canary_is_not_over_before_it_was_called_as_often_as_the_clock_asks(
    service: Service,
) -> None:
    service.minute(0.01, calls=4)
    target = service.release()
    deployment = service.deploy(target)
    service.cloud.until(service.alias, lambda seen: seen == ("1", {target: 0.1}))
    for _ in range(5 * 4 - 1):
        service.functions.invoke(FunctionName="orders", Qualifier="live")
    assert service.look(deployment)["status"] == "InProgress", "minutes have long passed"
    assert service.alias() == ("1", {target: 0.1})
    service.functions.invoke(FunctionName="orders", Qualifier="live")
    assert service.finish(deployment)["status"] == "Succeeded"


def test_a_canary_that_nobody_calls_is_let_go_on_by_the_clock(service: Service) -> None:
    service.minute(0.01, calls=4)
    target = service.release()
    deployment = service.deploy(target)
    service.cloud.until(service.alias, lambda seen: seen == ("1", {target: 0.1}))
    service.minute(0.01)
    assert service.finish(deployment)["status"] == "Succeeded"


def test_a_linear_deployment_takes_ten_steps(service: Service) -> None:
    service.minute(0.15)
    target = service.release()
    deployment = service.deploy(target, deploymentConfigName=LINEAR)
    seen: list[float] = []

    def watch() -> bool:
        weight = service.alias()[1].get(target)
        if weight is not None and weight not in seen:
            seen.append(weight)
        return service.look(deployment)["status"] == "Succeeded"

    service.cloud.until(watch)
    assert seen == sorted(seen)
    assert len(seen) >= 5
    assert set(seen) <= {step / 10 for step in range(1, 10)}
    assert service.alias() == (target, {})


def test_all_at_once_takes_no_time(service: Service) -> None:
    service.minute(60)
    target = service.release()
    deployment = service.deploy(target, deploymentConfigName=AT_ONCE)
    assert service.finish(deployment)["status"] == "Succeeded"
    assert service.alias() == (target, {})


def test_hooks_are_asked_before_and_after_the_traffic(service: Service) -> None:
    service.create("check", HOOK.format(status="Succeeded"))
    target = service.release()
    hooks = {"BeforeAllowTraffic": "check", "AfterAllowTraffic": "check"}
    deployment = service.deploy(target, hooks=hooks)
    assert service.finish(deployment)["status"] == "Succeeded"
    asked = [
        call["error"]
        for call in service.cloud.calls()
        if call["action"] == "PutLifecycleEventHookExecutionStatus"
    ]
    assert asked == [None, None]


@pytest.mark.parametrize("stage", ["BeforeAllowTraffic", "AfterAllowTraffic"])
def test_a_hook_that_fails_brings_the_old_version_back(service: Service, stage: str) -> None:
    service.create("check", HOOK.format(status="Failed"))
    deployment = service.deploy(service.release(), hooks={stage: "check"})

    info = service.finish(deployment)

    assert info["status"] == "Failed"
    assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert service.stages(deployment)[stage] == "Failed"
    assert service.alias() == ("1", {})
    back = service.finish(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment


def test_a_hook_that_never_answers_fails_after_an_hour(service: Service) -> None:
    service.create("check", SILENT)
    service.minute(0.02)
    deployment = service.deploy(service.release(), hooks={"BeforeAllowTraffic": "check"})
    info = service.finish(deployment)
    assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert "60 minutes" in info["errorInformation"]["message"]
    assert service.stages(deployment) == {
        "BeforeAllowTraffic": "Failed",
        "AllowTraffic": "Skipped",
        "AfterAllowTraffic": "Skipped",
    }


def test_an_alarm_stops_the_shifting_and_rolls_back(cloud: Any) -> None:
    service = Service(cloud, WATCHED)
    service.alarm(state="OK")
    service.minute(30)
    target = service.release()
    deployment = service.deploy(target)
    cloud.until(service.alias, lambda seen: seen == ("1", {target: 0.1}))

    service.alarm(state="ALARM")

    info = service.finish(deployment)
    assert info["status"] == "Stopped"
    assert info["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert service.alias() == ("1", {})
    assert service.finish(info["rollbackInfo"]["rollbackDeploymentId"])["status"] == "Succeeded"


def test_a_red_alarm_blocks_and_the_switch_lets_through(cloud: Any) -> None:
    service = Service(cloud, WATCHED)
    service.alarm(state="ALARM")
    target = service.release()
    blocked = service.finish(service.deploy(target))
    assert (blocked["status"], blocked["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    back = blocked["rollbackInfo"]["rollbackDeploymentId"]
    assert service.finish(back)["status"] == "Succeeded"

    service.codedeploy.update_deployment_group(
        applicationName="shop",
        currentDeploymentGroupName="orders",
        alarmConfiguration={"enabled": False, "alarms": [{"name": "errors"}]},
    )

    assert service.finish(service.deploy(target))["status"] == "Succeeded"
    assert service.alias() == (target, {})


@pytest.mark.parametrize(("ignored", "status"), [(True, "Succeeded"), (False, "Stopped")])
def test_an_alarm_that_cannot_be_read_stops_unless_ignored(
    cloud: Any, ignored: bool, status: str
) -> None:
    missing = {"enabled": True, "ignorePollAlarmFailure": ignored, "alarms": [{"name": "none"}]}
    service = Service(cloud, {"alarmConfiguration": missing})
    assert service.finish(service.deploy(service.release()))["status"] == status


def test_a_stopped_deployment_rolls_back(service: Service) -> None:
    service.minute(30)
    target = service.release()
    deployment = service.deploy(target)
    service.cloud.until(service.alias, lambda seen: seen == ("1", {target: 0.1}))

    service.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)

    info = service.finish(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert service.alias() == ("1", {})
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        service.codedeploy.stop_deployment(deploymentId=deployment)


def test_without_automatic_rollback_a_stopped_deployment_stays_where_it_is(
    cloud: Any,
) -> None:
    service = Service(cloud, {"autoRollbackConfiguration": {"enabled": False}})
    service.minute(30)
    target = service.release()
    deployment = service.deploy(target)
    cloud.until(service.alias, lambda seen: seen == ("1", {target: 0.1}))
    service.codedeploy.stop_deployment(deploymentId=deployment)
    assert "rollbackInfo" not in service.finish(deployment)
    assert service.alias() == ("1", {target: 0.1})


def test_a_group_has_one_deployment_at_a_time(service: Service) -> None:
    service.minute(30)
    target = service.release()
    service.deploy(target)
    with pytest.raises(ClientError, match="DeploymentLimitExceededException"):
        service.deploy(target)


def test_deployments_tell_what_they_do_by_events(service: Service) -> None:
    queue = service.collect_events({"source": ["aws.codedeploy"]})
    service.create("check", HOOK.format(status="Failed"))
    good, bad = service.release(), service.release()
    first = service.finish(service.deploy(good))
    second = service.finish(service.deploy(bad, current=good, hooks={"AfterAllowTraffic": "check"}))
    third = service.finish(second["rollbackInfo"]["rollbackDeploymentId"])

    told = [one["detail"] for one in service.received(queue)]

    states: dict[str, list[str]] = {}
    for detail in told:
        states.setdefault(detail["deploymentId"], []).append(detail["state"])
    assert states == {
        first["deploymentId"]: ["START", "SUCCESS"],
        second["deploymentId"]: ["START", "FAILURE"],
        third["deploymentId"]: ["START", "SUCCESS"],
    }
    group = service.codedeploy.get_deployment_group(
        applicationName="shop", deploymentGroupName="orders"
    )["deploymentGroupInfo"]
    assert (
        told[0].items()
        >= {
            "region": "us-east-1",
            "application": "shop",
            "deploymentGroup": "orders",
            "instanceGroupId": group["deploymentGroupId"],
        }.items()
    )
    assert group["lastSuccessfulDeployment"]["deploymentId"] == third["deploymentId"]


def test_a_deployment_from_another_version_than_the_alias_has_is_refused(
    service: Service,
) -> None:
    target = service.release()
    info = service.finish(service.deploy(target, current=target))
    assert info["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"
    assert service.alias() == ("1", {})


def test_the_api_refuses_in_the_words_of_aws(service: Service) -> None:
    api = service.codedeploy
    refused = [
        ("ApplicationDoesNotExistException", lambda: api.get_application(applicationName="no")),
        (
            "ApplicationAlreadyExistsException",
            lambda: api.create_application(applicationName="shop", computePlatform="Lambda"),
        ),
        (
            "DeploymentGroupDoesNotExistException",
            lambda: api.get_deployment_group(applicationName="shop", deploymentGroupName="no"),
        ),
        (
            "InvalidRoleException",
            lambda: api.create_deployment_group(
                applicationName="shop",
                deploymentGroupName="other",
                serviceRoleArn="arn:aws:iam::111111111111:role/none",
            ),
        ),
        (
            "DeploymentConfigDoesNotExistException",
            lambda: service.deploy("1", deploymentConfigName="none"),
        ),
        (
            "InvalidRevisionException",
            lambda: api.create_deployment(
                applicationName="shop",
                deploymentGroupName="orders",
                revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": "x"}},
            ),
        ),
        ("DeploymentDoesNotExistException", lambda: service.look("d-ABCDEFGHI")),
        (
            "InvalidAutoRollbackConfigException",
            lambda: api.update_deployment_group(
                applicationName="shop",
                currentDeploymentGroupName="orders",
                autoRollbackConfiguration={"enabled": True},
            ),
        ),
    ]
    for code, call in refused:
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code


def test_every_predefined_configuration_of_lambda_is_there(service: Service) -> None:
    names = service.codedeploy.list_deployment_configs()["deploymentConfigsList"]
    every = [f"Every{minutes}" for minutes in ("1Minute", "2Minutes", "3Minutes", "10Minutes")]
    assert sorted(names) == sorted(
        [
            AT_ONCE,
            *(f"CodeDeployDefault.LambdaCanary10Percent{n}Minutes" for n in (5, 10, 15, 30)),
            *(f"CodeDeployDefault.LambdaLinear10Percent{one}" for one in every),
        ]
    )


def test_an_alias_with_weights_splits_its_calls(service: Service) -> None:
    target = service.release()
    service.functions.update_alias(
        FunctionName="orders",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {target: 0.25}},
    )
    answers = [service.call() for _ in range(20)]
    versions = [answer["ExecutedVersion"] for answer in answers]
    assert versions.count(target) == 5
    for answer in answers:
        body = json.load(answer["Payload"])
        assert body["version"] == answer["ExecutedVersion"]
        assert body["arn"].endswith(":function:orders:live")


TEMPLATE = """
Parameters:
  Enabled: {Type: String, Default: "true"}
  Share: {Type: Number, Default: 20}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: codedeploy.amazonaws.com}, Action: sts:AssumeRole}
  Application:
    Type: AWS::CodeDeploy::Application
    Properties: {ApplicationName: shop, ComputePlatform: Lambda}
  Config:
    Type: AWS::CodeDeploy::DeploymentConfig
    Properties:
      ComputePlatform: Lambda
      TrafficRoutingConfig:
        Type: TimeBasedCanary
        TimeBasedCanary: {CanaryPercentage: !Ref Share, CanaryInterval: 3}
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties:
      ApplicationName: !Ref Application
      DeploymentGroupName: orders
      DeploymentConfigName: !Ref Config
      ServiceRoleArn: !GetAtt Role.Arn
      AlarmConfiguration: {Enabled: !Ref Enabled, Alarms: [{Name: errors}]}
      AutoRollbackConfiguration: {Enabled: true, Events: [DEPLOYMENT_FAILURE]}
Outputs:
  Application: {Value: !Ref Application}
  Config: {Value: !Ref Config}
  Group: {Value: !Ref Group}
"""


def test_stacks_make_change_and_delete_what_deployments_need(cloud: Any) -> None:
    stacks, api = cloud.client("cloudformation"), cloud.client("codedeploy")

    def group() -> dict[str, Any]:
        names = {"applicationName": "shop", "deploymentGroupName": "orders"}
        return dict(api.get_deployment_group(**names)["deploymentGroupInfo"])

    def put(change: Any, **given: str) -> dict[str, str]:
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]
        change(
            StackName="shop",
            TemplateBody=TEMPLATE,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
        )
        return dict(cloud.outputs("shop"))

    made = put(stacks.create_stack)
    assert (made["Application"], made["Group"]) == ("shop", "orders")
    config = api.get_deployment_config(deploymentConfigName=made["Config"])
    routing = config["deploymentConfigInfo"]["trafficRoutingConfig"]
    assert routing["timeBasedCanary"] == {"canaryPercentage": 20, "canaryInterval": 3}
    before = group()
    assert before["alarmConfiguration"] == {"enabled": True, "alarms": [{"name": "errors"}]}

    changed = put(stacks.update_stack, Enabled="false", Share="30")

    after = group()
    assert after["alarmConfiguration"]["enabled"] is False
    assert after["deploymentGroupId"] == before["deploymentGroupId"]
    # A configuration cannot be changed: there is a new one, and the old one is gone.
    assert after["deploymentConfigName"] == changed["Config"] != made["Config"]
    assert made["Config"] not in api.list_deployment_configs()["deploymentConfigsList"]

    stacks.delete_stack(StackName="shop")
    cloud.until(lambda: not api.list_applications()["applications"])
    recorded = cloud.get("/_localcloud/recorded")[1]
    assert [one for one in recorded if "CodeDeploy" in one["type"]] == []
