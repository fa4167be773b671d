"""What is to be done about an event, as things are: nothing is called here.

As a decision rests on what AWS and the history say, and never on what this function did
before, any number of events leads to the same end, in whatever order they come.
"""

from __future__ import annotations

from datetime import timedelta

from decisions import Alert, Decision, Finish, Judge, Nothing, Restore, Wait
from events import Event, Kind
from history import Entry
from operations import Operation, RestoreId, digest_of
from situation import Attempt, Situation

MOST_ATTEMPTS = 3
PATIENCE = timedelta(minutes=15)
"""How long somebody else, the pipeline or a person, gets to begin with what they are to do."""


def decide(event: Event, situation: Situation, window: timedelta) -> Decision:
    """Decide on the next step."""
    if not situation.exists:
        return Nothing("there is no set")
    # Before all waiting: a release that follows must not keep a restore from being recorded.
    if unrecorded := _unrecorded(situation):
        return unrecorded
    if waiting := _somebody_is_at_it(event, situation):
        return waiting
    if (last := situation.last) is None:
        return Nothing("nothing was ever deployed")
    if broken_off := _broken_off(situation, last):
        return broken_off
    if event.kind is Kind.ALARM:
        return _on_alarm(event, situation, last, window)
    return _on_failure(event, situation, last)


def _unrecorded(situation: Situation) -> Finish | None:
    """Find a restore that is done and that the history doesn't know."""
    operation = situation.newest_restore
    if operation is None or operation.restore is None:
        return None
    if operation.under_way or not operation.went_well:
        return None
    known = any(
        entry.release == operation.restore.good
        and entry.what == "restored"
        and entry.time >= operation.created
        for entry in situation.history.entries
    )
    return None if known else Finish(operation, operation.restore)


def _somebody_is_at_it(event: Event, situation: Situation) -> Wait | None:
    """See whether somebody works on it, or is about to.

    Of the pipeline only the stage that deploys counts: an execution that builds, or waits for its
    approval, must not hold a restore back.
    """
    if under_way := situation.under_way:
        return Wait(f"operation {under_way.id} is {under_way.status.lower()}")
    stage = situation.stage
    if stage is None:
        return None
    if stage.under_way:
        return Wait("the pipeline deploys")
    if stage.rolls_back and situation.now < (stage.changed or event.time) + PATIENCE:
        return Wait("the pipeline is about to roll back by itself")
    return None


def _broken_off(situation: Situation, last: Operation) -> Restore | Alert | None:
    """Go on with a restore that did not reach every region."""
    restore = last.restore
    if restore is None or last.went_well:
        return None
    todo = (
        "Look at the reasons, put right what is in the way, and run `gen rollback`"
        f" to give all regions {restore.good}; or deploy a release that works."
    )
    verdict = _bad(situation, restore.bad) if restore.bad != restore.good else None
    if last.status == "STOPPED":
        return Alert(
            ("stopped", last.id),
            f"Restore of {restore.good} was stopped",
            f"The restore of release {restore.good} (instead of {restore.bad}) was stopped by"
            " somebody, so it is not tried again. Regions may differ.",
            todo,
            verdict,
            last.id,
        )
    if restore.attempt >= MOST_ATTEMPTS:
        return Alert(
            ("gave up", last.id),
            f"Restore of {restore.good} failed",
            f"Release {restore.good} could not be restored in every region (instead of"
            f" {restore.bad}): attempt {restore.attempt} failed, and there is no further one."
            " Regions differ now.",
            todo,
            verdict,
            last.id,
        )
    again = RestoreId(restore.good, restore.bad, restore.attempt + 1, restore.base)
    return Restore(again, f"attempt {restore.attempt} failed")


def _on_alarm(event: Event, situation: Situation, last: Operation, window: timedelta) -> Decision:
    """Take back a release that went bad after it had been deployed."""
    release, history = situation.release, situation.history
    if event.time <= last.end:
        return Nothing("the alarm is older than what the regions run")
    if not history.is_trusted(release):
        if event.time > last.end + window:
            return Nothing("the alarm is no release's: the window is over")
        return _take_back(event, situation)
    assert release is not None
    if last.action == "UPDATE" and not last.went_well:
        return _put_instances_right(event, situation, release)
    if history.gone_back_to(release):
        if event.time > last.end + window:
            return Nothing("the window is over")
        return Alert(
            ("restored is bad", release, digest_of(last.id)),
            f"Restored release {release} has alarms",
            f"All regions went back to release {release}, and now: {event.line}. Nothing is"
            " restored any more: the release before it may be worse, or not the cause at all.",
            "Find out what is wrong; deploy a fix, or choose a release (`gen releases`) and run"
            " `gen rollback RELEASE`.",
        )
    proven = history.proven(release) or last.end
    if event.time > proven + window:
        return Nothing("the window is over")
    return _take_back(event, situation)


