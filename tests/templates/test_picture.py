"""What is told of a rendered system: of prod, which uses everything, and of dev."""

from __future__ import annotations

from functools import cache

import pytest
from templates.rendered import ROOT, STORE, VARIANTS, units_of

from generator.config import load
from generator.lint import Subject
from generator.picture import System, survey
from generator.picture.costs import costs_of
from generator.picture.delivery import Stage
from generator.picture.flows import Flows
from generator.picture.graph import Flow
from generator.picture.network import network_of
from generator.picture.permissions import ROLE
from generator.picture.unit import RenderedUnit
from generator.units import UNITS

pytestmark = pytest.mark.unit


@cache
def system(environment: str) -> System:
    return survey(ROOT, load(ROOT, environment), STORE)


def rendered(variant: str) -> dict[str, RenderedUnit]:
    """Give the units of a variant of dev that other tests of templates use, too."""
    texts = units_of(variant)
    return {
        unit.name: RenderedUnit(
            unit,
            unit.waves(texts[unit.name].config),
            Subject(unit.name, texts[unit.name].text),
            {},
        )
        for unit in UNITS
        if unit.name in texts
    }


def told(environment: str) -> set[str]:
    """Say each edge in words."""
    graph = system(environment).graph
    return {
        f"{graph.nodes[e.source].name} -> {graph.nodes[e.target].name}: {e.label}"
        for e in graph.edges
    }


# ---- places


def test_regions_stand_in_their_waves_with_their_accounts() -> None:
    places = system("prod").places

    assert [[place.region for place in wave] for wave in places.waves] == [
        ["us-west-2"], ["us-east-1", "eu-central-1"],
    ]  # fmt: skip
    assert [place.is_primary for place in places.places] == [False, True, False]
    assert {place.accounts for place in places.places} == {("111111111111", "222222222222")}


def test_units_come_in_the_order_of_their_deployment() -> None:
    units = {unit.name: unit for unit in system("prod").units}

    assert list(units) == [
        "roles", "execution-role", "core", "artifacts", "account", "service", "pipeline",
    ]  # fmt: skip
    assert units["service"].stacks == 6
    assert units["execution-role"].accounts == ("222222222222",)


# ---- flows


def test_requests_go_through_the_api_to_the_functions() -> None:
    assert {"Clients -> orders-prod: HTTPS", "orders-prod -> orders: 4 routes"} <= told("prod")
    assert {"Clients -> orders-dev: HTTPS", "orders-dev -> orders: 4 routes"} <= told("dev")


def test_functions_use_what_their_roles_let_them_use() -> None:
    assert {
        "orders -> orders: reads and writes",
        "fulfilment -> event-signing: reads",
        "fulfilment -> default: sends",
    } <= told("prod")


def test_queues_buses_and_schedules_call_functions() -> None:
    assert {
        "fulfilment-inbox -> fulfilment: messages",
        "default -> fulfilment: shop.warehouse",
        "rate(15 minutes) -> fulfilment: calls",
    } <= told("prod")


def test_what_failed_goes_to_the_dead_letters() -> None:
    assert {
        "orders -> Dead letters: failed calls",
        "fulfilment-inbox -> Dead letters: failed messages",
    } <= told("prod")


def test_regions_tell_the_primary_one() -> None:
    graph = system("prod").graph
    inside = {group.id: {node.id for node in group.nodes} for group in graph.groups}
    across = {
        (graph.nodes[e.source].name, graph.nodes[e.target].kind, e.flow)
        for e in graph.edges
        if e.source in inside["region"] and e.target in inside["primary"]
    }

    assert across == {
        ("Alarms", "event bus", Flow.EVENT),
        ("CodeDeploy", "event bus", Flow.EVENT),
        ("logs", "bucket", Flow.LOG),
    }


def test_a_release_goes_from_a_push_to_the_last_wave_and_can_be_taken_back() -> None:
    assert {
        "example/orders -> pipeline: push",
        "pipeline -> service: release",
        "service -> Wave 1: first",
        "Wave 1 -> Wave 2: verified",
        "rollback-events -> rollback-coordinator: messages",
        "rollback-coordinator -> service: takes back",
    } <= told("prod")


