"""What functions use besides routes and tables, as the service template makes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from templates.rendered import Template, config_of, listed, units_of

from generator.config.names import added_functions
from generator.render.views.features import health_event

pytestmark = pytest.mark.unit


@pytest.fixture
def features() -> Template:
    return units_of("features")["service"]


def statements(template: Template, role: str) -> dict[str, dict[str, Any]]:
    """Give a role's statements by Sid."""
    return {s["Sid"]: s for id_, s in template.statements() if id_ == role}


def test_a_new_version_is_tried_before_and_after_it_gets_traffic(features: Template) -> None:
    for id_ in ("Orders", "Fulfilment"):
        policy = features.body["Resources"][f"{id_}Alias"]["UpdatePolicy"]
        hooks = policy["CodeDeployLambdaAliasUpdate"]
        for hook, when in (("BeforeAllowTrafficHook", "Pre"), ("AfterAllowTrafficHook", "Post")):
            assert hooks[hook] == {
                "Fn::If": [
                    "TrafficIsChecked",
                    {"Ref": f"{id_}{when}TrafficCheck"},
                    {"Ref": "AWS::NoValue"},
                ]
            }


def test_a_function_may_be_left_out_of_checks(features: Template) -> None:
    policy = features.body["Resources"]["UncheckedAlias"]["UpdatePolicy"]
    assert set(policy["CodeDeployLambdaAliasUpdate"]) == {"ApplicationName", "DeploymentGroupName"}
    assert not [id_ for id_ in features.body["Resources"] if id_.startswith("UncheckedP")]


def test_a_check_asks_the_new_version_before_and_the_alias_after(features: Template) -> None:
    functions = features.of_type("AWS::Lambda::Function")
    before = functions["OrdersPreTrafficCheck"]["Environment"]["Variables"]
    after = functions["OrdersPostTrafficCheck"]["Environment"]["Variables"]
    assert before["TARGET_ARN"] == {"Ref": "OrdersVersion"}
    assert after["TARGET_ARN"] == {"Fn::Sub": "${OrdersFunction.Arn}:live"}
    assert json.loads(before["EVENT"]) == health_event("http")
    other = functions["FulfilmentPreTrafficCheck"]["Environment"]["Variables"]
    assert (json.loads(other["EVENT"]), other["EXPECTED_STATUS"]) == ({"Records": []}, "204")
    service = functions["OrdersFunction"]["Environment"]["Variables"]
    assert before["EXPECTED_RELEASE"] == service["RELEASE_ID"]


@pytest.mark.parametrize(("when", "qualifier"), [("Pre", "*"), ("Post", "live")])
def test_a_check_may_call_one_function_and_report_to_one_group(
    features: Template, when: str, qualifier: str
) -> None:
    may = statements(features, f"Orders{when}TrafficCheckRole")
    assert may["Call"]["Resource"] == {"Fn::Sub": f"${{OrdersFunction.Arn}}:{qualifier}"}
    assert may["Report"]["Action"] == "codedeploy:PutLifecycleEventHookExecutionStatus"
    group = features.of_type("AWS::CodeDeploy::DeploymentGroup")["OrdersDeploymentGroup"]
    arn = may["Report"]["Resource"]["Fn::Sub"]
    assert arn.endswith(f":${{Project}}-${{Environment}}/{group['DeploymentGroupName']['Fn::Sub']}")
    assert set(may) == {"Call", "Report", "Log", "Trace", "KeepFailedCalls", "UseKey"}


def test_codedeploy_may_call_the_checks_and_nothing_else(features: Template) -> None:
    invoked = statements(features, "DeploymentAccess")["TryNewVersions"]
    assert invoked["Action"] == "lambda:InvokeFunction"
    checks = [check.id for f in features.view.functions for check in f.checks]
    assert len(checks) == 4
    assert invoked["Resource"] == [{"Fn::GetAtt": [check, "Arn"]} for check in checks]
    plain = units_of("dev")["service"]
    assert "TryNewVersions" not in statements(plain, "DeploymentAccess")


