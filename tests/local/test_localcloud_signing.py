"""Code signing in the local cloud: Signer signs zips, functions take those of their publishers."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from conftest import LocalCloud

pytestmark = pytest.mark.local

BUCKET, FUNCTION = "packages", "signed"
NOT_ACCEPTED = "signed using a signature that the client is not configured to accept"


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return out.getvalue()


PACKAGE = zipped(app="def handler(event, context): return 'one'")
SECOND = zipped(app="def handler(event, context): return 'two'")


def with_more(package: bytes, name: str) -> bytes:
    out = io.BytesIO(package)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, "changed")
    return out.getvalue()


class Signing:
    """Two signing profiles, of which functions accept the first."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.s3, self.signer = cloud.client("s3"), cloud.client("signer")
        self.functions, self.stacks = cloud.client("lambda"), cloud.client("cloudformation")
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.profiles = [
            self.signer.put_signing_profile(profileName=name, platformId="AWSLambda-SHA384-ECDSA")[
                "profileVersionArn"
            ]
            for name in ("ours", "theirs")
        ]
        self.role = cloud.client("iam").create_role(
            RoleName="signed",
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        )["Role"]["Arn"]

    def put(self, package: bytes, key: str = "package.zip") -> str:
        """Put an object; give its version."""
        return str(self.s3.put_object(Bucket=BUCKET, Key=key, Body=package)["VersionId"])

    def job(self, package: bytes, profile: str = "ours") -> dict[str, Any]:
        """Have a package signed; give the job once it has ended."""
        started = self.signer.start_signing_job(
            source={
                "s3": {"bucketName": BUCKET, "key": "package.zip", "version": self.put(package)}
            },
            destination={"s3": {"bucketName": BUCKET, "prefix": "signed/"}},
            profileName=profile,
            clientRequestToken=f"{profile}-{time.monotonic_ns()}",
        )
        return dict(self.signer.describe_signing_job(jobId=started["jobId"]))

    def signed(self, package: bytes, profile: str = "ours") -> bytes:
        where = self.job(package, profile)["signedObject"]["s3"]
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=where["key"])["Body"].read())

    def config(self, policy: str) -> str:
        made = self.functions.create_code_signing_config(
            AllowedPublishers={"SigningProfileVersionArns": self.profiles[:1]},
            CodeSigningPolicies={"UntrustedArtifactOnDeployment": policy},
        )
        return str(made["CodeSigningConfig"]["CodeSigningConfigArn"])

    def create(self, package: bytes, config: str) -> None:
        self.functions.create_function(
            FunctionName=FUNCTION, Runtime="python3.13", Handler="app.handler", Role=self.role,
            Code={"ZipFile": package}, CodeSigningConfigArn=config,
        )  # fmt: skip

    def update(self, package: bytes) -> None:
        self.functions.update_function_code(FunctionName=FUNCTION, ZipFile=package)

    def answer(self) -> Any:
        self.functions.get_waiter("function_updated_v2").wait(
            FunctionName=FUNCTION, WaiterConfig={"Delay": 0.05}
        )
        return json.load(self.functions.invoke(FunctionName=FUNCTION)["Payload"])

    def template(self, package: bytes, policy: str) -> str:
        """Write a stack with a function that is to run a package."""
        key = f"stack-{time.monotonic_ns()}.zip"
        self.put(package, key)
        return json.dumps(
            {
                "Resources": {
                    "Signing": {
                        "Type": "AWS::Lambda::CodeSigningConfig",
                        "Properties": {
                            "AllowedPublishers": {"SigningProfileVersionArns": self.profiles[:1]},
                            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": policy},
                        },
                    },
                    "Function": {
                        "Type": "AWS::Lambda::Function",
                        "Properties": {
                            "FunctionName": FUNCTION,
                            "Runtime": "python3.13",
                            "Handler": "app.handler",
                            "Role": self.role,
                            "Code": {"S3Bucket": BUCKET, "S3Key": key},
                            "CodeSigningConfigArn": {"Ref": "Signing"},
                        },
                    },
                }
            }
        )

    def stack(self, package: bytes, policy: str = "Enforce") -> str:
        """Create the stack; give its status once it is done."""
        body = self.template(package, policy)
        self.stacks.create_stack(StackName="signed", TemplateBody=body)
        return str(self.cloud.wait_for_stack("signed")["StackStatus"])

    def log(self) -> str:
        return (self.cloud.home / "server.log").read_text()


@pytest.fixture
def signing(local_cloud: LocalCloud) -> Signing:
    return Signing(local_cloud)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    answer = error.value.response["Error"]
    return answer["Code"], answer["Message"]