def test_a_repository_of_the_pipelines_own_stack_is_drawn_once() -> None:
    nodes = system("dev").graph.nodes.values()

    assert [node.name for node in nodes if "epository" in node.kind] == ["orders"]
    assert "orders -> pipeline: push" in told("dev")


def test_functions_that_only_help_are_no_nodes_of_their_own() -> None:
    functions = {n.name for n in system("prod").graph.nodes.values() if n.kind == "function"}

    assert functions == {"orders", "fulfilment", "rollback-coordinator"}


def test_every_edge_is_between_nodes_that_are_there_and_every_node_has_one() -> None:
    for environment in ("dev", "prod"):
        graph = system(environment).graph
        ends = {end for e in graph.edges for end in (e.source, e.target)}
        assert ends == set(graph.nodes)


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("dev", "functions are in no VPC"),
        (
            "network",
            "functions are in a VPC of the service's own, with 2 subnets;"
            " endpoints for s3, dynamodb, xray; no NAT",
        ),
        (
            "network-nat",
            "functions are in a VPC of the service's own, with 6 subnets;"
            " endpoints for s3, dynamodb, sns, xray; 3 NAT gateways",
        ),
    ],
)
def test_the_network_is_told_in_a_sentence(variant: str, said: str) -> None:
    assert network_of(rendered(variant)["service"]) == said


def test_an_api_says_at_which_address_it_is() -> None:
    (api,) = (node for node in Flows(rendered("domain")["service"]).nodes if "API" in node.kind)

    assert api.detail == "at api.example.com"


# ---- delivery


def gates(stage: Stage) -> list[str]:
    return [step.gate for steps in stage.steps for step in steps if step.gate]


def test_the_pipeline_has_its_stages_in_order_and_a_gate_in_each_but_the_first() -> None:
    stages = system("prod").delivery.stages

    assert [stage.name for stage in stages] == [
        "Source", "Build", "Scan", "Approve", "Promote", "Deploy",
    ]  # fmt: skip
    assert [bool(gates(stage)) for stage in stages] == [False, True, True, True, True, True]


def test_each_wave_is_verified_before_the_next_begins() -> None:
    deploy = system("prod").delivery.stages[-1]
    steps = [step for (step,) in deploy.steps]

    assert [step.name for step in steps] == ["Wave1", "Verify1", "Wave2", "Verify2", "Record"]
    assert steps[0].regions == ("us-west-2",)
    assert steps[2].regions == ("us-east-1", "eu-central-1")
    assert "15 min" in str(steps[1].gate)
    assert deploy.on_failure == "ROLLBACK"


# ---- parameters


@pytest.mark.parametrize("unit", ["core", "service", "pipeline"])
def test_every_parameter_stands_once_in_the_console_s_order(unit: str) -> None:
    shown = next(each for each in system("prod").parameters if each.unit == unit)
    names = [parameter.name for group in shown.groups for parameter in group.parameters]

    assert len(names) == len(set(names)) == shown.count
    assert all(p.description and p.label for group in shown.groups for p in group.parameters)


def test_a_parameter_has_the_console_s_label_its_value_and_what_it_may_be() -> None:
    service = next(each for each in system("prod").parameters if each.unit == "service")
    group = next(group for group in service.groups if group.label == "Function orders")
    memory = group.parameters[0]

    assert (memory.name, memory.label) == ("OrdersMemory", "Memory (MiB)")
    assert (memory.value, memory.allowed) == ("768", "128 to 10240")


def test_what_a_release_decides_has_no_value_yet() -> None:
    service = next(each for each in system("prod").parameters if each.unit == "service")
    release = service.groups[0].parameters

    assert {parameter.value for parameter in release} == {None}


# ---- permissions


