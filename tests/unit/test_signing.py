"""Signed packages: their names, what they may hold, and what a deployment makes of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError
from hypothesis import given
from hypothesis import strategies as st

from generator.config import Config, load
from generator.config.regions import PARTITIONS
from generator.config.signing import WITHOUT_SIGNER
from generator.deploy.release.signing import JOBS, check_signed, sign_once
from generator.errors import GenError, Problem
from generator.package import difference, is_signed, package_key, release_key
from generator.releases import Code
from localcloud.signing import signature

pytestmark = pytest.mark.unit

PROFILE = "arn:aws:signer:us-east-1:111111111111:/signing-profiles/Shop_1/abcdefghij"
DIGEST = "0a" * 32
CODE = Code(release_key("orders", DIGEST, signed=True), DIGEST)


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_py", ".py"), text)
    return out.getvalue()


PACKAGE = zipped(app_py="one", lib__more_py="two")


def signed(package: bytes = PACKAGE) -> bytes:
    made = signature.sign(package, profile_version=PROFILE, job="1")
    assert made is not None
    return made


class FakeObjects:
    """A region's bucket."""

    bucket, region = "artifacts", "us-east-1"

    def __init__(self, **objects: bytes) -> None:
        self.objects = {CODE.package.key: PACKAGE, **objects}

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def version(self, key: str) -> str:
        return f"version of {key}"

    def put(self, key: str, data: bytes, *, content_type: str) -> bool:
        return self.objects.setdefault(key, data) is data


class FakeSigner:
    """Signs one package, or hands out something else."""

    def __init__(self, objects: FakeObjects, made: bytes) -> None:
        self.objects, self.made = objects, made
        self.jobs: list[dict[str, str]] = []

    def sign(self, **job: str) -> str:
        self.jobs.append(job)
        self.objects.objects[f"{JOBS}job.zip"] = self.made
        return f"{JOBS}job.zip"


def sign(objects: FakeObjects, signer: FakeSigner) -> bool:
    wanted: Any = objects
    return sign_once(wanted, CODE, PACKAGE, lambda: signer)  # type: ignore[arg-type,return-value]


def wrong(objects: FakeObjects) -> Problem | None:
    wanted: Any = objects
    return check_signed(wanted, CODE)


def test_a_signed_package_is_named_by_what_was_signed() -> None:
    assert CODE.key == f"releases/orders/{DIGEST}.signed.zip"
    assert package_key(CODE.key) == CODE.package.key == f"releases/orders/{DIGEST}.zip"
    assert CODE.is_signed is is_signed(CODE.key) is True
    assert CODE.package.is_signed is False
    assert CODE.package.package == CODE.package


def test_a_signature_is_no_difference() -> None:
    assert difference(PACKAGE, signed()) is None


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (PACKAGE, "it has no signature"),
        (b"no zip", "it cannot be read"),
        (signed(zipped(app_py="one")), "it lacks lib/more.py"),
        (signed(zipped(app_py="1", lib__more_py="2")), "app.py (and 1 more) was changed"),
        (signed(zipped(app_py="one", lib__more_py="two", evil_py="3")), "evil.py was added"),
    ],
)
def test_everything_else_is_named(there: bytes, said: str) -> None:
    assert said in (difference(PACKAGE, there) or "")


def test_a_file_that_is_there_twice_is_a_difference() -> None:
    out = io.BytesIO(signed())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("app.py", "another")
    assert "twice" in (difference(PACKAGE, out.getvalue()) or "")


def whole(kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        archive.writestr("app.py", "x = 1\n" * 50)
    return out.getvalue()


def overwritten(data: bytes, before: bytes, new: bytes) -> bytes:
    """Have other bytes where a part of the archive begins that comes after `before`."""
    start = data.index(before) + len(before)
    return data[:start] + new + data[start + len(new) :]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (overwritten(whole(), b"app.py", b"\xff" * 8), "invalid block type"),
        (overwritten(whole(zipfile.ZIP_BZIP2), b"BZh9", b"\0" * 6), "Invalid data stream"),
        (
            overwritten(whole(zipfile.ZIP_LZMA), b"app.py\x09\x04\x05\x00", b"\xff" * 5),
            "Invalid or unsupported",
        ),
        (overwritten(whole(), b"PK\1\2", b"\x14\3\x14\0\1"), "is encrypted"),
        (overwritten(whole(), b"PK\1\2\x14\3", b"\xff\xff"), "zip file version"),
    ],
    ids=["deflate", "bzip2", "lzma", "encrypted", "version"],
)
def test_what_cannot_be_read_says_why(there: bytes, said: str) -> None:
    found = difference(whole(), there) or ""
    assert found.startswith("it cannot be read (")
    assert said in found


