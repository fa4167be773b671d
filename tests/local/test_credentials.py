"""Sessions that end in the middle of the work, with credentials as people have them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from localaws import control, stack

from generator.aws import AwsError, Cloud, Stacks, StackSets

pytestmark = pytest.mark.local

TOOLS, OTHER = "111111111111", "222222222222"
# What a profile's credential_process prints: another token each time it is asked.
SIGN_IN = """
import json, pathlib, sys
count = pathlib.Path(__file__).with_name("count")
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
print(json.dumps({"Version": 1, "AccessKeyId": "111111111111", "SecretAccessKey": "local",
                  "SessionToken": f"token-{number}"}))
"""
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deployer
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "*"}, Action: sts:AssumeRole}
"""


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile that gives other credentials each time; the file that counts how often."""
    script = tmp_path / "sign_in.py"
    script.write_text(SIGN_IN)
    config = tmp_path / "config"
    config.write_text(f"[profile me]\ncredential_process = {sys.executable} {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "count"


def connect(cloud: Any, **more: Any) -> Cloud:
    return Cloud(
        profile="me", endpoint=cloud.endpoint, account=TOOLS, own_credentials=True, patience=0,
        **more,
    )  # fmt: skip


def set_rules(cloud: Any, *rules: dict[str, Any]) -> None:
    control(cloud, "faults", {"rules": list(rules)})


def test_a_session_that_ends_between_two_looks_is_renewed_from_the_profile(
    local_cloud: Any, signed_in: Path
) -> None:
    cloud = connect(local_cloud)
    sets = StackSets(cloud, account=TOOLS, region="us-east-1")
    set_rules(local_cloud, {"effect": "expired-token", "nth": 3})
    assert [sets.describe("none") for _ in range(5)] == [None] * 5
    assert signed_in.read_text() == "2"


def test_the_session_of_a_role_in_another_account_is_assumed_again(
    local_cloud: Any, signed_in: Path
) -> None:
    stack(local_cloud, ROLE, name="roles", account=OTHER)
    cloud = connect(local_cloud, role_in_other_accounts="deployer")
    stacks = Stacks(cloud, account=OTHER, region="us-east-1")
    set_rules(local_cloud, {"effect": "expired-token", "service": "cloudformation", "nth": 2})
    assert [stacks.describe("none") for _ in range(3)] == [None] * 3
    assumed = [c for c in local_cloud.calls() if c["action"] == "AssumeRole"]
    assert len(assumed) == 2
    assert {c["account"] for c in local_cloud.calls() if c["action"] == "DescribeStacks"} >= {OTHER}
    assert signed_in.read_text() == "1"


def test_a_session_that_nobody_renews_ends_with_what_to_do(
    local_cloud: Any, signed_in: Path
) -> None:
    script = signed_in.with_name("sign_in.py")
    known = {
        "Version": 1, "AccessKeyId": TOOLS, "SecretAccessKey": "local", "SessionToken": "old",
    }  # fmt: skip
    script.write_text(f"print({json.dumps(json.dumps(known))})")
    said: list[str] = []
    stacks = Stacks(connect(local_cloud, say=said.append), account=TOOLS, region="us-east-1")
    set_rules(local_cloud, {"effect": "expired-token"})
    with pytest.raises(AwsError) as caught:
        stacks.describe("none")
    assert "ExpiredToken while describing stack none" in str(caught.value)
    assert "it goes on where it was" in (caught.value.problems[0].hint or "")
