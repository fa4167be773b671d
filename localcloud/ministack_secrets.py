"""The private names of ministack's Secrets Manager.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json as _error
from ministack.core.responses import json_response as _json_response
from ministack.services import secretsmanager as _secrets
from ministack.services.cloudformation import provisioners as _provisioners

from localcloud.errors import AwsError

Request = Mapping[str, Any]
Secret = dict[str, Any]


def find(secret_id: str) -> Secret | None:
    """Return the live record of a secret of the present place, by name or ARN."""
    record = _secrets._resolve(secret_id)[1]
    return None if record is None or record.get("DeletedDate") else record


def answer(action: str, handler: Callable[[Request], Mapping[str, Any]]) -> None:
    """Let Secrets Manager answer an action by a handler, which refuses by AwsError."""

    def reply(request: Request) -> Any:
        try:
            return _json_response(dict(handler(request)))
        except AwsError as error:
            return _error(error.code, error.message, error.status)

    if action == "RotateSecret":
        _secrets._rotate_secret = reply
        return
    serve = _secrets.handle_request

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if headers.get("x-amz-target", "").endswith(f".{action}"):
            return reply(json.loads(body or b"{}"))
        return await serve(method, path, headers, body, query)

    _secrets.handle_request = handle


def tell_more(describe: Callable[[Secret], Mapping[str, Any]]) -> None:
    """Add to what DescribeSecret answers."""
    plain = _secrets._describe_secret

    def described(request: Request) -> Any:
        status, headers, body = plain(request)
        secret = find(str(request.get("SecretId")))
        if status != 200 or secret is None:
            return status, headers, body
        return _json_response({**json.loads(body), **describe(secret)})

    _secrets._describe_secret = described


def hide_empty_versions() -> None:
    """Let GetSecretValue find no version that a rotation has only announced."""
    plain = _secrets._get_secret_value

    def value(request: Request) -> Any:
        status, headers, body = plain(request)
        found = json.loads(body)
        if status != 200 or "SecretString" in found or "SecretBinary" in found:
            return status, headers, body
        return _error(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for VersionId: "
            f"{found['VersionId']}",
            400,
        )

    _secrets._get_secret_value = value


def version_at(secret: Secret, stage: str) -> str | None:
    """Return the version that carries a staging label."""
    return _secrets._find_stage_version(secret, stage)[0]


def announce_version(secret: Secret, version: str, now: int) -> None:
    """Make an empty version with the label AWSPENDING, and no other version with it."""
    _secrets._remove_stage_everywhere(secret, "AWSPENDING", except_version_id=version)
    empty = {"SecretString": None, "SecretBinary": None, "CreatedDate": now}
    secret["Versions"].setdefault(version, {**empty, "Stages": ["AWSPENDING"]})


def withdraw_version(secret: Secret, version: str) -> None:
    """Take the label AWSPENDING from a version, and the version away when it has no other."""
    if version in secret["Versions"]:
        _secrets._remove_stage(secret, version, "AWSPENDING")


def generate_as_asked() -> None:
    """Let CloudFormation generate secrets by GetRandomPassword, with every option of a template."""

    def secret_string(given: Mapping[str, Any]) -> str:
        asked = given.get("GenerateSecretString")
        if asked is None or given.get("SecretString"):
            return given.get("SecretString", "")
        request = {
            name: _plain(value)
            for name, value in asked.items()
            if name not in ("SecretStringTemplate", "GenerateStringKey")
        }
        status, _, body = _secrets._get_random_password(request)
        if status != 200:
            raise ValueError(json.loads(body).get("message", "the password cannot be generated"))
        password = json.loads(body)["RandomPassword"]
        if "SecretStringTemplate" not in asked:
            return password
        template = json.loads(asked["SecretStringTemplate"])
        return json.dumps({**template, asked["GenerateStringKey"]: password})

    _provisioners._sm_secret_string = secret_string


def _plain(value: Any) -> Any:
    """Return a template's text as the boolean or number that it is for the API."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, str) and value.isdigit() else value
