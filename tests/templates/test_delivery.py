"""The delivery infrastructure: core and pipeline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from templates.rendered import Template, config_of, resolve, units_of

from generator.render.view import View

pytestmark = pytest.mark.unit


def stage(template: Template, name: str) -> dict[str, Any]:
    pipeline = template.of_type("AWS::CodePipeline::Pipeline")["Pipeline"]
    return next(stage for stage in pipeline["Stages"] if stage["Name"] == name)


def deploy_actions(variant: str) -> list[tuple[str, str, str, str]]:
    """List provider, name, regions and accounts of the actions that deploy."""
    template = units_of(variant)["pipeline"]
    parameters = template.body["Parameters"]
    return [
        (
            action["ActionTypeId"]["Provider"],
            action["Name"],
            *(
                parameters[action["Configuration"][key]["Fn::Join"][1]["Ref"]]["Default"]
                for key in ("Regions", "DeploymentTargets")
            ),
        )
        for action in stage(template, "Deploy")["Actions"]
        if action["ActionTypeId"]["Category"] == "Deploy"
    ]


def test_the_first_wave_updates_the_set_and_the_others_follow() -> None:
    assert deploy_actions("dev") == [
        ("CloudFormationStackSet", "Wave1", "us-west-2", "111111111111"),
        ("CloudFormationStackInstances", "Wave2", "us-east-1,eu-central-1", "111111111111"),
    ]


@pytest.mark.parametrize("variant", ["dev", "elsewhere"])
def test_every_region_has_an_encrypted_artifact_store_of_its_own(variant: str) -> None:
    template = units_of(variant)["pipeline"]
    stores = template.of_type("AWS::CodePipeline::Pipeline")["Pipeline"]["ArtifactStores"]
    config = config_of(variant)
    named = [store["Region"]["Fn::FindInMap"][1] for store in stores]
    names = [template.body["Mappings"]["Regions"][key]["Name"] for key in named]
    assert names == list(config.regions.artifacts)
    for store, key in zip(stores, named, strict=True):
        inside = store["ArtifactStore"]
        for value in (inside["Location"], inside["EncryptionKey"]["Id"]):
            assert value["Fn::Sub"][1] == {"Region": {"Fn::FindInMap": ["Regions", key, "Name"]}}
        assert inside["EncryptionKey"]["Type"] == "KMS"


def test_a_ragged_wave_is_parted_by_accounts() -> None:
    assert deploy_actions("ragged") == [
        ("CloudFormationStackSet", "Wave1", "us-west-2", "222222222222,333333333333"),
        ("CloudFormationStackInstances", "Wave2-1", "us-east-1", "111111111111,333333333333"),
        (
            "CloudFormationStackInstances",
            "Wave2-2",
            "eu-central-1",
            "111111111111,222222222222,333333333333",
        ),
    ]


def test_actions_reach_exactly_the_targets() -> None:
    for variant in ("dev", "ragged", "elsewhere", "long-names"):
        config = config_of(variant)
        reached = [
            (account, region)
            for _, _, regions, accounts in deploy_actions(variant)
            for region in regions.split(",")
            for account in accounts.split(",")
        ]
        assert sorted(reached) == sorted(config.pairs)


def test_many_accounts_take_several_actions() -> None:
    config = config_of("dev")
    accounts = tuple(f"{n:012}" for n in range(100))
    targets = config.targets.model_copy(update={"accounts": accounts})
    actions = View(config.model_copy(update={"targets": targets})).deploy_actions
    assert all(len(",".join(action.accounts)) <= 1000 for action in actions)
    assert [len(a.accounts) for a in actions] == [76, 24, 76, 24]


def test_actions_on_the_set_run_one_after_the_other() -> None:
    actions = stage(units_of("ragged")["pipeline"], "Deploy")["Actions"]
    assert all(a["RunOrder"] < b["RunOrder"] for a, b in pairwise(actions))


def test_a_failed_deployment_is_taken_back_everywhere() -> None:
    deploy = stage(units_of("dev")["pipeline"], "Deploy")
    assert deploy["OnFailure"] == {"Result": "ROLLBACK"}
    for action in deploy["Actions"]:
        assert action["Configuration"].get("FailureTolerancePercentage", "0") == "0"


def test_configuration_values_fit_the_limit() -> None:
    template = units_of("long-names")["pipeline"]
    values = {
        name: parameter.get("Default", "x" * 20).split(",")
        if parameter["Type"] == "CommaDelimitedList"
        else parameter.get("Default", "x" * 20)
        for name, parameter in template.body["Parameters"].items()
    }
    for each in template.of_type("AWS::CodePipeline::Pipeline")["Pipeline"]["Stages"]:
        for action in each["Actions"]:
            for value in resolve(action["Configuration"], values).values():
                assert len(value) <= 1000


@pytest.mark.parametrize(
    ("variant", "provider", "rules"),
    [
        ("dev", "CodeCommit", ["aws.codecommit"]),
        ("s3", "S3", ["aws.s3"]),
        ("prod", "CodeStarSourceConnection", []),
        ("connection", "CodeStarSourceConnection", []),
    ],
)
def test_a_source_starts_the_pipeline_by_an_event(
    variant: str, provider: str, rules: list[str]
) -> None:
    template = units_of(variant)["pipeline"]
    (action,) = stage(template, "Source")["Actions"]
    assert action["ActionTypeId"]["Provider"] == provider
    assert action["Configuration"].get("PollForSourceChanges", "false") == "false"
    starting = [
        rule
        for rule in template.of_type("AWS::Events::Rule").values()
        if "codepipeline" in json.dumps(rule["Targets"][0]["Arn"])
    ]
    assert [rule["EventPattern"]["source"][0] for rule in starting] == rules
    for rule in starting:
        assert rule["Targets"][0]["RoleArn"] == {"Fn::GetAtt": ["StartAccess", "Arn"]}


def test_a_connection_is_made_only_when_there_is_none() -> None:
    made = units_of("prod")["pipeline"].of_type("AWS::CodeConnections::Connection")
    assert list(made) == ["SourceConnection"]
    assert not units_of("connection")["pipeline"].of_type("AWS::CodeConnections::Connection")


def test_a_person_approves_where_configured() -> None:
    stages = {
        variant: [
            stage["Name"]
            for stage in units_of(variant)["pipeline"].of_type("AWS::CodePipeline::Pipeline")[
                "Pipeline"
            ]["Stages"]
        ]
        for variant in ("dev", "prod")
    }
    assert stages["dev"] == ["Source", "Build", "Scan", "Promote", "Deploy"]
    assert stages["prod"] == ["Source", "Build", "Scan", "Approve", "Promote", "Deploy"]


def test_the_pipeline_cannot_create_stack_sets() -> None:
    actions = [a for _, s in units_of("dev")["pipeline"].statements() for a in s["Action"]]
    assert "cloudformation:CreateStackSet" not in actions
    assert "cloudformation:UpdateStackSet" in actions


def test_the_dashboard_is_json_that_names_its_regions() -> None:
    for variant in ("dev", "two-functions", "ragged", "long-names"):
        template = units_of(variant)["pipeline"]
        text, own = template.of_type("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"][
            "Fn::Sub"
        ]
        regions = {id_: row["Name"] for id_, row in template.body["Mappings"]["Regions"].items()}
        named = {name: regions[value["Fn::FindInMap"][1]] for name, value in own.items()}
        body = json.loads(resolve({"Fn::Sub": text}, named | {"AWS::Region": "us-east-1"}))
        shown = [w["properties"]["region"] for w in body["widgets"] if w["type"] == "metric"]
        tools = template.config.targets.tools_account
        assert set(shown) == {r for account, r in template.config.pairs if account == tools}
        assert all("region" in w["properties"] for w in body["widgets"] if w["type"] != "text")
        assert len(body["widgets"]) <= 500


def written_out(metrics: list[list[Any]]) -> Iterator[list[Any]]:
    """Fill in what rows of a dashboard's metrics leave to the row before them."""
    before: list[Any] = []
    for row in metrics:
        if isinstance(row[0], str):
            before = [before[n] if each == "." else each for n, each in enumerate(row)]
            yield before


