"""The releases of a service in a bucket and two parameters: both are kept in memory here."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.deploy.release.announcement import Announcement
from generator.deploy.release.publish import check_packages
from generator.deploy.release.releases import Releases
from generator.errors import GenError
from generator.releases import Code, Record, Service, What

pytestmark = pytest.mark.unit

A, B, C = "a" * 12, "b" * 12, "c" * 12
REGION, BUCKET = "us-east-1", "shop-dev-artifacts-111111111111-us-east-1"
TEMPLATE = "Resources: {}\n"
SERVICE = Service(
    project="shop",
    environment="dev",
    tools_account="111111111111",
    primary_region=REGION,
    assume_role=None,
    administration_role="arn:aws:iam::111111111111:role/admin",
    execution_role="execution",
    artifact_buckets={REGION: BUCKET},
    waves=((("111111111111", REGION),),),
    overrides={},
    has_pipeline=False,
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def record(release: str = A, **changed: Any) -> Record:
    digest = sha256(TEMPLATE.encode())
    plain = Record(
        release=release,
        project="shop",
        environment="dev",
        template=Code(f"templates/service/{digest}.yaml", digest),
        parameters={"Release": release},
        capabilities=(),
        tags={},
        functions={},
        health_function=None,
        commit="c0ffee",
        built="2026-11-21T12:00:00Z",
        built_by="ann",
    )
    return dataclasses.replace(plain, **changed)


class Bucket:
    """As much of S3 as is used; pages of two."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.digests: dict[str, str] = {}

    def put_object(self, **call: Any) -> None:
        assert call["IfNoneMatch"] == "*"
        if call["Key"] in self.objects:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        self.objects[call["Key"]] = call["Body"]
        self.digests[call["Key"]] = call["ChecksumSHA256"]

    def head_object(self, **call: Any) -> dict[str, str]:
        assert call["ChecksumMode"] == "ENABLED"
        if call["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        known = self.digests.get(call["Key"])
        return {"ChecksumSHA256": known} if known else {}

    def get_object(self, **call: Any) -> dict[str, Any]:
        if call["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[call["Key"]])}

    def list_objects_v2(self, **call: Any) -> dict[str, Any]:
        after = call.get("ContinuationToken", "")
        keys = [k for k in sorted(self.objects) if k.startswith(call["Prefix"]) and k > after]
        modified = datetime(2026, 1, 1, tzinfo=UTC)
        return {
            "Contents": [{"Key": key, "LastModified": modified} for key in keys[:2]],
            "IsTruncated": len(keys) > 2,
            "NextContinuationToken": keys[:2][-1] if keys else "",
        }


class Pointers:
    """As much of Systems Manager as is used."""

    def __init__(self) -> None:
        self.values = {f"/shop/dev/release/{name}": "none" for name in ("current", "last-good")}

    def get_parameter(self, **call: Any) -> dict[str, Any]:
        return {"Parameter": {"Value": self.values[call["Name"]]}}

    def put_parameter(self, **call: Any) -> None:
        self.values[call["Name"]] = call["Value"]


class FakeCloud:
    """Gives these two."""

    def __init__(self) -> None:
        self.s3 = Bucket()
        self.ssm = Pointers()

    def client(self, service: str, **_: Any) -> Any:
        return {"s3": self.s3, "ssm": self.ssm}[service]


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def releases(cloud: FakeCloud) -> Releases:
    """The releases of a service, on a clock that stands still."""
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return Releases(cloud, SERVICE, by="ann", now=lambda: now)  # type: ignore[arg-type]


def told(releases: Releases) -> list[tuple[str, str]]:
    return [(event.release, event.what.value) for event in releases.history().events]


def test_what_is_noted_is_told_in_its_order_although_the_clock_stands_still(
    releases: Releases,
) -> None:
    story = [(A, "deploying"), (A, "good"), (B, "deploying"), (B, "bad"), (A, "restored")]
    for release, what in story:
        releases.note(What(what), release)
    assert told(releases) == story


@pytest.mark.parametrize(
    ("story", "current", "last_good"),
    [
        ([(A, "deploying")], A, None),
        ([(A, "deploying"), (A, "good")], A, A),
        ([(A, "good"), (B, "deploying")], B, A),
        ([(A, "good"), (B, "good"), (B, "bad")], B, A),
        ([(A, "good"), (B, "good"), (A, "bad")], B, B),
        ([(A, "good"), (A, "bad")], A, None),
        ([(A, "good"), (B, "deploying"), (B, "bad"), (A, "restored")], A, A),
    ],
)
def test_the_pointers_follow_what_is_noted(
    releases: Releases, story: list[tuple[str, str]], current: str, last_good: str | None
) -> None:
    for release, what in story:
        releases.note(What(what), release)
    assert (releases.current(), releases.last_good()) == (current, last_good)


@pytest.mark.parametrize("what", [What.DEPLOYING, What.GOOD])
def test_who_was_killed_before_the_pointers_moved_is_finished_without_a_second_entry(
    releases: Releases, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch, what: What
) -> None:
    class Killed(BaseException):
        """What no code catches."""

    def kill(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(cloud.ssm, "put_parameter", kill)
        with pytest.raises(Killed):
            releases.note(what, A)
    assert releases.current() is None
    releases.note(what, A)
    assert told(releases) == [(A, what.value)]
    assert releases.current() == A


def test_another_execution_of_a_pipeline_is_noted_although_its_release_is_known_to_come(
    releases: Releases,
) -> None:
    for execution in ("e-1", "e-2"):
        releases.note(What.DEPLOYING, A, execution=execution)
    assert told(releases) == [(A, "deploying"), (A, "deploying")]


def test_a_release_is_noted_as_good_once(releases: Releases) -> None:
    assert releases.note_good(A)
    assert not releases.note_good(A)
    assert told(releases) == [(A, "good")]


def test_a_pointer_that_was_lost_is_mended(releases: Releases, cloud: FakeCloud) -> None:
    releases.note_good(A)
    cloud.ssm.values["/shop/dev/release/last-good"] = "none"
    assert releases.note_good(A)
    assert releases.last_good() == A


def test_a_record_is_kept_once_and_the_first_one_stays(releases: Releases) -> None:
    assert releases.keep(record(), TEMPLATE).built_by == "ann"
    assert releases.keep(record(built_by="bob"), TEMPLATE).built_by == "ann"
    assert releases.template(record()) == TEMPLATE
    assert releases.ids() == [A]


def test_another_release_under_the_same_name_is_refused(releases: Releases) -> None:
    releases.keep(record(), TEMPLATE)
    with pytest.raises(GenError, match="another release"):
        releases.keep(record(tags={"Owner": "else"}), TEMPLATE)


def test_a_template_whose_bytes_are_others_is_not_used(
    releases: Releases, cloud: FakeCloud
) -> None:
    releases.keep(record(), TEMPLATE)
    cloud.s3.objects[record().template.key] += b"# more\n"
    with pytest.raises(GenError, match="tampered with"):
        releases.template(record())


def test_an_unknown_release_is_answered_with_the_nearest(releases: Releases) -> None:
    releases.keep(record(A), TEMPLATE)
    with pytest.raises(GenError, match=f"did you mean '{A}'"):
        releases.known("aaaaaaaaaaab")


def test_every_page_of_a_listing_is_read(releases: Releases) -> None:
    for n in range(5):
        releases.note(What.DEPLOYING, f"{n:012x}")
    assert len(releases.history().events) == 5


def test_packages_that_are_missing_or_others_are_found(cloud: FakeCloud) -> None:
    good, other, gone = b"good", b"other", b"gone"
    for data in (good, other):
        cloud.s3.put_object(
            Key=f"releases/{sha256(data)}.zip",
            Body=data,
            IfNoneMatch="*",
            ChecksumSHA256=base64.b64encode(hashlib.sha256(data).digest()).decode(),
        )
    # Written by other means than gen: S3 knows no SHA-256 of it, so it is read.
    key = f"releases/{sha256(other)}.zip"
    cloud.s3.objects[key] = b"tampered"
    del cloud.s3.digests[key]
    codes = [Code(f"releases/{sha256(data)}.zip", sha256(data)) for data in (good, other, gone)]
    found = check_packages(codes, {REGION: BUCKET}, cloud)  # type: ignore[arg-type]
    assert len(found) == 2
    assert f"{REGION}: s3://{BUCKET}/{key} was tampered with" in found[0].message
    assert "is missing" in found[1].message


def test_a_deployment_is_told_before_its_first_change_only(releases: Releases) -> None:
    announcement = Announcement(releases, record(), commit="c0ffee")
    announcement.before_change()
    announcement.before_change()
    assert told(releases) == [(A, "deploying")]


def test_a_deployment_gives_way_when_its_release_was_taken_back(releases: Releases) -> None:
    announcement = Announcement(releases, record(B), commit=None)
    announcement.before_change()
    releases.note(What.RESTORED, A, instead_of=B)
    with pytest.raises(GenError, match=f"release {B} was taken back"):
        announcement.before_change()


def test_a_release_is_good_only_after_it_was_verified(releases: Releases) -> None:
    announcement = Announcement(releases, record(), commit=None)
    announcement.before_change()

    def wrong() -> None:
        raise GenError("us-east-1 is ill")

    with pytest.raises(GenError, match="ill"):
        announcement.arrived(verify=wrong)
    assert releases.last_good() is None
    assert announcement.arrived(verify=lambda: None)
    assert releases.last_good() == A


def test_where_nothing_changed_nothing_is_verified_or_noted_again(releases: Releases) -> None:
    releases.note_good(A)

    def never() -> None:
        raise AssertionError

    assert not Announcement(releases, record(), commit=None).arrived(verify=never)
    assert told(releases) == [(A, "good")]


@pytest.mark.parametrize(("has_pipeline", "told_how"), [(False, True), (True, False)])
def test_a_failed_deployment_says_how_to_go_back_where_nobody_else_does_it(
    cloud: FakeCloud, has_pipeline: bool, told_how: bool
) -> None:
    service = dataclasses.replace(SERVICE, has_pipeline=has_pipeline)
    releases = Releases(cloud, service, by="ann")  # type: ignore[arg-type]
    releases.note_good(A)
    announcement = Announcement(releases, record(B), commit=None)
    announcement.before_change()
    said = str(announcement.failed(GenError("no")))
    assert (f"`gen rollback -e dev` gives every region {A} again" in said) is told_how


def test_time_goes_on_where_the_clock_does(cloud: FakeCloud) -> None:
    times = iter([datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(hours=n) for n in range(2)])
    releases = Releases(cloud, SERVICE, by="ann", now=lambda: next(times))  # type: ignore[arg-type]
    releases.note(What.DEPLOYING, A)
    releases.note(What.GOOD, A)
    assert [event.time.hour for event in releases.history().events] == [12, 13]
