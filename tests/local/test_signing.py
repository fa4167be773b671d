"""A service whose functions take signed packages only, deployed to the local cloud."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

TOOLS = "111111111111"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
FUNCTION = "orders-dev-orders"
STRANGER = f"arn:aws:signer:us-west-2:{TOOLS}:/signing-profiles/Stranger/0123456789"
NOT_ACCEPTED = "signed using a signature that the client is not configured to accept"


def sign(project: Project, mode: str, *, accepted: str | None = None) -> None:
    """Turn signing on; `accepted` is the profile that the canary region is to accept instead."""
    file = project.root / "params/dev.yaml"
    text = file.read_text() + f"\nsigning: {{mode: {mode}}}\n"
    if accepted:
        override = (
            f'{{regions: [us-west-2], parameters: {{SigningProfileVersionArn: "{accepted}"}}}}'
        )
        text = text.replace("targets:\n", f"targets:\n  overrides: [{override}]\n", 1)
        assert accepted in text
    file.write_text(text)


def bucket(region: str) -> str:
    return f"orders-dev-artifacts-{TOOLS}-{region}"


def packages(project: Project, region: str) -> dict[str, bytes]:
    """Read the packages of the function in a region, by key."""
    s3 = project.cloud.client("s3", region=region)
    listed = s3.list_objects_v2(Bucket=bucket(region), Prefix="releases/orders/")["Contents"]
    return {
        o["Key"]: s3.get_object(Bucket=bucket(region), Key=o["Key"])["Body"].read() for o in listed
    }


def code_of(project: Project, region: str) -> str:
    """Give the digest of what the function runs in a region."""
    functions = project.cloud.client("lambda", region=region)
    found = functions.get_function_configuration(FunctionName=FUNCTION, Qualifier="live")
    return base64.b64decode(found["CodeSha256"]).hex()


def test_functions_run_what_their_own_region_has_signed(project: Project) -> None:
    sign(project, "enforce")
    project.deploy()
    running = set()
    for region in REGIONS:
        there = packages(project, region)
        plain, signed = sorted(there, key=lambda key: key.endswith(".signed.zip"))
        digest = hashlib.sha256(there[plain]).hexdigest()
        assert (plain, signed) == (
            f"releases/orders/{digest}.zip",
            f"releases/orders/{digest}.signed.zip",
        )
        assert code_of(project, region) == hashlib.sha256(there[signed]).hexdigest()
        running.add(code_of(project, region))
        status, health, _ = project.client(region).call("GET", "/health")
        assert (status, health["release"]) == (200, digest)
    assert len(running) == len(REGIONS), "no two signatures are alike"


def test_a_second_run_signs_nothing_and_changes_nothing(project: Project) -> None:
    sign(project, "enforce")
    project.deploy()
    before = project.cloud.writes()
    assert "signer:StartSigningJob" in before
    assert "nothing to do" in project.deploy().splitlines()[-1]
    assert project.cloud.writes() == before


def test_a_signed_package_that_holds_something_else_is_never_promoted(project: Project) -> None:
    sign(project, "enforce")
    project.deploy()
    key, data = next((k, d) for k, d in packages(project, REGIONS[2]).items() if ".signed" in k)
    changed = io.BytesIO(data)
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr("evil.py", "")
    s3 = project.cloud.client("s3", region=REGIONS[2])
    s3.put_object(Bucket=bucket(REGIONS[2]), Key=key, Body=changed.getvalue())
    manifest = project.root / "build/dev/manifest.json"
    promote = ("verify", "-e", "dev", "--local", "--step", "promote", "--manifest")
    for arguments in (
        (*promote, hashlib.sha256(manifest.read_bytes()).hexdigest()),
        ("deploy", "-e", "dev", "--local"),
    ):
        said = project.gen(*arguments, code=1)
        assert f"{REGIONS[2]}: s3://{bucket(REGIONS[2])}/{key} was tampered with" in said
        assert "evil.py was added" in said


def test_enforce_refuses_what_another_profile_signed_at_the_functions_line(
    project: Project,
) -> None:
    sign(project, "enforce", accepted=STRANGER)
    said = project.deploy(code=1)
    assert NOT_ACCEPTED in said
    lines = (project.root / "templates/partials/service/function.yaml.j2").read_text().split("\n")
    line = lines.index("  {{ f.id }}Function:") + 1
    assert f"templates/partials/service/function.yaml.j2:{line}" in said
    assert project.instances().keys() <= {"us-west-2"}, "no other region was touched"


def test_warn_lets_it_pass_and_says_so(project: Project) -> None:
    sign(project, "warn", accepted=STRANGER)
    project.deploy()
    assert project.client("us-west-2").call("GET", "/health")[0] == 200
    log = (project.cloud.home / "server.log").read_text()
    assert f"{FUNCTION} gets a package signed by arn:aws:signer:us-west-2:{TOOLS}:" in log


def test_signing_is_turned_on_and_off_with_the_same_package(project: Project) -> None:
    plain = (project.root / "params/dev.yaml").read_text()
    project.deploy()
    unsigned = code_of(project, REGIONS[0])
    sign(project, "enforce")
    project.deploy()
    assert code_of(project, REGIONS[0]) != unsigned
    (project.root / "params/dev.yaml").write_text(plain)
    project.deploy()
    for region in REGIONS:
        functions = project.cloud.client("lambda", region=region)
        found = functions.get_function_code_signing_config(FunctionName=FUNCTION)
        assert not found["CodeSigningConfigArn"]
        assert code_of(project, region) == unsigned


def test_without_a_profile_a_build_cannot_be_published(project: Project) -> None:
    project.deploy()
    sign(project, "enforce")
    project.gen("render", "-e", "dev")
    said = project.gen("publish", "-e", "dev", "--local", code=1)
    assert "there is no signing profile" in said
    assert "`gen deploy -e dev` makes one in each region" in said


def test_a_region_that_knows_no_profile_is_not_verified(project: Project) -> None:
    sign(project, "enforce")
    project.deploy()
    stacks = project.cloud.client("cloudformation")
    stacks.update_stack_instances(
        StackSetName="orders-dev-service",
        Accounts=[TOOLS],
        Regions=["us-west-2"],
        ParameterOverrides=[
            {"ParameterKey": "SigningProfileVersionArn", "ParameterValue": ""},
        ],
    )
    project.cloud.until(lambda: set(project.instances().values()) == {"CURRENT"})
    said = project.gen("verify", "-e", "dev", "--local", "--step", "1", code=1)
    assert "its functions would take unsigned packages" in said