def test_the_dashboard_shows_each_function_by_the_alias_that_has_the_traffic() -> None:
    template = units_of("two-functions")["pipeline"]
    dashboard = template.of_type("AWS::CloudWatch::Dashboard")["Dashboard"]
    body = json.loads(dashboard["DashboardBody"]["Fn::Sub"][0])
    prefix = "${Project}-${Environment}"
    for widget in body["widgets"]:
        rows = widget["properties"].get("metrics", [])
        shown = [(row[1], row[3], row[5]) for row in written_out(rows)]
        assert all(row[0:5:2] == ["AWS/Lambda", "FunctionName", "Resource"]
                   for row in written_out(rows))  # fmt: skip
        metrics = {
            "Invocations": ["Invocations"], "Latency p99": ["Duration"],
            "Throttles": ["Throttles"], "Error rate (percent)": ["Errors", "Invocations"],
        }.get(widget["properties"].get("title"), [])  # fmt: skip
        assert shown == [
            (metric, f"{prefix}-{name}", f"{prefix}-{name}:live")
            for name in template.config.functions
            for metric in metrics
        ]


def test_no_dashboard_where_none_is_wanted() -> None:
    assert not units_of("no-dashboard")["pipeline"].of_type("AWS::CloudWatch::Dashboard")


def test_every_target_of_a_rule_retries_and_keeps_what_failed(template: Template) -> None:
    for id_, rule in template.of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86400, id_
            assert target["DeadLetterConfig"]["Arn"], id_