def test_a_function_s_role_says_what_it_may_do_on_what() -> None:
    role = next(each for each in system("prod").roles if each.name == "orders-prod-orders-{region}")
    table = next(grant for grant in role.grants if grant.service == "dynamodb")

    assert role.trusted == ("lambda.amazonaws.com",)
    assert table.actions == ("GetItem", "PutItem", "Query")
    assert table.resources[0].startswith("table ")


def test_conditions_stand_with_what_they_limit() -> None:
    role = next(each for each in system("prod").roles if each.name.endswith("-pipeline-us-east-1"))
    passing = next(grant for grant in role.grants if "PassRole" in grant.actions)

    assert passing.conditions == ("iam:PassedToService StringEquals cloudformation.amazonaws.com",)
    assert passing.resources == ("iam role/orders-prod-StackSetAdministration",)


@pytest.mark.parametrize("unit", ["roles", "execution-role", "account", "service", "pipeline"])
def test_every_role_of_a_template_is_listed_with_what_it_may_do(unit: str) -> None:
    made = units_of("prod")[unit].of_type(ROLE)
    listed = [role for role in system("prod").roles if role.unit == unit]

    assert len(listed) == len(made) > 0
    assert all(role.grants and role.trusted for role in listed)


def test_a_policy_that_a_template_only_names_is_told_as_such() -> None:
    (role,) = (role for role in system("prod").roles if role.unit == "account")

    assert [(g.service, g.actions) for g in role.grants] == [
        ("managed policy", ("AmazonAPIGatewayPushToCloudWatchLogs",))
    ]


# ---- alarms


def test_an_alarm_says_when_it_is_on_and_what_it_sets_off() -> None:
    alarms = {alarm.name: alarm for alarm in system("prod").alarms}
    errors = alarms["orders-prod-orders-error-rate"]
    letters = alarms["orders-prod-orders-dead-letters"]

    assert (errors.condition, errors.watches) == ("> 0.5 for 2 min", "100 * errors / calls")
    assert (errors.parameter, errors.stacks) == ("ErrorRatePercent", 6)
    assert errors.stops_deployment
    assert errors.takes_back
    assert errors.tells == ("orders-prod-alarms",)
    assert not letters.stops_deployment
    assert not letters.takes_back


# ---- costs


def test_what_is_always_billed_is_counted_over_all_stacks() -> None:
    drivers = {driver.what: driver for driver in system("prod").costs.drivers}

    keys, endpoints = drivers["customer managed key"], drivers["interface endpoint in a zone"]
    assert keys.count == 3 + 3 + 3 * 6 + 1
    assert keys.where == "3 × 1 core, 1 × 3 artifacts, 3 × 6 service, 1 × 1 pipeline"
    # Three services, two zones; the gateways of S3 and DynamoDB cost nothing.
    assert endpoints.count == 3 * 2 * 6
    assert drivers["provisioned concurrency"].always
    assert not drivers["function"].always


def test_an_alarm_costs_as_many_metrics_as_it_reads() -> None:
    drivers = {driver.what: driver for driver in system("dev").costs.drivers}

    # Alarms on a rate, which is worked out of two metrics: the function's, its new version's and
    # the API's in each region, the coordinator's once.
    rates = 3 * 3 + 1
    alarms = sum(alarm.stacks for alarm in system("dev").alarms)
    assert drivers["metric that an alarm watches"].count == alarms + rates


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_that_the_templates_can_make_is_unknown_to_the_bill(variant: str) -> None:
    assert costs_of(rendered(variant).values()).unknown == ()


# ---- guardrails


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_rules_find_nothing_and_what_they_leave_out_has_a_reason(environment: str) -> None:
    rails = system(environment).guardrails

    assert rails.remarks == ()
    assert rails.own_rules > 80
    assert all(each.reason and "no reason" not in each.reason for each in rails.suppressions)


def test_the_whole_of_it_is_data() -> None:
    data = system("prod").as_data()

    assert data["places"]["primary"] == "us-east-1"
    assert {node["kind"] for group in data["graph"]["groups"] for node in group["nodes"]} >= {
        "function", "table",
    }  # fmt: skip
