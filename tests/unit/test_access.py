"""The execution role may do what its types' schemas ask for, each action in a narrow scope."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from generator.access import UnscopedError, execution_policies
from generator.access.execution import MOST_POLICIES, WORST
from generator.access.former import FORMER_TYPES
from generator.access.grants import ALL, GRANTS, grants_of
from generator.access.omissions import OMISSIONS, omission_of
from generator.access.policy import MANAGED_LIMIT, Policy, Statement, packed
from generator.lint import needs_of

pytestmark = pytest.mark.unit
EVERYTHING = {
    name: frozenset(
        ["AccessLogSettings", "KmsKeyId", "Layers", "PrivateDnsEnabled",
         "ReplicationConfiguration", "SSESpecification"]
    )
    for name in FORMER_TYPES
}  # fmt: skip


def named() -> list[tuple[str, str]]:
    return [
        (name, action)
        for name in FORMER_TYPES
        if (needs := needs_of(name)) is not None
        for action in sorted(needs.lifecycle)
    ]


def policies(used: dict[str, frozenset[str]]) -> tuple[Policy, ...]:
    return execution_policies(used, needs_of, project="orders", environment="prod")


def statements(used: dict[str, frozenset[str]]) -> dict[str, Statement]:
    return {s.sid: s for policy in policies(used) for s in policy.statements}


def test_every_type_has_permissions_in_its_schema() -> None:
    assert {name for name, _ in named()} == set(FORMER_TYPES)


def test_every_permission_has_a_scope_or_a_reason_to_be_left_out() -> None:
    unclear = [
        f"{name} {action}"
        for name, action in named()
        if not omission_of(name, action, ()) and not grants_of(name, action)
    ]
    assert unclear == []


def test_what_is_left_out_even_then_has_a_scope_once_a_property_calls_for_it() -> None:
    """Or a template that sets the property cannot be rendered, and says so."""
    for name, action in named():
        omission = omission_of(name, action, ())
        if omission and omission.unless and name in ("AWS::S3::Bucket", "AWS::Lambda::Function"):
            service = name.split("::")[1].lower()
            if action.startswith(f"{service}:"):
                assert grants_of(name, action), f"{name} {action}"


def test_no_omission_is_about_nothing() -> None:
    for omission in OMISSIONS:
        for pattern in omission.actions:
            assert any(
                fnmatchcase(name, f"AWS::{omission.types}") and fnmatchcase(action, pattern)
                for name, action in named()
            ), f"{omission.types} {pattern}"


def test_actions_on_everything_are_named_one_by_one() -> None:
    for grant in GRANTS:
        if grant.resources == ALL:
            assert not any("*" in action for action in grant.actions)


def test_the_numbers_are_those_that_were_reviewed() -> None:
    """They change with the tables and with cfn-lint's schemas: look at what has come or gone."""
    granted = {pair for pair in named() if not omission_of(*pair, ())}
    assert (len(named()), len(granted)) == (737, 574)


def test_everything_at_once_fits_iams_quotas() -> None:
    project, environment = "p" * 24, "e" * 12
    made = execution_policies(EVERYTHING, needs_of, project=project, environment=environment)
    assert len(made) <= MOST_POLICIES
    worst = WORST | {"Project": project, "Environment": environment}
    for policy in made:
        assert sum(s.size(worst) for s in policy.statements) < MANAGED_LIMIT


def test_a_service_that_is_not_used_can_only_be_deleted() -> None:
    tables = statements({})["Tables"]
    assert "dynamodb:DeleteTable" in tables.actions
    assert "dynamodb:CreateTable" not in tables.actions
    used = statements({"AWS::DynamoDB::Table": frozenset()})["Tables"]
    assert "dynamodb:CreateTable" in used.actions


def test_roles_are_handed_to_the_services_of_the_types_alone() -> None:
    used = statements({"AWS::Lambda::Function": frozenset(), "AWS::Events::Rule": frozenset()})
    assert used["HandRoles"].condition == {
        "StringEquals": {"iam:PassedToService": ("events.amazonaws.com", "lambda.amazonaws.com")}
    }


def test_records_are_changed_in_the_services_own_zone() -> None:
    made = execution_policies(
        {}, needs_of, project="orders", environment="prod", hosted_zone="Z0123"
    )
    records = [s for policy in made for s in policy.statements if s.sid == "Records"]
    assert "arn:${AWS::Partition}:route53:::hostedzone/Z0123" in records[0].resources


def test_a_property_calls_for_what_only_it_needs() -> None:
    plain = statements({"AWS::S3::Bucket": frozenset()})["Buckets"]
    hosted = statements({"AWS::S3::Bucket": frozenset({"WebsiteConfiguration"})})["Buckets"]
    assert set(hosted.actions) - set(plain.actions) == {
        "s3:DeleteBucketWebsite", "s3:PutBucketWebsite",
    }  # fmt: skip


def test_network_is_made_and_changed_by_our_tags() -> None:
    made = statements({"AWS::EC2::VPC": frozenset()})
    assert made["NewNetwork"].condition["StringEquals"] == {
        "aws:RequestTag/Project": ("${Project}",),
        "aws:RequestTag/Environment": ("${Environment}",),
    }
    assert "ec2:DeleteVpc" in made["Network"].actions
    assert "aws:ResourceTag/Project" in made["Network"].condition["StringEquals"]
    assert "ec2:CreateVpc" not in made["Everywhere"].actions


def test_a_type_that_nobody_has_reviewed_is_an_error_with_its_name() -> None:
    with pytest.raises(UnscopedError, match="AWS::Athena::WorkGroup needs athena:"):
        policies({"AWS::Athena::WorkGroup": frozenset()})
    with pytest.raises(UnscopedError, match="which permissions AWS::No::Type takes"):
        policies({"AWS::No::Type": frozenset()})


def test_a_statement_too_long_for_a_policy_is_parted() -> None:
    long = Statement("Long", tuple(f"service:Action{n:040}" for n in range(200)), ("arn",))
    made = packed([long], prefix="P", values={})
    assert [policy.id for policy in made] == ["P1", "P2", "P3", "P4"][: len(made)]
    assert len(made) > 1
    parted = [s for policy in made for s in policy.statements]
    assert sorted(a for s in parted for a in s.actions) == sorted(long.actions)
    assert all(sum(s.size({}) for s in p.statements) < MANAGED_LIMIT for p in made)
    assert len({s.sid for s in parted}) == len(parted)


@dataclass(frozen=True)
class Odd:
    lifecycle: frozenset[str] = frozenset({"sqs:CreateQueue", "billing:Pay"})
    delete: frozenset[str] = frozenset()


def test_an_action_without_a_scope_never_lands_on_everything() -> None:
    with pytest.raises(UnscopedError, match="AWS::SQS::Queue needs billing:Pay"):
        execution_policies(
            {"AWS::SQS::Queue": frozenset()}, lambda _: Odd(), project="p", environment="e"
        )
