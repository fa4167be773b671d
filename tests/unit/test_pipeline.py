"""An execution of the pipeline: what is read of it, and how it looks."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from generator.aws.pipelines import ActionRun, Approval, Execution, Revision, Stage, State
from generator.deploy.pipeline.approval import waiting
from generator.deploy.pipeline.build_log import shortened
from generator.deploy.pipeline.execution import ExecutionView
from generator.deploy.pipeline.pipeline import PipelineReader, follow, started_by
from generator.errors import GenError, UsageError
from generator.report.looks import duration
from generator.report.pipeline import LivePipeline, PipelineLines, follower, picture

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
FIRST, SECOND = "1a2b3c4d-0000-4000-8000-000000000001", "2b3c4d5e-0000-4000-8000-000000000002"
ROLLBACK = "3c4d5e6f-0000-4000-8000-000000000003"
STAGES = (
    Stage("Source", ("Source",), rolls_back=False),
    Stage("Build", ("Build",), rolls_back=False),
    Stage("Approve", ("Approve",), rolls_back=False),
    Stage("Deploy", ("Wave1", "Verify1", "Record"), rolls_back=True),
)
PROVIDERS = {"Source": "CodeCommit", "Approve": "Manual", "Wave1": "CloudFormationStackSet"}
REVISION = Revision("3f2a91c0de5a" + "0" * 28, "Answer with the region\n\nLong story.", "")

BUILT = {"GEN_RELEASE": "0123456789ab", "GEN_CHANGES": "changes/none-0123456789ab.txt"}


def execution(id_: str, status: str, *, minute: int = 0, **changes: object) -> Execution:
    made = Execution(
        id=id_, status=status, reason="", type="STANDARD", rollback_target=None,
        trigger="CloudWatchEvent", started=NOW + timedelta(minutes=minute),
        updated=NOW + timedelta(minutes=minute, seconds=72), revisions=(REVISION,),
    )  # fmt: skip
    return replace(made, **changes)


def run(place: str, status: str, *, second: int = 0, **changes: object) -> ActionRun:
    stage, _, action = place.partition("/")
    action = action or stage
    made = ActionRun(
        id=f"{place}-{second}", stage=stage, action=action,
        provider=PROVIDERS.get(action, "CodeBuild"), region="us-east-1", status=status,
        started=NOW + timedelta(seconds=second), updated=NOW + timedelta(seconds=second + 8),
        summary="", error="", external_id=f"orders-dev:{place}", url="", configuration={},
        variables={},
    )  # fmt: skip
    return replace(made, **changes)


class FakePipelines:
    """A pipeline as CodePipeline tells of it, newest execution first."""

    region = "us-east-1"

    def __init__(self, *executions: Execution, stages: tuple[Stage, ...] | None = STAGES):
        self.all = list(executions)
        self.stages = stages
        self.ran: dict[str, list[ActionRun]] = {}
        self.present = State((), {})
        self.got_through: set[str] = set()

    def declared(self, name: str) -> tuple[Stage, ...] | None:
        return self.stages

    def executions(self, name: str, *, limit: int, succeeded_in: str = "") -> list[Execution]:
        if succeeded_in:
            return [execution("earlier", "Succeeded")] if succeeded_in in self.got_through else []
        return self.all[:limit]

    def runs(self, name: str, id_: str) -> list[ActionRun]:
        return self.ran.get(id_, [])

    def state(self, name: str) -> State:
        return self.present


class FakeBuilds:
    def __init__(self, *lines: str):
        self.lines = lines
        self.read = 0

    def log_end(self, build: str, *, region: str, lines: int) -> list[str]:
        self.read += 1
        return list(self.lines[-lines:])


def reader(
    pipelines: FakePipelines, builds: FakeBuilds | None = None, *, is_local: bool = False
) -> PipelineReader:
    return PipelineReader(
        "orders-dev-pipeline", pipelines, builds or FakeBuilds(), environment="dev",
        is_local=is_local, now=lambda: NOW + timedelta(minutes=1),
    )  # fmt: skip


def only(views: tuple[ExecutionView, ...]) -> ExecutionView:
    (view,) = views
    return view


def statuses(view: ExecutionView) -> dict[str, str | None]:
    return {stage.name: stage.status for stage in view.stages}


def text(views: tuple[ExecutionView, ...], *, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(picture(views))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


@pytest.fixture
def failed() -> FakePipelines:
    """An execution whose verification of the first wave failed."""
    pipelines = FakePipelines(execution(FIRST, "Failed"))
    pipelines.ran[FIRST] = [
        run("Source", "Succeeded", summary="Answer with the region"),
        run("Build", "Succeeded", variables=BUILT),
        run("Approve", "Succeeded", summary="Approved by a person"),
        run("Deploy/Wave1", "Succeeded"),
        run(
            "Deploy/Verify1", "Failed", error="Build terminated with state: FAILED. Phase: BUILD, "
            "Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: gen verify.",
            url="https://console.aws.amazon.com/codebuild/home?region=us-east-1#/builds/"
            "orders-dev-verify:Deploy/view/new",
        ),
    ]  # fmt: skip
    return pipelines


def test_a_stage_tells_how_far_it_came(failed: FakePipelines) -> None:
    view = only(reader(failed).newest())
    assert statuses(view) == {
        "Source": "Succeeded", "Build": "Succeeded", "Approve": "Succeeded", "Deploy": "Failed",
    }  # fmt: skip
    assert [(a.name, a.status, a.seconds) for a in view.stages[-1].actions] == [
        ("Wave1", "Succeeded", 8.0), ("Verify1", "Failed", 8.0), ("Record", None, None),
    ]  # fmt: skip
    assert (view.release, view.changes, view.seconds) == (
        "0123456789ab",
        BUILT["GEN_CHANGES"],
        72.0,
    )


def test_between_two_actions_a_stage_is_under_way() -> None:
    pipelines = FakePipelines(execution(FIRST, "InProgress"))
    pipelines.ran[FIRST] = [run("Deploy/Wave1", "Succeeded")]
    view = only(reader(pipelines).newest())
    assert statuses(view)["Deploy"] == "InProgress"
    assert view.seconds == 60.0


def test_a_stopped_execution_counts_no_time_any_more() -> None:
    pipelines = FakePipelines(execution(FIRST, "Stopped", reason="wrong branch"))
    pipelines.ran[FIRST] = [run("Source", "Succeeded"), run("Build", "InProgress")]
    view = only(reader(pipelines).newest())
    assert view.stages[1].actions[0].seconds == 8.0
    assert "wrong branch" in text((view,), width=60)


def test_of_a_retried_action_the_last_run_counts() -> None:
    pipelines = FakePipelines(execution(FIRST, "InProgress"))
    pipelines.ran[FIRST] = [run("Build", "Failed"), run("Build", "Succeeded", second=30)]
    assert statuses(only(reader(pipelines).newest()))["Build"] == "Succeeded"


def test_the_log_of_a_failed_build_is_read_once(failed: FakePipelines) -> None:
    builds = FakeBuilds(*(f"line {n}" for n in range(30)))
    looking = reader(failed, builds)
    looking.newest()
    (*_, deploy) = only(looking.newest()).stages
    assert deploy.actions[1].log[0] == "line 10"
    assert len(deploy.actions[1].log) == 20
    assert builds.read == 1


def test_of_a_log_the_output_of_the_command_that_failed_is_shown(failed: FakePipelines) -> None:
    own = "[Container] 2026/01/01 12:00:01.360782"
    said = reader(failed, FakeBuilds(
        f"{own} Running command pip install x", "a warning",
        f"{own} Running command set -e  # searches for secrets\nif true; then\n  false\nfi",
        "Location: app.py:1",
        f"{own} Command did not exit successfully set -e", f"{own} Phase complete: BUILD",
    )).newest()  # fmt: skip
    (*_, deploy) = only(said).stages
    assert deploy.actions[1].log == (
        f"{own} Running command set -e  # searches for secrets", "Location: app.py:1"
    )  # fmt: skip


def test_a_script_that_fails_is_known_by_its_first_line() -> None:
    said = (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message:"
        " Error while executing command: set -e  # searches\nif true; then\n  false\nfi\n."
        " Reason: exit status 1"
    )
    assert shortened(said).endswith("command: set -e  # searches …. Reason: exit status 1")
    assert shortened("Rejected\nby a person") == "Rejected\nby a person"


def test_a_log_that_cannot_be_read_hides_nothing(failed: FakePipelines) -> None:
    from generator.aws import AwsError
    from generator.errors import Problem

    class Forbidden(FakeBuilds):
        def log_end(self, build: str, *, region: str, lines: int) -> list[str]:
            raise AwsError(Problem("no"), code="AccessDeniedException", message="no")

    view = only(reader(failed, Forbidden()).newest())
    shown = text((view,), width=100)
    assert "Build terminated" in shown
    assert "cannot be read: AccessDeniedException" in shown


def test_in_the_local_cloud_no_link_is_shown_that_leads_nowhere(failed: FakePipelines) -> None:
    here, there = only(reader(failed, is_local=True).newest()), only(reader(failed).newest())
    assert (here.url, here.stages[-1].actions[1].url) == ("", "")
    assert there.url.startswith("https://us-east-1.console.aws.amazon.com/codesuite/codepipeline/")
    assert there.stages[-1].actions[1].url.startswith("https://console.aws.amazon.com/codebuild/")


def test_a_waiting_approval_says_what_it_asks_and_how_to_answer() -> None:
    pipelines = FakePipelines(execution(FIRST, "InProgress"))
    asked = {"CustomData": "Release 0123456789ab?", "ExternalEntityLink": "https://example.com/c"}
    pipelines.ran[FIRST] = [run("Approve", "InProgress", configuration=asked)]
    pipelines.present = State((Approval("Approve", "Approve", FIRST, "token"),), {})
    shown = text(reader(pipelines).newest(), width=60)
    assert "? Approve" in shown
    assert "Release 0123456789ab?\n      https://example.com/c\n" in shown
    assert "gen pipeline -e dev --approve, or --reject" in shown


def test_another_execution_that_waits_is_named() -> None:
    pipelines = FakePipelines(execution(SECOND, "InProgress"), execution(FIRST, "InProgress"))
    pipelines.present = State((Approval("Approve", "Approve", FIRST, "token"),), {})
    view = only(reader(pipelines).newest())
    assert view.waiting == FIRST
    assert "gen pipeline -e dev --execution 1a2b3c4d" in text((view,), width=120)


def test_a_closed_stage_says_why() -> None:
    pipelines = FakePipelines(execution(FIRST, "InProgress"))
    pipelines.ran[FIRST] = [run("Source", "Succeeded")]
    pipelines.present = State((), {"Deploy": "not on fridays", "Source": "entered before"})
    shown = text(reader(pipelines).newest(), width=60)
    assert "closed: not on fridays" in shown
    assert "entered before" not in shown


def rolled_back(pipelines: FakePipelines) -> Execution:
    """Add the rollback of a failed execution."""
    rollback = execution(
        ROLLBACK, "Succeeded", minute=5, type="ROLLBACK", rollback_target=SECOND,
        trigger="AutomatedRollback",
    )  # fmt: skip
    pipelines.all.insert(0, rollback)
    pipelines.ran[ROLLBACK] = [
        run(f"Deploy/{action}", "Succeeded") for action in ("Wave1", "Verify1", "Record")
    ]
    pipelines.got_through = {"Deploy"}
    return rollback


def test_a_rollback_is_shown_with_what_it_takes_back(failed: FakePipelines) -> None:
    rolled_back(failed)
    views = reader(failed).newest()
    assert [view.id for view in views] == [FIRST, ROLLBACK]
    assert statuses(views[1]) == {"Deploy": "Succeeded"}
    shown = text(views, width=60)
    assert "rollback Succeeded" in shown
    assert f"back to   {SECOND}" in shown


def test_an_execution_is_found_by_the_beginning_of_its_id(failed: FakePipelines) -> None:
    assert reader(failed).find("1a2b").id == FIRST
    with pytest.raises(UsageError, match="no execution of orders-dev-pipeline begins with 'ff'"):
        reader(failed).find("ff")


def test_a_pipeline_that_is_not_there_says_how_to_make_it() -> None:
    pipelines = FakePipelines(stages=None)
    with pytest.raises(GenError, match="gen deploy -e dev --local"):
        reader(pipelines, is_local=True).newest()


def test_before_the_first_push_there_is_nothing() -> None:
    assert reader(FakePipelines()).newest() == ()


def test_following_ends_with_the_execution() -> None:
    pipelines = FakePipelines(execution(FIRST, "InProgress"))
    looking = reader(pipelines)
    looks = []

    def pause() -> None:
        pipelines.all[0] = execution(FIRST, "Succeeded")

    for views in follow(looking, looking.newest(), pause=pause):
        looks.append(only(views).status)
    assert looks == ["InProgress", "Succeeded"]


def test_following_goes_on_with_the_rollback_of_the_failure(failed: FakePipelines) -> None:
    failed.got_through = {"Deploy"}
    looking = reader(failed)
    pauses = iter(range(100))

    def pause() -> None:
        if next(pauses) == 2:
            rolled_back(failed)

    *_, last = follow(looking, looking.newest(), pause=pause)
    assert [(view.id, view.status) for view in last] == [
        (FIRST, "Failed"), (ROLLBACK, "Succeeded"),
    ]  # fmt: skip


def test_no_rollback_is_waited_for_where_nothing_succeeded_before(failed: FakePipelines) -> None:
    looking = reader(failed)

    def pause() -> None:
        raise AssertionError("nothing to wait for")

    assert len(list(follow(looking, looking.newest(), pause=pause))) == 1


def test_who_takes_back_what_the_pipeline_does_not_is_said(failed: FakePipelines) -> None:
    said = reader(failed, is_local=True).left_behind(reader(failed).newest())
    assert said is not None
    assert "the rollback coordinator gives every region the last good release" in said
    assert said.endswith("gen status -e dev --local")
    failed.got_through = {"Deploy"}
    assert reader(failed).left_behind(reader(failed).newest()) is None, "the stage is about to"
    rolled_back(failed)
    assert reader(failed).left_behind(reader(failed).newest()) is None
    failed.all[0] = replace(failed.all[0], status="Failed")
    failed.ran[ROLLBACK] = [run("Deploy/Wave1", "Failed")]
    assert reader(failed).left_behind(reader(failed).newest()) is not None


def test_a_release_that_reached_no_region_leaves_nothing_to_take_back() -> None:
    pipelines = FakePipelines(execution(FIRST, "Failed"))
    pipelines.ran[FIRST] = [run("Source", "Succeeded"), run("Build", "Failed")]
    assert reader(pipelines).left_behind(reader(pipelines).newest()) is None


def test_the_execution_of_a_push_is_the_new_one_for_its_revision() -> None:
    other = replace(REVISION, id="f" * 40)
    pipelines = FakePipelines(
        execution(ROLLBACK, "InProgress", type="ROLLBACK"),
        execution(SECOND, "InProgress", revisions=(other,)),
        execution(FIRST, "Succeeded"),
    )
    mine = "4d5e6f70-0000-4000-8000-000000000004"

    def pause() -> None:
        pipelines.all.insert(0, execution(mine, "InProgress", revisions=()))

    found = started_by(reader(pipelines), REVISION.id, before={FIRST}, pause=pause)
    assert found.id == mine


def test_a_push_that_starts_nothing_says_where_to_look() -> None:
    pipelines = FakePipelines(execution(FIRST, "Succeeded"))
    with pytest.raises(GenError, match="has started no execution"):
        started_by(reader(pipelines), REVISION.id, before={FIRST}, pause=lambda: None)


def waits(*executions: str) -> FakePipelines:
    """A pipeline in which approvals of executions wait."""
    pipelines = FakePipelines(*(execution(id_, "InProgress") for id_ in executions))
    approvals = tuple(Approval("Approve", "Approve", id_, f"of {id_}") for id_ in executions)
    pipelines.present = State(approvals, {})
    return pipelines


def test_the_only_approval_that_waits_is_the_one_meant() -> None:
    approval, view = waiting(reader(waits(FIRST)), None)
    assert (approval.token, view.id) == (f"of {FIRST}", FIRST)


def test_among_several_approvals_one_has_to_be_named() -> None:
    pipelines = waits(FIRST, SECOND)
    with pytest.raises(GenError, match=r"several approvals wait .*1a2b3c4d, 2b3c4d5e"):
        waiting(reader(pipelines), None)
    assert waiting(reader(pipelines), "2b3c")[1].id == SECOND


@pytest.mark.parametrize("execution", [None, "1a2b"])
def test_where_no_approval_waits_nothing_is_answered(
    failed: FakePipelines, execution: str | None
) -> None:
    with pytest.raises(GenError, match=r"no approval .*waits in orders-dev-pipeline"):
        waiting(reader(failed), execution)


@pytest.mark.parametrize("width", [60, 120])
def test_the_picture_fits_the_width_and_loses_no_word(failed: FakePipelines, width: int) -> None:
    views = reader(failed, FakeBuilds("x" * 150, "the reason")).newest()
    shown = text(views, width=width)
    assert max(map(len, shown.splitlines())) <= width
    whole = "".join(shown.split())
    assert "Errorwhileexecutingcommand:genverify." in whole
    assert "builds/orders-dev-verify:Deploy/view/new" in whole
    assert whole.count("x") >= 150


def test_the_picture_at_60_columns(failed: FakePipelines) -> None:
    log = (
        "[Container] 2026/01/01 12:00:01.360782 Running command gen verify",
        "error: https://a1b2c3d4.example.com/health in us-west-2 answers 500, not 200",
    )
    shown = text(reader(failed, FakeBuilds(*log)).newest(), width=60)
    assert (
        shown
        == """\
