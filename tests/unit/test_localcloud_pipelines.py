"""What decides in pipelines: variables, lines before stages, run orders, ways back, waves."""

from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.codepipeline import rollback, variables
from localcloud.codepipeline.lines import Line, run_orders
from localcloud.errors import AwsError

pytestmark = pytest.mark.unit


def test_variables_are_replaced_wherever_they_stand() -> None:
    known = {"Source": {"CommitId": "abc"}, "codepipeline": {"PipelineExecutionId": "1"}}
    given = {"Text": "#{Source.CommitId} of #{codepipeline.PipelineExecutionId}", "Plain": "x"}
    assert variables.resolve(given, known) == {"Text": "abc of 1", "Plain": "x"}


def test_what_a_variable_holds_is_not_replaced_again() -> None:
    known = {"Source": {"Message": "#{Source.Secret}", "Secret": "s"}}
    assert variables.resolve({"Text": "#{Source.Message}"}, known)["Text"] == "#{Source.Secret}"


@pytest.mark.parametrize("text", ["#{Source.Nothing}", "#{Nobody.CommitId}", "#{CommitId}", "#{}"])
def test_variables_that_nobody_set_are_named(text: str) -> None:
    with pytest.raises(variables.UnresolvedError) as caught:
        variables.resolve({"Text": f"a {text} b"}, {"Source": {"CommitId": "abc"}})
    assert caught.value.references == [text]


def test_references_tell_namespace_and_name() -> None:
    found = variables.references("#{Build.GEN_RELEASE} and #{wrong}")
    assert found == [
        ("#{Build.GEN_RELEASE}", "Build", "GEN_RELEASE"),
        ("#{wrong}", None, None),
    ]


def test_queued_executions_go_in_one_after_the_other() -> None:
    line = Line()
    for one in "abc":
        assert line.arrive(one, "QUEUED") == []
    assert line.admit("QUEUED", enabled=True) == "a"
    assert line.admit("QUEUED", enabled=True) is None
    line.leave("a")
    assert line.admit("QUEUED", enabled=True) == "b"


def test_a_newer_execution_supersedes_those_that_wait_and_nobody_who_is_in() -> None:
    line = Line()
    line.arrive("a", "SUPERSEDED")
    assert line.admit("SUPERSEDED", enabled=True) == "a"
    assert line.arrive("b", "SUPERSEDED") == []
    assert line.arrive("c", "SUPERSEDED") == ["b"]
    line.leave("a")
    assert line.admit("SUPERSEDED", enabled=True) == "c"


def test_parallel_executions_wait_for_nobody() -> None:
    line = Line()
    for one in "ab":
        line.arrive(one, "PARALLEL")
        assert line.admit("PARALLEL", enabled=True) == one


def test_nobody_goes_through_a_closed_transition() -> None:
    line = Line()
    line.arrive("a", "QUEUED")
    assert line.admit("QUEUED", enabled=False) is None
    assert line.admit("QUEUED", enabled=True) == "a"


def test_a_rollback_goes_before_all_who_wait() -> None:
    line = Line()
    line.arrive("a", "SUPERSEDED")
    assert line.arrive("back", "SUPERSEDED", rollback=True) == []
    assert line.admit("SUPERSEDED", enabled=True) == "back"


def test_actions_of_one_run_order_are_one_group() -> None:
    actions: list[dict[str, Any]] = [
        {"name": "c", "runOrder": 2},
        {"name": "a", "runOrder": 1},
        {"name": "b"},
    ]
    found = [[one["name"] for one in group] for group in run_orders(actions)]
    assert found == [["a", "b"], ["c"]]


@dataclass(frozen=True)
class Ran:
    """An execution as the choice of a target sees it."""

    execution_id: str
    version: int = 2
    kind: str = "STANDARD"
    good: bool = True


def target(*executions: Ran) -> str | None:
    found = rollback.automatic_target(executions, succeeded=lambda one: one.good, version=2)
    return found and found.execution_id


def test_a_stage_goes_back_to_the_newest_success_of_this_version() -> None:
    old, good, bad = Ran("old", version=1), Ran("good"), Ran("bad", good=False)
    assert target(old, Ran("older"), good, bad) == "good"
    assert target(good, Ran("back", kind="ROLLBACK"), bad) == "good"
    assert target(old, bad) is None


@pytest.mark.parametrize(
    ("ran", "source", "code"),
    [
        (Ran("a", version=1), False, "PipelineExecutionOutdatedException"),
        (Ran("a", kind="ROLLBACK"), False, "UnableToRollbackStageException"),
        (Ran("a", good=False), False, "UnableToRollbackStageException"),
        (Ran("a"), True, "UnableToRollbackStageException"),
    ],
)
def test_targets_that_aws_refuses_are_refused(ran: Ran, source: bool, code: str) -> None:
    with pytest.raises(AwsError) as caught:
        rollback.check(ran, succeeded=ran.good, version=2, source=source)
    assert caught.value.code == code


def test_a_good_target_is_taken() -> None:
    rollback.check(Ran("a"), succeeded=True, version=2, source=False)
