"""What a deployment tells of its release: that it is on its way, and that it arrived."""

from __future__ import annotations

from collections.abc import Callable

from generator.deploy.release.releases import Releases
from generator.errors import GenError, Problem
from generator.releases import Record, What


class Announcement:
    """One release on its way to the regions."""

    def __init__(self, releases: Releases, record: Record, *, commit: str | None):
        """`commit` is what is deployed from; the record may be of an earlier one."""
        self._releases = releases
        self._record = record
        self._commit = commit
        self._told = False

    def before_change(self) -> None:
        """Note that the release comes, once; then see that nobody has taken it back meanwhile.

        Raises GenError when the set was told to run another release: who took this one back had a
        reason, and is not fought.
        """
        release = self._record.release
        if not self._told:
            self._releases.note(What.DEPLOYING, release, commit=self._commit)
            self._told = True
            return
        current = self._releases.current()
        if current not in (None, release):
            raise GenError(
                Problem(
                    f"release {release} was taken back while it was deployed: {current} is the"
                    " current one now",
                    hint="`gen releases` and the alerts say why; deploy again when that is mended",
                )
            )

    def arrived(self, *, verify: Callable[[], None]) -> bool:
        """Verify the release and note that it is good, unless both was done; say whether it was."""
        release = self._record.release
        if not self._told and self._releases.is_settled(release):
            return False
        verify()
        return self._releases.note_good(
            release, commit=self._commit, regions=self._releases.service.pairs
        )

    def failed(self, error: GenError) -> GenError:
        """Say how to go back, where nobody else does it."""
        service, release = self._releases.service, self._record.release
        good = self._releases.history().last_good(other_than=release)
        if service.has_pipeline or good is None or not self._told:
            return error
        return GenError(
            [
                *error.problems,
                Problem(
                    f"release {release} is not in every region; {good} was the last good one",
                    hint=f"`gen rollback -e {service.environment}` gives every region {good} again",
                ),
            ]
        )