def test_alerts_go_to_each_address_once() -> None:
    core = units_of("prod")["core"]
    subscriptions = core.of_type("AWS::SNS::Subscription")
    assert [s["Endpoint"] for s in subscriptions.values()] == ["orders-oncall@example.com"]
    assert all(s["Protocol"] == "email" for s in subscriptions.values())
    assert not units_of("prod")["service"].of_type("AWS::SNS::Subscription")


def test_a_subscription_keeps_its_id_when_the_list_changes() -> None:
    config = config_of("prod")
    more = config.observability.model_copy(
        update={"alert_emails": ("first@example.com", *config.observability.alert_emails)}
    )
    ids = [
        s.id for s in View(config.model_copy(update={"observability": more})).alert_subscriptions
    ]
    assert View(config).alert_subscriptions[0].id == ids[1]


def test_costs_are_watched_only_with_a_budget() -> None:
    kinds = ("AWS::Budgets::Budget", "AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription")
    for kind in kinds:
        assert units_of("prod")["core"].of_type(kind)
        assert not units_of("dev")["core"].of_type(kind)


def test_the_log_policy_is_json(template: Template) -> None:
    for policy in template.of_type("AWS::Logs::ResourcePolicy").values():
        document = json.loads(resolve(policy["PolicyDocument"], {}))
        assert document["Version"] == "2012-10-17"
        assert len(json.dumps(document)) <= 5120


def test_no_stack_owns_the_release_pointers(template: Template) -> None:
    """It would write its own value again whenever its tags change."""
    for parameter in template.of_type("AWS::SSM::Parameter").values():
        assert "release" not in str(parameter["Name"])


def test_units_find_each_other_by_name() -> None:
    """What one unit names and another makes: nothing is passed between stacks by hand."""
    made = units_of("dev")
    exports = {
        json.dumps(output["Export"]["Name"])
        for unit in ("core", "artifacts")
        for output in made[unit].body["Outputs"].values()
        if "Export" in output
    }
    imports = {json.dumps(name) for name in _imports(made["pipeline"].body)}
    assert imports == exports
    bucket = made["artifacts"].of_type("AWS::S3::Bucket")["ArtifactBucket"]["BucketName"]["Fn::Sub"]
    code = made["service"].of_type("AWS::Lambda::Function")["OrdersFunction"]["Code"]["S3Bucket"]
    assert code["Fn::Sub"] == bucket.replace("${AWS::AccountId}", "${ToolsAccount}")
    archive = made["core"].of_type("AWS::S3::Bucket")["ArchiveBucket"]["BucketName"]["Fn::Sub"]
    logs = made["service"].of_type("AWS::S3::Bucket")["LogBucket"]["ReplicationConfiguration"]
    target = logs["Rules"][0]["Destination"]["Bucket"]["Fn::Sub"]
    central = archive.replace("${AWS::AccountId}", "${ToolsAccount}").replace(
        "${AWS::Region}", "${PrimaryRegion}"
    )
    assert target.endswith(f":::{central}")


def _imports(node: Any) -> list[Any]:
    if isinstance(node, dict):
        own = [node["Fn::ImportValue"]] if "Fn::ImportValue" in node else []
        return own + [name for value in node.values() for name in _imports(value)]
    if isinstance(node, list):
        return [name for item in node for name in _imports(item)]
    return []