@given(places=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), max_size=4))
def test_no_archive_whatever_ends_the_comparison(places: list[tuple[int, int]]) -> None:
    spoilt = bytearray(whole())
    for place, value in places:
        spoilt[place % len(spoilt)] = value
    difference(whole(), bytes(spoilt))


def test_a_package_is_signed_once() -> None:
    objects = FakeObjects()
    signer = FakeSigner(objects, signed())
    assert sign(objects, signer) is True
    assert sign(objects, signer) is False
    assert objects.objects[CODE.key] == signer.made
    (job,) = signer.jobs
    assert job["version"] == f"version of {CODE.package.key}"


def test_what_signer_made_of_another_package_gets_no_name() -> None:
    objects = FakeObjects()
    with pytest.raises(GenError, match=r"not the package that was built, signed: app\.py"):
        sign(objects, FakeSigner(objects, signed(zipped(app_py="evil", lib__more_py="two"))))
    assert CODE.key not in objects.objects


def test_another_package_under_the_name_is_refused_and_stays() -> None:
    there = signed(zipped(app_py="evil", lib__more_py="two"))
    objects = FakeObjects(**{CODE.key: there})
    with pytest.raises(GenError, match="was tampered with"):
        sign(objects, FakeSigner(objects, signed()))
    assert objects.objects[CODE.key] == there


def test_promotion_finds_a_signed_package_that_is_missing_or_another() -> None:
    missing = wrong(FakeObjects())
    assert missing is not None
    assert missing.message.endswith("is missing")
    changed = wrong(FakeObjects(**{CODE.key: PACKAGE}))
    assert changed is not None
    assert changed.message.endswith("it has no signature")
    assert wrong(FakeObjects(**{CODE.key: signed()})) is None


def test_the_regions_without_signer_are_those_of_the_schemas() -> None:
    types = ("AWS::Signer::SigningProfile", "AWS::Lambda::CodeSigningConfig")
    regions = {region for known in PARTITIONS.values() for region in known}
    without = {region for region in regions if not all(there(name, region) for name in types)}
    assert without == WITHOUT_SIGNER


def there(type_name: str, region: str) -> bool:
    try:
        PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name)
    except ResourceNotFoundError:
        return False
    return True


def mistake(project: Path, text: str) -> Problem:
    with pytest.raises(GenError) as caught:
        configured(project, text)
    (problem,) = caught.value.problems
    return problem


def configured(project: Path, text: str) -> Config:
    with (project / "params" / "dev.yaml").open("a") as file:
        file.write(text)
    return load(project, "dev").config


@pytest.mark.parametrize("mode", ["enforce", "warn"])
def test_signing_is_off_or_has_a_mode(project: Path, mode: str) -> None:
    assert load(project, "dev").config.signing is None
    signing = configured(project, f"signing: {{mode: {mode}}}\n").signing
    assert signing is not None
    assert signing.mode == mode


def test_a_mode_that_there_is_not_is_refused_with_its_line(project: Path) -> None:
    problem = mistake(project, "signing: {mode: strict}\n")
    assert problem.line == len((project / "params" / "dev.yaml").read_text().splitlines())
    assert "mode" in problem.message


def test_regions_without_signer_are_named(project: Path, edit: Callable[[str, str], None]) -> None:
    edit("[us-east-1, eu-central-1]", "[us-east-1, eu-central-2, ca-west-1]")
    problem = mistake(project, "signing: {mode: warn}\n")
    assert "cannot be signed in ca-west-1, eu-central-2" in problem.message.replace(
        "eu-central-2, ca-west-1", "ca-west-1, eu-central-2"
    )


def test_layers_are_refused_where_lambda_would_refuse_them(project: Path) -> None:
    layers = "functions: {orders: {layers: [/layers/tools:3]}}\n"
    problem = mistake(project, f"{layers}signing: {{mode: enforce}}\n")
    assert "layers" in problem.message


def test_layers_pass_where_lambda_only_warns(project: Path) -> None:
    layers = "functions: {orders: {layers: [/layers/tools:3]}}\n"
    assert configured(project, f"{layers}signing: {{mode: warn}}\n").signing is not None
