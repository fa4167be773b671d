from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config import Config, load
from generator.config.names import too_long
from generator.config.regions import PARTITIONS
from generator.config.source import Source
from generator.errors import GenError, Problem, UsageError

pytestmark = pytest.mark.unit
Edit = Callable[[str, str], None]


def problems(project: Path, environment: str = "dev") -> list[Problem]:
    with pytest.raises(GenError) as caught:
        load(project, environment)
    return list(caught.value.problems)


def only(project: Path) -> Problem:
    found = problems(project)
    assert len(found) == 1, found
    return found[0]


def test_two_files_become_one_configuration(project: Path) -> None:
    config = load(project, "dev").config
    assert config.project == "shop"
    assert config.functions["orders"].memory == 512
    assert config.regions.artifacts == ("us-east-1", "us-west-2", "eu-central-1")


def test_the_environment_wins_mappings_merge_and_lists_replace(project: Path) -> None:
    with (project / "params" / "dev.yaml").open("a") as file:
        file.write("functions: {orders: {memory: 1024, routes: [GET /health]}}\n")
    orders = load(project, "dev").config.functions["orders"]
    assert (orders.memory, orders.routes, orders.source) == (1024, ("GET /health",), "code/orders")


def test_pairs_come_in_wave_order_without_the_excluded_ones(project: Path, edit: Edit) -> None:
    edit(
        'targets: {tools_account: "111111111111"}',
        'targets: {tools_account: "111111111111", accounts: ["111111111111", "222222222222"],'
        ' exclude: [{account: "222222222222", region: us-west-2}]}',
    )
    assert load(project, "dev").config.pairs == (
        ("111111111111", "us-west-2"),
        ("111111111111", "us-east-1"),
        ("222222222222", "us-east-1"),
        ("111111111111", "eu-central-1"),
        ("222222222222", "eu-central-1"),
    )


MISTAKES = [
    ("primary: us-east-1", "primary: us-esat-1", 4, "'us-esat-1' is not an AWS region", "us-"),
    ("primary:", "primry:", 4, "unknown key 'primry'", "did you mean 'primary'?"),
    ("eu-central-1]", "us-west-2]", 5, "region us-west-2 stands in the waves twice", None),
    ('"111111111111"', "111111111111", 6, "put it in quotes", None),
    (
        'targets: {tools_account: "111111111111"',
        'targets: {tools_account: "111111111111", organizational_units: [ou-abcd-12345678]',
        6,
        "unknown key 'organizational_units'",
        "name the accounts under targets.accounts",
    ),
    ("Owner: team", "Owner: true", 2, "text", None),
    ("CostCenter: CC-1", "Cost: CC-1", 2, "CostCenter is required", None),
    ("environment: dev", "environment: prod", 1, "but the file is for 'dev'", "named after"),
    (
        "environment: dev",
        "environment: dev\nenvironment: dev",
        2,
        "'environment' is said twice (first on line 1)",
        None,
    ),
    ("tags:", "tags: [", 3, "not valid YAML", None),
    ("environment: dev", "environment: dev\ndelivery: {strategy: Canary}", 2, "strategy", None),
    ("environment: dev", "environment: dev\napi: {authorization: JWT}", 2, "needs `jwt`", None),
    (
        "environment: dev",
        "environment: dev\nfunctions: {orders: {timeout: 60}}",
        2,
        "gives up after 30",
        "29 at most",
    ),
    (
        "environment: dev",
        "environment: dev\nfunctions: {orders: {source: code/order}}",
        2,
        "there is no folder 'code/order'",
        "did you mean 'code/orders'?",
    ),
    (
        "environment: dev",
        "environment: dev\nfunctions: {orders: {tables: {order: [GetItem]}}}",
        2,
        "uses table 'order'",
        "did you mean 'orders'?",
    ),
    (
        "environment: dev",
        "environment: dev\nfunctions: {orders: {routes: [FETCH /orders]}}",
        2,
        "'FETCH /orders' is not of the form",
        None,
    ),
    (
        "environment: dev",
        "environment: dev\nfunctions: {other: {source: code/orders, routes: [GET /health]}}",
        2,
        "belongs to function 'orders' already",
        "one function",
    ),
    (
        "environment: dev",
        "environment: dev\nfunctions: {firehose: {source: code/orders}}",
        2,
        "the name of another role",
        "rename the function",
    ),
    (
        "environment: dev",
        "environment: dev\nproject: a-project-whose-name-is-too-long",
        2,
        "AWS allows 63",
        "shorten",
    ),
    (
        "environment: dev",
        "environment: dev\npipeline: {source: {type: github}}",
        2,
        "must have one of 'codecommit', 'connection', 's3'",
        None,
    ),
    (
        "environment: dev",
        'environment: dev\nfunctions: {orders: {environment: {AWS_REGION: "x"}}}',
        2,
        "AWS_REGION is set by Lambda",
        None,
    ),
    (
        '"111111111111"}',
        '"111111111111", exclude: [{account: "111111111111", region: eu-west-1}]}',
        6,
        "region eu-west-1 is no target",
        None,
    ),
    ("us-east-1, eu-central-1", "us-east-1, cn-north-1", 3, "several partitions", "one partition"),
]


