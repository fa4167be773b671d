"""Put signing and its verification into ministack's Signer, Lambda and CloudFormation."""

from collections.abc import Mapping
from typing import Any

from localcloud import ministack_objects, ministack_signing, ministack_types
from localcloud.errors import AwsError
from localcloud.ministack import Properties
from localcloud.signing import signature
from localcloud.signing.configs import CodeSigningConfigs
from localcloud.signing.verification import verify

FUNCTION = "AWS::Lambda::Function"


def install(configs: CodeSigningConfigs) -> None:
    """Let Signer sign packages, and functions with a configuration take no others."""

    def judge(function: str, config: str, package: bytes) -> None:
        verify(package, configs.find(config), function=function)

    def check(given: Properties) -> None:
        """Judge the code of a function that CloudFormation makes or changes.

        A function that is there gets the configuration first: its update asks for itself.
        """
        name, arn = str(given.get("FunctionName", "")), given.get("CodeSigningConfigArn", "")
        if ministack_signing.attach(name, arn) or not arn:
            return
        code = given.get("Code") or {}
        where = code.get("S3Bucket", ""), code.get("S3Key", ""), code.get("S3ObjectVersion")
        package = ministack_objects.read_object(*where) if code.get("S3Bucket") else None
        try:
            # Code in the template itself is never signed.
            judge(name, arn, package or _UNSIGNED)
        except AwsError as error:
            raise ValueError(
                f'Resource handler returned message: "{error.message}" '
                "(HandlerErrorCode: InvalidRequest)"
            ) from None

    def attach(name: str, given: Properties, _: Properties) -> None:
        ministack_signing.attach(name, given.get("CodeSigningConfigArn", ""))

    ministack_signing.sign_by(signature.sign)
    ministack_signing.judge_code(judge)
    ministack_signing.answer_configs(
        {
            "POST": lambda _, message: _answer(configs.create(message).described()),
            "GET": lambda arn, _: _answer(configs.find(arn).described()),
            "PUT": lambda arn, message: _answer(configs.update(arn, message).described()),
            "DELETE": lambda arn, _: _deleted(configs, arn),
        }
    )
    ministack_types.before(FUNCTION, check)
    ministack_types.then(FUNCTION, attach)


# An empty zip.
_UNSIGNED = b"PK\x05\x06" + bytes(18)


def _answer(described: Mapping[str, Any]) -> dict[str, Any]:
    return {"CodeSigningConfig": dict(described)}


def _deleted(configs: CodeSigningConfigs, arn: str) -> dict[str, Any]:
    configs.delete(arn)
    return {}