def _on_failure(event: Event, situation: Situation, last: Operation) -> Decision:
    """Put right what a failed deployment left, unless others have."""
    release, history = situation.release, situation.history
    if event.kind is Kind.OPERATION:
        operation = situation.operation(event.about)
        if operation and not operation.changes_instances:
            return Nothing(f"the failed operation is a {operation.action}: no release is to blame")
    trusted = history.is_trusted(release)
    begun = last.created if trusted else history.begun(release) or last.created
    if event.time < begun or (last.went_well and (trusted or event.time <= last.end)):
        return _on_failure_put_right(event, situation, last, trusted=trusted)
    if not trusted:
        return _take_back(event, situation)
    assert release is not None
    if last.action == "CREATE":
        return Alert(
            ("new instances", last.id),
            f"New regions of {release} failed",
            f"Release {release} is good where it runs, but it could not be created in every new"
            f" region: {event.line}. Nothing is taken back for that.",
            "Look at the reasons, and run `gen deploy` again.",
            operation=last.id,
        )
    return _put_instances_right(event, situation, release)


def _on_failure_put_right(
    event: Event, situation: Situation, last: Operation, *, trusted: bool
) -> Decision:
    """Record which release failed, if nobody has; the set has another one, or went on."""
    failed = _attempt_of(event, situation)
    release = situation.release
    if failed is None or release is None or failed.entry.release == release:
        return Nothing("it has been put right, or is told of elsewhere")
    if trusted and situation.has_outdated:
        # The set has the good release, and some region still the bad one.
        gave_up = situation.stage is not None and situation.stage.gave_up
        # Of the stage's own failure: a deployment from a terminal is put right by other people.
        nobody = event.kind is Kind.STAGE and gave_up
        if not nobody and situation.now < last.end + PATIENCE:
            return Wait("somebody brings a good release to the regions")
        return Restore(
            RestoreId(release, failed.entry.release, 1, digest_of(situation.base)), event.line
        )
    verdict = _bad(situation, failed.entry.release)
    return Judge(verdict, release) if verdict else Nothing("it is recorded")


def _attempt_of(event: Event, situation: Situation) -> Attempt | None:
    """Find the deployment that an event is about, among those that nobody has judged.

    The pipeline names its execution. All other events of what the pipeline did are followed by its
    own, so they are taken for deployments from terminals, which have no execution. The release
    that the pipeline has promoted meanwhile, and that waits for its turn, is never found.
    """
    before = [one for one in situation.attempts if one.entry.time <= event.time]
    if event.kind is Kind.STAGE:
        for attempt in before:
            if attempt.execution == event.about:
                return attempt
    return next((one for one in before if one.execution is None), None)


def _take_back(event: Event, situation: Situation) -> Restore | Alert:
    """Restore the last good release instead of what the set has."""
    bad = situation.release
    good = situation.history.last_good(other_than=bad)
    base = digest_of(situation.base)
    if good:
        return Restore(RestoreId(good, bad or "none", 1, base), event.line)
    keeps = situation.history.is_trusted(bad)
    return Alert(
        ("nothing to go back to", bad or "none", base),
        f"{bad or 'The service'} has no release to go back to",
        f"{event.line}. No other release was ever found good, so nothing is restored: the"
        f" regions keep {bad or 'what they have'}.",
        "Deploy a fix (`git push`, or `gen deploy`).",
        None if keeps else _bad(situation, bad),
        _failed_operation(situation),
    )


def _put_instances_right(event: Event, situation: Situation, release: str) -> Restore:
    """Bring a good release, as it was recorded, to all instances again."""
    return Restore(RestoreId(release, release, 1, digest_of(situation.base)), event.line)


def _failed_operation(situation: Situation) -> str | None:
    last = situation.last
    return last.id if last and not last.went_well else None


def _bad(situation: Situation, release: str | None) -> Entry | None:
    """Write the verdict on a release; None if that can't be, or is there.

    Its time must be the same whoever writes it, and after all that was done with the release.
    """
    history = situation.history
    last = situation.last
    if release in (None, "none") or last is None:
        return None
    assert release is not None
    of_it = [entry for entry in history.entries if entry.release == release]
    verdicts = [entry for entry in of_it if entry.what in ("good", "bad")]
    begun = history.begun(release)
    if verdicts and verdicts[-1].what == "bad" and (not begun or verdicts[-1].time > begun):
        return None
    after = max((e.time + timedelta(milliseconds=1) for e in of_it), default=last.end)
    return Entry(max(last.end, after), release, "bad")
