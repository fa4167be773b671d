"""Code signing in the templates: whose signatures functions take, and who may have code signed."""

from __future__ import annotations

import re

import pytest
from templates.rendered import Template, units_of

pytestmark = pytest.mark.unit

SIGNED = ("signed", "signed-warn")
DIGEST = "0a" * 32


def service(variant: str) -> Template:
    return units_of(variant)["service"]


@pytest.mark.parametrize("variant", SIGNED)
def test_every_function_of_the_service_takes_signed_packages_only(variant: str) -> None:
    functions = service(variant).of_type("AWS::Lambda::Function")
    assert functions
    for name, function in functions.items():
        condition, config, nothing = function["CodeSigningConfigArn"]["Fn::If"]
        assert (condition, config) == ("KnowsSigningProfile", {"Ref": "CodeSigning"}), name
        assert nothing == {"Ref": "AWS::NoValue"}
    (made,) = service(variant).of_type("AWS::Lambda::CodeSigningConfig").values()
    assert made["AllowedPublishers"] == {
        "SigningProfileVersionArns": [{"Ref": "SigningProfileVersionArn"}]
    }
    assert made["CodeSigningPolicies"] == {
        "UntrustedArtifactOnDeployment": {"Ref": "CodeSigningPolicy"}
    }


@pytest.mark.parametrize(("variant", "policy"), [("signed", "Enforce"), ("signed-warn", "Warn")])
def test_the_mode_is_the_default_of_a_parameter(variant: str, policy: str) -> None:
    parameter = service(variant).body["Parameters"]["CodeSigningPolicy"]
    assert parameter["Default"] == policy
    assert parameter["AllowedValues"] == ["Enforce", "Warn"]


@pytest.mark.parametrize("variant", SIGNED)
def test_code_keys_are_those_of_signed_packages(variant: str) -> None:
    parameters = service(variant).body["Parameters"]
    keys = {name: p["AllowedPattern"] for name, p in parameters.items() if name.endswith("CodeKey")}
    assert "OrdersCodeKey" in keys
    for name, pattern in keys.items():
        folder = re.sub(r"(?<!^)([A-Z])", r"-\1", name.removesuffix("CodeKey")).lower()
        assert re.search(pattern, f"releases/{folder}/{DIGEST}.signed.zip"), name
        assert not re.search(pattern, f"releases/{folder}/{DIGEST}.zip"), name


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("", True),
        ("arn:aws:signer:us-east-1:111111111111:/signing-profiles/Shop_1/abcdefghij", True),
        ("arn:aws:signer:us-east-1:111111111111:/signing-profiles/Shop_1", False),
        ("anything", False),
    ],
)
def test_a_signing_profile_is_named_with_its_version(value: str, fits: bool) -> None:
    pattern = service("signed").body["Parameters"]["SigningProfileVersionArn"]["AllowedPattern"]
    assert bool(re.search(pattern, value)) is fits


def test_each_region_has_a_profile_that_stays_and_is_written_down() -> None:
    artifacts = units_of("signed")["artifacts"]
    profile = artifacts.body["Resources"]["OrdersProdSigning"]
    assert profile["Type"] == "AWS::Signer::SigningProfile"
    assert profile["UpdateReplacePolicy"] == "Retain"
    assert profile["Properties"]["PlatformId"] == "AWSLambda-SHA384-ECDSA"
    (parameter,) = artifacts.of_type("AWS::SSM::Parameter").values()
    assert parameter["Value"] == {"Fn::GetAtt": ["OrdersProdSigning", "ProfileVersionArn"]}


def test_builds_may_have_packages_signed_by_our_profiles_alone() -> None:
    text = units_of("signed")["pipeline"].text
    assert text.count("signer:StartSigningJob") == 1
    assert ":/signing-profiles/OrdersProdSigning_*" in text


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_where_nothing_is_signed_nothing_speaks_of_it(variant: str) -> None:
    for name, template in units_of(variant).items():
        if name not in ("roles", "execution-role"):  # they may delete what was there before
            assert not re.search("CodeSigning|signer:|AWS::Signer", template.text), name