def test_a_signed_package_is_the_package_and_a_signature(signing: Signing) -> None:
    job = signing.job(PACKAGE)
    assert job["status"] == "Succeeded"
    assert job["signedObject"]["s3"]["key"] == f"signed/{job['jobId']}.zip"
    with zipfile.ZipFile(io.BytesIO(signing.signed(PACKAGE))) as archive:
        assert archive.namelist() == ["app.py", "META_INF/aws_signer_signature_v1.0.SF"]


@pytest.mark.parametrize("what", ["signed already", "no zip", "empty"])
def test_what_signer_does_not_sign_fails_its_job(signing: Signing, what: str) -> None:
    packages = {"no zip": b"no zip", "empty": zipped(), "signed already": signing.signed(PACKAGE)}
    job = signing.job(packages[what])
    assert job["status"] == "Failed"
    assert "signedObject" not in job


def test_a_function_runs_what_its_publisher_signed(signing: Signing) -> None:
    config = signing.config("Enforce")
    signing.create(signing.signed(PACKAGE), config)
    assert signing.answer() == "one"
    signing.update(signing.signed(SECOND))
    assert signing.answer() == "two"
    found = signing.functions.get_function_code_signing_config(FunctionName=FUNCTION)
    assert found["CodeSigningConfigArn"] == config


@pytest.mark.parametrize("by", [None, "theirs"])
def test_enforce_refuses_what_nobody_or_another_signed(signing: Signing, by: str | None) -> None:
    package = signing.signed(PACKAGE, by) if by else PACKAGE
    config = signing.config("Enforce")
    with pytest.raises(ClientError) as created:
        signing.create(package, config)
    signing.create(signing.signed(SECOND), config)
    with pytest.raises(ClientError) as updated:
        signing.update(package)
    for error in (created, updated):
        code, message = refusal(error)
        assert code == "CodeVerificationFailedException"
        assert NOT_ACCEPTED in message
    assert signing.answer() == "two"


def test_warn_takes_it_and_says_so(signing: Signing) -> None:
    signing.create(PACKAGE, signing.config("Warn"))
    assert signing.answer() == "one"
    assert f"{FUNCTION} gets a package signed by nobody (Warn)" in signing.log()


@pytest.mark.parametrize("policy", ["Enforce", "Warn"])
def test_what_was_changed_after_it_was_signed_is_always_refused(
    signing: Signing, policy: str
) -> None:
    with pytest.raises(ClientError) as error:
        signing.create(with_more(signing.signed(PACKAGE), "evil.py"), signing.config(policy))
    assert refusal(error)[0] == "InvalidCodeSignatureException"


def test_a_configuration_takes_other_values_and_goes(signing: Signing) -> None:
    arn = signing.config("Enforce")
    signing.functions.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Warn"}
    )
    found = signing.functions.get_code_signing_config(CodeSigningConfigArn=arn)
    config = found["CodeSigningConfig"]
    assert config["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    assert config["AllowedPublishers"]["SigningProfileVersionArns"] == signing.profiles[:1]
    signing.functions.delete_code_signing_config(CodeSigningConfigArn=arn)
    with pytest.raises(ClientError, match="cannot be found"):
        signing.functions.get_code_signing_config(CodeSigningConfigArn=arn)


def test_a_stack_makes_functions_of_signed_packages(signing: Signing) -> None:
    assert signing.stack(signing.signed(PACKAGE)) == "CREATE_COMPLETE"
    assert signing.answer() == "one"


def test_a_stack_with_an_unsigned_package_fails_in_lambdas_words(signing: Signing) -> None:
    assert signing.stack(PACKAGE) == "ROLLBACK_COMPLETE"
    assert any(NOT_ACCEPTED in reason for reason in signing.cloud.failures("signed"))


def test_a_stack_update_to_an_unsigned_package_goes_back(signing: Signing) -> None:
    signing.stack(signing.signed(PACKAGE))
    body = signing.template(SECOND, "Enforce")
    signing.stacks.update_stack(StackName="signed", TemplateBody=body)
    assert signing.cloud.wait_for_stack("signed")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any(NOT_ACCEPTED in reason for reason in signing.cloud.failures("signed"))
    assert signing.answer() == "one"
    signing.stacks.update_stack(StackName="signed", TemplateBody=signing.template(SECOND, "Warn"))
    assert signing.cloud.wait_for_stack("signed")["StackStatus"] == "UPDATE_COMPLETE"
    assert signing.answer() == "two"