✗ orders-dev-pipeline: execution Failed  1 min 12 s
  execution 1a2b3c4d-0000-4000-8000-000000000001
  revision  3f2a91c0de5a  Answer with the region
  release   0123456789ab

  ✓ Source     8 s  Answer with the region
  ✓ Build      8 s
  ✓ Approve    8 s  Approved by a person
  ✗ Deploy
    ✓ Wave1    8 s
    ✗ Verify1  8 s
      Build terminated with state: FAILED. Phase: BUILD,
      Code: COMMAND_EXECUTION_ERROR, Message: Error while
      executing command: gen verify.
      https://console.aws.amazon.com/codebuild/home?region=u
      s-east-1#/builds/orders-dev-verify:Deploy/view/new
      │ Running command gen verify
      │ error: https://a1b2c3d4.example.com/health in
        us-west-2 answers 500, not 200
    · Record"""
    )


def test_lines_tell_each_change_once() -> None:
    pipelines = FakePipelines(execution(FIRST, "InProgress"))
    pipelines.ran[FIRST] = [run("Source", "Succeeded")]
    out = io.StringIO()
    lines = PipelineLines(Console(file=out, width=40))
    looking = reader(pipelines)
    lines.show(looking.newest())
    lines.show(looking.newest())
    pipelines.ran[FIRST].append(
        run("Build", "Failed", error="a reason of more than 40 columns " * 2)
    )
    pipelines.all[0] = execution(FIRST, "Failed")
    lines.show(looking.newest())
    lines.close()
    told = out.getvalue().splitlines()
    assert [line for line in told if "Source" in line] == ["  ✓ Source  8 s"]
    assert "  ✗ Build  8 s" in told
    ends = [n for n, line in enumerate(told) if "execution Failed  1 min 12 s" in line]
    assert len(ends) == 1
    assert ends[0] > told.index("  ✗ Build  8 s"), "the end comes last"
    assert any(line.endswith("columns a reason of more than 40 columns ") for line in told)
    assert "\x1b" not in out.getvalue()


def test_a_terminal_gets_a_picture_that_stays() -> None:
    pipelines = FakePipelines(execution(FIRST, "Succeeded"))
    out = io.StringIO()
    live = follower(Console(file=out, width=80, force_terminal=True, force_interactive=True))
    assert isinstance(live, LivePipeline)
    live.show(reader(pipelines).newest())
    live.close()
    assert "execution Succeeded" in out.getvalue()
    assert out.getvalue().endswith("\x1b[?25h"), "the cursor is visible again"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59, "59 s"), (59.7, "1 min 00 s"), (252, "4 min 12 s"), (7500, "2 h 05 min")],
)
def test_a_duration_reads_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
