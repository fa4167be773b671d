"""What functions use besides routes and tables: each mistake is one message with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.config import load
from generator.config.support import support_of
from generator.errors import GenError, Problem

pytestmark = pytest.mark.unit
ARN = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:shop-dev-jobs"


def permission(**changes: str) -> str:
    """Write a function with one statement, which is right but for the changes."""
    parts = {"actions": "[sqs:SendMessage]", "resources": f'["{ARN}"]'} | changes
    statement = ", ".join(f"{key}: {value}" for key, value in parts.items())
    return f"functions:\n  orders:\n    permissions:\n      - {{{statement}}}\n"


def events(*sources: str) -> str:
    lines = "".join(f"      - {source}\n" for source in sources)
    return f"functions:\n  orders:\n    events:\n{lines}"


def resource(arn: str) -> str:
    return permission(resources=f'["{arn}"]')


MISTAKES = {
    "all actions": (permission(actions='["*"]'), 10, "action '*' allows more than it names"),
    "a service's actions": (permission(actions='["sqs:*"]'), 10, "'sqs:*' allows more"),
    "a family of actions": (permission(actions='["s3:Get*"]'), 10, "'s3:Get*' allows more"),
    "no action at all": (permission(actions='["SendMessage"]'), 10, "form 'service:Action'"),
    "no actions": (permission(actions="[]"), 10, "name at least one"),
    "what is not named": (permission(notActions='["sqs:SendMessage"]'), 10, "unknown key"),
    "everything": (resource("*"), 10, 'sqs:SendMessage on resource "*"'),
    "everything and more": (
        permission(actions="[sts:GetCallerIdentity]", resources=f'["*", "{ARN}"]'),
        10,
        "includes all others",
    ),
    "a name": (resource("jobs"), 10, "resource 'jobs' is no ARN"),
    "a partition": (resource("arn:aws:s3:::shop/x"), 10, "write ${AWS::Partition}"),
    "a region": (
        resource("arn:${AWS::Partition}:sqs:us-east-1:${AWS::AccountId}:jobs"),
        10,
        "write ${AWS::Region}",
    ),
    "every region": (
        resource("arn:${AWS::Partition}:sqs:*:${AWS::AccountId}:jobs"),
        10,
        "write ${AWS::Region}",
    ),
    "an account": (
        resource("arn:${AWS::Partition}:sqs:${AWS::Region}:111111111111:jobs"),
        10,
        "write ${AWS::AccountId}",
    ),
    "every queue": (
        resource("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:*"),
        10,
        "means everything",
    ),
    "an unknown name": (resource("arn:${AWS::Partition}:s3:::${Bucket}/x"), 10, "'${Bucket}' is"),
    "a role for any service": (
        permission(
            actions="[iam:PassRole]",
            resources='["arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-job"]',
        ),
        10,
        "iam:PassedToService",
    ),
    "an unknown secret": (
        "functions: {orders: {secrets: [api-key]}}\n"
        "secrets: {api-keys: {description: Opens it, rotation_days: null}}\n",
        7,
        "uses secret 'api-key', which is not under `secrets`",
    ),
    "a secret's variable": (
        "functions: {orders: {secrets: [key], environment: {KEY_SECRET_ARN: x}}}\n"
        "secrets: {key: {description: Opens it, rotation_days: null}}\n",
        7,
        "KEY_SECRET_ARN is set from `secrets`",
    ),
    "a short secret": (
        "secrets: {key: {description: x, length: 8, rotation_days: null}}\n",
        7,
        "'length' is 8",
    ),
    "a rate": (events("schedule: rate(1 minutes)"), 10, "neither 'rate(5 minutes)' nor"),
    "a clock": (events('schedule: "cron(0 8 * * *)"'), 10, "six fields"),
    "two sources in one": (
        events("{schedule: rate(1 hour), queue: {}}"),
        10,
        "not schedule and queue",
    ),
    "no source": (events("{input: {a: 1}}"), 10, "one of schedule, queue and event_bus"),
    "an input without a clock": (events("{queue: {}, input: {}}"), 10, "'input' belongs to"),
    "two queues": (events("{queue: {}}", "{queue: {}}"), 11, "has two queues"),
    "a large batch at once": (events("queue: {batch_size: 50}"), 10, "batch_size over 10"),
    "unbounded concurrency": (events("queue: {maximum_concurrency: 1}"), 10, "must be at least 2"),
    "an empty pattern": (events("event_bus: {pattern: {}}"), 10, "'pattern' needs at least 1"),
    "a queue of slow work": (
        "functions: {orders: {routes: [], timeout: 900, events: [{queue: {}}], memory: 1}}\n",
        7,
        "'memory' is 1",
    ),
    "both ways of starting fast": (
        "functions:\n  orders:\n    provisioned_concurrency: {min: 1, max: 2}\n"
        "    snap_start: true\n",
        10,
        "Lambda takes one",
    ),
    "a snapshot of a large /tmp": (
        "functions:\n  orders:\n    snap_start: true\n    ephemeral_storage: 1024\n",
        10,
        "a snapshot holds 512",
    ),
    "bounds upside down": (
        "functions:\n  orders:\n    provisioned_concurrency: {min: 3, max: 2}\n",
        9,
        "min is 3, more than max, which is 2",
    ),
    "more provisioned than reserved": (
        "functions:\n  orders:\n    reserved_concurrency: 5\n"
        "    provisioned_concurrency: {min: 1, max: 6}\n",
        10,
        "may provision 6, but reserves 5",
    ),
    "a layer that may change": (
        "functions: {orders: {layers: [/tools]}}\n",
        7,
        "layer '/tools' is not",
    ),
    "a layer's ARN": (
        'functions: {orders: {layers: ["arn:aws:lambda:us-east-1:111111111111:layer:x:1"]}}\n',
        7,
        "an SSM parameter holds each region's own layer ARN",
    ),
    "code that gen adds": (
        "functions: {traffic-check: {source: code/orders}}\n",
        7,
        "the name of code that gen adds",
    ),
}


def loaded_with(project: Path, text: str) -> list[Problem]:
    """Load the small project with more in its parameter file; give what is wrong with it."""
    with (project / "params" / "dev.yaml").open("a") as file:
        file.write(text)
    try:
        load(project, "dev")
    except GenError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_message_with_its_line(
    project: Path, text: str, line: int, message: str
) -> None:
    (problem,) = loaded_with(project, text)
    assert (problem.file, problem.line) == ("params/dev.yaml", line)
    assert message in problem.message


CHECKED = "delivery: {pre_traffic_check: true}\n"


def test_a_check_needs_to_know_what_to_ask(project: Path) -> None:
    text = f"{CHECKED}functions:\n  jobs: {{source: code/orders}}\n"
    (problem,) = loaded_with(project, text)
    assert problem.line == 9
    assert "nothing says how to check 'jobs'" in problem.message
    assert "traffic_check: null" in (problem.hint or "")


def test_a_function_may_not_have_the_name_of_a_check(project: Path) -> None:
    text = (
        f"{CHECKED}functions:\n"
        "  orders-pre-check: {source: code/orders, traffic_check: null}\n"
    )  # fmt: skip
    (problem,) = loaded_with(project, text)
    assert problem.line == 9
    assert "a function that gen adds for functions.orders" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        permission(),
        permission(actions="[sts:GetCallerIdentity]", resources='["*"]'),
        permission(actions="['kms:GenerateDataKey*']"),
        permission(conditions="{StringEquals: {aws:SourceAccount: '${AWS::AccountId}'}}"),
        permission(
            actions="[iam:PassRole]",
            resources='["arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-job"]',
            conditions="{StringEquals: {iam:PassedToService: ecs-tasks.amazonaws.com}}",
        ),
        events("schedule: rate(1 minute)", "schedule: rate(5 minutes)", "queue: {}"),
        events("event_bus: {pattern: {source: [shop], detail: {total: [{numeric: ['>', 5]}]}}}"),
        "functions: {orders: {snap_start: true, layers: ['/layers/tools:3']}}\n",
        "delivery: {post_traffic_check: true}\nfunctions: {orders: {traffic_check: null}}\n",
    ],
)
def test_what_is_right_is_taken(project: Path, text: str) -> None:
    assert loaded_with(project, text) == []


def test_code_is_added_only_where_it_is_used(project: Path) -> None:
    assert support_of(load(project, "dev").config) == []
    assert loaded_with(project, f"{CHECKED}secrets: {{key: {{description: Opens it}}}}\n") == []
    names = [support.name for support in support_of(load(project, "dev").config)]
    assert names == ["traffic-check", "secret-rotation"]