@pytest.mark.parametrize(("old", "new", "line", "message", "hint"), MISTAKES)
def test_a_mistake_is_one_message_with_its_line(
    project: Path, edit: Edit, old: str, new: str, line: int, message: str, hint: str | None
) -> None:
    edit(old, new)
    problem = only(project)
    assert (problem.file, problem.line) == ("params/dev.yaml", line)
    assert message in problem.message
    assert (hint or "") in (problem.hint or "")


def test_all_mistakes_come_at_once(project: Path) -> None:
    (project / "params" / "dev.yaml").write_text(
        "environment: dev\n"
        "tags: {Owner: team, CostCenter: CC-1}\n"
        "regions:\n"
        "  primary: us-esat-1\n"
        "  waves: [[us-west-2], [us-west-2]]\n"
        "targets: {tools_account: 1}\n"
        "functions:\n"
        "  orders: {memmory: 1, timeout: 60, source: code/order, tables: {order: [GetItem]}}\n"
        "delivery: {strategy: AllAtOnc}\n"
    )
    found = problems(project)
    assert [problem.line for problem in found] == [4, 5, 6, 8, 8, 8, 8, 9]


def test_a_mistake_in_the_defaults_names_that_file(project: Path) -> None:
    (project / "params" / "defaults.yaml").write_text("project: Shop\n")
    found = problems(project)
    assert ("params/defaults.yaml", 1) in [(p.file, p.line) for p in found]


def test_an_unknown_environment_is_wrong_usage_and_names_those_that_exist(project: Path) -> None:
    with pytest.raises(UsageError, match="no environment 'prd'") as caught:
        load(project, "prd")
    assert caught.value.exit_code == 2
    assert caught.value.problems[0].hint == "environments here: dev"


def test_region_names_are_those_botocore_knows() -> None:
    session = botocore.session.get_session()
    for partition, regions in PARTITIONS.items():
        known = session.get_available_regions("cloudformation", partition_name=partition)
        assert sorted(regions) == sorted(known)


def test_the_schema_describes_every_field_that_is_not_obvious() -> None:
    schema = Config.model_json_schema()
    assert schema["additionalProperties"] is False
    assert "canary" in schema["$defs"]["Regions"]["properties"]["waves"]["description"]


def test_the_longest_allowed_names_fit(project: Path, edit: Edit) -> None:
    config = load(project, "dev").config
    longest = config.model_copy(update={"project": "p" * (25 - len("-dev")), "environment": "dev"})
    assert [text for text in too_long(longest) if "bucket" in text] == []
    longer = config.model_copy(update={"project": "p" * 28})
    assert any("bucket" in text for text in too_long(longer))


KEYS = st.text("abc", min_size=1, max_size=2)
TREES = st.recursive(
    st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, TREES, max_size=3), st.dictionaries(KEYS, TREES, max_size=3))
def test_merging_keeps_what_is_not_said_again_and_takes_what_is(
    below: dict[str, object], above: dict[str, object]
) -> None:
    source = Source(values=dict(below))
    source.merge(Source(values=dict(above)))

    def check(old: object, new: object, merged: object) -> None:
        if isinstance(old, dict) and isinstance(new, dict):
            assert isinstance(merged, dict)
            assert set(merged) == set(old) | set(new)
            for key in merged:
                if key in new:
                    check(old.get(key), new[key], merged[key])
                else:
                    assert merged[key] == old[key]
        else:
            assert merged == new

    check(below, above, source.values)


def test_wrong_items_of_lists_hide_no_mistake_of_other_sections(project: Path, edit: Edit) -> None:
    edit(
        "environment: dev",
        "environment: dev\n"
        "functions:\n"
        "  orders:\n"
        "    permissions: [{actions: ['s3:*'], resources: ['*']}]\n"
        "    snap_start: true\n"
        "    provisioned_concurrency: {min: 1, max: 2, target_percent: 70}\n"
        "api: {type: http, waf: true}",
    )
    assert [problem.line for problem in problems(project)] == [4, 5, 7]


def test_stack_policies_are_on_and_termination_protection_is_off_unless_asked_for(
    project: Path, edit: Callable[[str, str], None]
) -> None:
    default = load(project, "dev").config.protection
    assert (default.termination, default.stack_policy) == (False, True)
    edit("targets:", "protection: {termination: true, stack_policy: false}\ntargets:")
    chosen = load(project, "dev").config.protection
    assert (chosen.termination, chosen.stack_policy) == (True, False)
