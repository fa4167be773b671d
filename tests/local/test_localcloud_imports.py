"""Stacks that exist become instances of a set, by the rules that AWS documents."""

from typing import Any

import pytest
from localaws import stack
from stack_sets import ADMIN, MEMBER, TEMPLATE, Sets, given, make_roles

pytestmark = pytest.mark.local


@pytest.fixture
def sets(local_cloud: Any) -> Sets:
    make_roles(local_cloud)
    return Sets(local_cloud, local_cloud.client("cloudformation", ADMIN))


def make_stack(
    sets: Sets, account: str, region: str, template: str = TEMPLATE, **values: str
) -> str:
    """Make a stack by other means than the set; its id."""
    stack(sets.cloud, template, name="byhand", account=account, region=region, **values)
    client = sets.cloud.client("cloudformation", account, region)
    found: str = client.describe_stacks(StackName="byhand")["Stacks"][0]["StackId"]
    return found


def take_in(sets: Sets, *stack_ids: str, **options: Any) -> dict[str, Any]:
    started = sets.client.import_stacks_to_stack_set(
        StackSetName="shop", **({"StackIds": list(stack_ids)} if stack_ids else {}), **options
    )
    return sets.wait(started["OperationId"])


def test_a_stack_becomes_an_instance_untouched_with_its_own_values_as_overrides(
    sets: Sets,
) -> None:
    ids = [
        make_stack(sets, ADMIN, "us-east-1"),
        make_stack(sets, MEMBER, "eu-central-1", Size="big"),
    ]
    sets.create(Parameters=given(Size="small"))
    operation = take_in(sets, *ids)
    assert (operation["Action"], operation["Status"]) == ("CREATE", "SUCCEEDED")
    assert set(sets.statuses().values()) == {("CURRENT", "SUCCEEDED")}
    instance = sets.client.describe_stack_instance(
        StackSetName="shop", StackInstanceAccount=MEMBER, StackInstanceRegion="eu-central-1"
    )["StackInstance"]
    assert instance["StackId"] == ids[1]
    assert instance["ParameterOverrides"] == given(Size="big")
    # The set's next update reaches the stack itself, and makes no second one.
    sets.update(Parameters=given(Size="small", Color="blue"))
    assert sets.setting(MEMBER, "eu-central-1") == "big blue"
    assert sets.setting(ADMIN, "us-east-1") == "small blue"
    stacks = sets.cloud.client("cloudformation", MEMBER, "eu-central-1").describe_stacks()["Stacks"]
    assert [one["StackName"] for one in stacks] == ["byhand"]


def test_another_template_fails_the_import_of_that_stack(sets: Sets) -> None:
    stack_id = make_stack(
        sets, ADMIN, "us-east-1", TEMPLATE.replace("Default: red", "Default: blue")
    )
    sets.create()
    operation = take_in(sets, stack_id)
    assert operation["Status"] == "FAILED"
    assert "does not match the template" in sets.reason(operation)
    assert sets.statuses() == {(ADMIN, "us-east-1"): ("OUTDATED", "FAILED_IMPORT")}


def test_a_stack_with_a_hidden_parameter_is_not_imported(sets: Sets) -> None:
    hidden = TEMPLATE.replace("Default: red", "Default: red, NoEcho: true")
    stack_id = make_stack(sets, ADMIN, "us-east-1", hidden)
    sets.create(hidden)
    operation = take_in(sets, stack_id)
    assert operation["Status"] == "FAILED"
    assert "NoEcho parameters [Color]" in sets.reason(operation)


def test_what_belongs_to_a_set_is_not_imported_again(sets: Sets) -> None:
    stack_id = make_stack(sets, ADMIN, "us-east-1")
    sets.create()
    take_in(sets, stack_id)
    with pytest.raises(sets.client.exceptions.InvalidOperationException, match="belongs to"):
        take_in(sets, stack_id)


def test_a_pair_has_one_instance_only(sets: Sets) -> None:
    sets.create()
    sets.instances([ADMIN], ["us-east-1"])
    stack_id = make_stack(sets, ADMIN, "us-east-1", TEMPLATE.replace("/shop/", "/other/"))
    with pytest.raises(sets.client.exceptions.InvalidOperationException, match="has an instance"):
        take_in(sets, stack_id)


def test_at_most_ten_stacks_are_named_in_a_call_and_all_exist(sets: Sets) -> None:
    sets.create()
    arn = f"arn:aws:cloudformation:us-east-1:{ADMIN}:stack/nothing/1"
    with pytest.raises(sets.client.exceptions.StackNotFoundException):
        take_in(sets, arn)
    with pytest.raises(sets.client.exceptions.ClientError, match="Between 1 and 10"):
        take_in(sets, *[f"{arn}{number}" for number in range(11)])
    with pytest.raises(sets.client.exceptions.ClientError, match="not a stack id"):
        take_in(sets, "shop")


def test_a_list_of_stacks_may_lie_in_a_bucket(sets: Sets) -> None:
    stack_id = make_stack(sets, ADMIN, "us-east-1")
    sets.create()
    s3 = sets.cloud.client("s3", ADMIN)
    s3.create_bucket(Bucket="lists")
    s3.put_object(Bucket="lists", Key="stacks.csv", Body=f"{stack_id}\n".encode())
    operation = take_in(sets, StackIdsUrl="https://lists.s3.us-east-1.amazonaws.com/stacks.csv")
    assert operation["Status"] == "SUCCEEDED"