def test_the_new_version_has_an_alarm_of_its_own(service: Template) -> None:
    for f in service.view.functions:
        alarm = service.of_type("AWS::CloudWatch::Alarm")[f"{f.id}NewVersionAlarm"]
        for metric in alarm["Metrics"][1:]:
            dimensions = metric["MetricStat"]["Metric"]["Dimensions"]
            version = {d["Name"]: d["Value"] for d in dimensions}["ExecutedVersion"]
            assert version == {"Fn::GetAtt": [f"{f.id}Version", "Version"]}


def test_code_that_gen_adds_is_a_parameter_only_where_it_is_used(service: Template) -> None:
    keys = {name for name in service.body["Parameters"] if name.endswith("CodeKey")}
    own = {f"{f.id}CodeKey" for f in service.view.functions}
    added = added_functions(service.config)
    expected = {"TrafficCheckCodeKey"} if any("-check" in name for name in added) else set()
    expected |= {"SecretRotationCodeKey"} if any("-rotation" in name for name in added) else set()
    assert keys - own == expected


def test_configured_statements_arrive_in_the_function_s_role(features: Template) -> None:
    may = statements(features, "OrdersRole")
    assert may["Configured1"]["Action"] == ["sqs:SendMessage", "sqs:GetQueueUrl"]
    assert may["Configured1"]["Resource"] == [
        {
            "Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:"
            "${Project}-${Environment}-fulfilment-inbox"
        }
    ]
    assert may["Configured2"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": [{"Fn::Sub": "${Project}"}]}
    }
    assert "Configured1" not in statements(features, "FulfilmentRole")


def test_a_function_finds_and_reads_its_own_secrets_only(features: Template) -> None:
    functions = features.of_type("AWS::Lambda::Function")
    variables = functions["OrdersFunction"]["Environment"]["Variables"]
    assert variables["SIGNING_KEY_SECRET_ARN"] == {"Ref": "SigningKeySecret"}
    read = statements(features, "OrdersRole")["ReadSecrets"]
    assert read["Action"] == "secretsmanager:GetSecretValue"
    assert read["Resource"] == [{"Ref": "SigningKeySecret"}, {"Ref": "ApiTokenSecret"}]
    assert "ReadSecrets" not in statements(features, "FulfilmentRole")


def test_a_secret_is_generated_kept_and_rotated(features: Template) -> None:
    resources = features.body["Resources"]
    secrets = features.of_type("AWS::SecretsManager::Secret")
    assert set(secrets) == {"SigningKeySecret", "ApiTokenSecret"}
    for id_, secret in secrets.items():
        assert resources[id_]["UpdateReplacePolicy"] == "Retain"
        assert secret["KmsKeyId"] == {"Fn::GetAtt": ["FunctionsKey", "Arn"]}
        assert "SecretString" not in secret
    (schedule,) = features.of_type("AWS::SecretsManager::RotationSchedule").values()
    assert schedule["SecretId"] == {"Ref": "SigningKeySecret"}
    permission = resources["SigningKeySecretRotationPermission"]["Properties"]
    assert permission["Principal"] == "secretsmanager.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    rotate = statements(features, "SigningKeySecretRotationRole")["Rotate"]
    assert rotate["Resource"] == {"Ref": "SigningKeySecret"}
    variables = resources["SigningKeySecretRotation"]["Properties"]["Environment"]["Variables"]
    assert variables == {"LENGTH": "32", "EXCLUDE_CHARACTERS": "\"'\\"}


def test_a_queue_s_messages_come_to_the_alias_and_back_one_by_one(features: Template) -> None:
    (mapping,) = features.of_type("AWS::Lambda::EventSourceMapping").values()
    assert mapping["FunctionName"] == {"Ref": "FulfilmentAlias"}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "FulfilmentInboxConcurrency"}}
    inbox = features.of_type("AWS::SQS::Queue")["FulfilmentInbox"]
    failures = {"Fn::GetAtt": ["FulfilmentInboxFailures", "Arn"]}
    assert inbox["RedrivePolicy"]["deadLetterTargetArn"] == failures
    take = statements(features, "FulfilmentRole")["TakeMessages"]
    assert take["Resource"] == {"Fn::GetAtt": ["FulfilmentInbox", "Arn"]}
    visible = features.body["Parameters"]["FulfilmentInboxVisibilityTimeout"]["Default"]
    assert visible >= 6 * config_of("features").functions["fulfilment"].timeout
    alarms = features.of_type("AWS::CloudWatch::Alarm")
    assert {"FulfilmentInboxAgeAlarm", "FulfilmentInboxFailuresAlarm"} <= set(alarms)


