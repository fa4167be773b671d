"""The private names of ministack's Signer, and of code signing in its Lambda.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from ministack.core import responses as _responses
from ministack.services import lambda_svc as _lambda
from ministack.services import signer as _signer

from localcloud import ministack, ministack_objects
from localcloud.errors import AwsError

Sign = Callable[..., bytes | None]
_CONFIGS = "/2020-04-22/code-signing-configs"


def sign_by(sign: Sign) -> None:
    """Let jobs of the Lambda platform sign zips, where ministack writes a receipt."""
    key_of, sign_document = _signer._signing_key, _signer._iot_signed_object

    def signing_key(profile: Any) -> Any:
        ours = profile.get("platformId") == _signer._LAMBDA_PLATFORM_ID
        return profile if ours else key_of(profile)

    def signed_object(key: Any, data: bytes, *source: Any) -> bytes | None:
        if not isinstance(key, dict):
            return sign_document(key, data, *source)
        return sign(data, profile_version=key["profileVersionArn"], job=ministack.new_id())

    _signer._signing_key, _signer._iot_signed_object = signing_key, signed_object


def attach(function: str, config: str) -> bool:
    """Give a function of the present place a code signing configuration; tell if it is there."""
    found = _lambda._functions.get(function)
    if found is not None:
        found["code_signing_config_arn"] = config
    return found is not None


def judge_code(judge: Callable[[str, str, bytes], None]) -> None:
    """Ask before a function with a configuration gets a package; AwsError refuses it.

    `judge` gets the function's name, the configuration's ARN and the package.
    """
    create, update = _lambda._create_function, _lambda._update_code

    def judged(name: str, config: str, code: Mapping[str, Any]) -> Any:
        package = _package(code) if config else None
        if package is not None:
            try:
                judge(name, config, package)
            except AwsError as error:
                return _responses.error_response_json(error.code, error.message, error.status)
        return None

    def create_judged(data: Any) -> Any:
        config, name = data.get("CodeSigningConfigArn", ""), data.get("FunctionName", "")
        refused = judged(name, config, data.get("Code") or {})
        made = refused or create(data)
        if made[0] < 300:
            attach(name, config)
        return made

    def update_judged(name: str, data: Any) -> Any:
        config = (_lambda._functions.get(name) or {}).get("code_signing_config_arn", "")
        return judged(name, config, data) or update(name, data)

    _lambda._create_function, _lambda._update_code = create_judged, update_judged


def _package(code: Mapping[str, Any]) -> bytes | None:
    if "ZipFile" in code:
        return base64.b64decode(code["ZipFile"])
    if "S3Bucket" not in code or "S3Key" not in code:
        return None
    return ministack_objects.read_object(
        code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion")
    )


def answer_configs(methods: Mapping[str, Callable[[str, Any], Mapping[str, Any]]]) -> None:
    """Let Lambda answer the calls on code signing configurations, by HTTP method.

    Handlers get the configuration's ARN, empty for a new one, and the message.
    """
    serve = _lambda.handle_request

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        path_read = unquote(path)
        if not path_read.startswith(_CONFIGS) or method not in methods:
            return await serve(method, path, headers, body, query)
        arn = path_read.removeprefix(_CONFIGS).strip("/")
        try:
            answer = dict(methods[method](arn, json.loads(body or b"{}")))
        except AwsError as error:
            return _responses.error_response_json(error.code, error.message, error.status)
        status = {"POST": 201, "DELETE": 204}.get(method, 200)
        return _responses.json_response(answer, status)

    _lambda.handle_request = handle