def test_each_rule_may_call_the_alias_and_keeps_what_it_cannot_deliver(service: Template) -> None:
    permissions = {
        p["SourceArn"]["Fn::GetAtt"][0]: p
        for p in service.of_type("AWS::Lambda::Permission").values()
        if p["Principal"] == "events.amazonaws.com"
    }
    policy = service.of_type("AWS::SQS::QueuePolicy")["UndeliveredEventsPolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    kept = {arn["Fn::GetAtt"][0] for arn in statement["Condition"]["ArnEquals"]["aws:SourceArn"]}
    rules = service.of_type("AWS::Events::Rule")
    assert kept == set(rules)
    calling = {id_: r for id_, r in rules.items() if "Ref" in r["Targets"][0]["Arn"]}
    assert set(permissions) == set(calling)
    for id_, rule in calling.items():
        (target,) = rule["Targets"]
        assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}
        assert target["RetryPolicy"]
        assert target["Arn"] == permissions[id_]["FunctionName"]


def test_rules_are_as_configured(features: Template) -> None:
    rules = features.of_type("AWS::Events::Rule")
    assert rules["FulfilmentSchedule1"]["ScheduleExpression"] == "rate(5 minutes)"
    assert json.loads(rules["FulfilmentSchedule1"]["Targets"][0]["Input"]) == {"say": 'a "word"'}
    assert rules["FulfilmentEvents1"]["EventBusName"] == "shop"
    assert "EventBusName" not in rules["FulfilmentEvents2"]
    assert rules["FulfilmentEvents2"]["EventPattern"] == {"source": ["aws.health"]}


def test_environments_are_kept_ready_between_two_bounds(features: Template) -> None:
    alias = features.of_type("AWS::Lambda::Alias")["OrdersAlias"]
    minimum = {"Ref": "OrdersProvisionedMinimum"}
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": minimum}
    (target,) = features.of_type("AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert target["ResourceId"] == {"Fn::Sub": "function:${OrdersFunction}:live"}
    assert target["MinCapacity"] == minimum
    (policy,) = features.of_type("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    assert policy["ScalingTargetId"] == {"Ref": "OrdersScalableTarget"}
    assert features.body["Parameters"]["OrdersProvisionedUtilization"]["Default"] == 0.7


def test_snapshots_are_taken_of_versions(features: Template) -> None:
    functions = features.of_type("AWS::Lambda::Function")
    assert functions["FulfilmentFunction"]["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert "SnapStart" not in functions["OrdersFunction"]
    assert "FulfilmentEphemeralStorage" not in features.body["Parameters"]


def test_layers_are_named_by_a_version_of_a_parameter(features: Template) -> None:
    function = features.of_type("AWS::Lambda::Function")["OrdersFunction"]
    assert [layer["Fn::Sub"] for layer in function["Layers"]] == [
        "{{resolve:ssm:/layers/tracing:${OrdersLayer1Version}}}",
        "{{resolve:ssm:/layers/tools:${OrdersLayer2Version}}}",
    ]
    assert features.body["Parameters"]["OrdersLayer2Version"]["Default"] == 11


def test_no_function_of_ours_is_without_the_common_things(service: Template) -> None:
    configured = {
        p["FunctionName"]["Ref"] for p in service.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    for id_, function in service.of_type("AWS::Lambda::Function").items():
        assert function["TracingConfig"] == {"Mode": "Active"}, id_
        assert function["LoggingConfig"]["LogFormat"] == "JSON", id_
        assert {"MemorySize", "Timeout"} <= set(function), id_
        assert id_ in configured, id_
        role = statements(service, function["Role"]["Fn::GetAtt"][0])
        (log,) = (s for s in role.values() if "logs:PutLogEvents" in listed(s["Action"]))
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        assert log["Resource"] == {"Fn::GetAtt": [group, "Arn"]}, id_
