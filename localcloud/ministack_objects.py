"""What we need of ministack's S3: objects, whoever owns their bucket."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import functools
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import botocore.session
from botocore import serialize as _serialize
from ministack.core import responses as _responses
from ministack.services import lambda_svc as _lambda
from ministack.services import s3 as _s3
from ministack.services.cloudformation import helpers as _helpers

from localcloud.ministack import Params, Place, at, call_service, current_place


def call_s3(operation: str, parameters: Mapping[str, Any]) -> None:
    """Call S3 in the present place (ValueError when refused)."""
    model = _s3_model().operation_model(operation)
    request = _serialize.create_serializer("rest-xml").serialize_to_request(parameters, model)
    path, _, query = request["url_path"].partition("?")
    body = request["body"]
    place = current_place()
    # The account's own: where calls are judged, one of nobody is anonymous.
    scope = f"{place.account}/20260101/{place.region}/s3/aws4_request"
    call_service(
        "s3",
        {name.lower(): value for name, value in request["headers"].items()}
        | {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}"},
        body if isinstance(body, bytes) else str(body).encode(),
        method=request["method"],
        path=path,
        query=parse_qs(query, keep_blank_values=True),
    )


@functools.cache
def _s3_model() -> Any:
    return botocore.session.Session().get_service_model("s3")


def read_object(bucket: str, key: str, version: str | None = None) -> bytes | None:
    """Return an object of whoever owns the bucket: names are global, access is not checked."""
    owner = _s3._bucket_owner_account(bucket)
    if owner is None:
        return None
    with at(Place(owner, _responses.get_region())):
        return _s3._get_object_data(bucket, key, version_id=version)


def bucket_region(bucket: str) -> str | None:
    """Return where a bucket lies, whoever owns it."""
    owner = _s3._bucket_owner_account(bucket)
    if owner is None:
        return None
    with at(Place(owner, _responses.get_region())):
        return _s3.bucket_region(bucket)


def read_code_and_templates_across_accounts() -> None:
    """Let Lambda and CloudFormation read the buckets of other accounts, in any form of URL."""
    read = _helpers._resolve_document

    def resolve(params: Params, body_key: str, url_key: str, label: str) -> Any:
        url = _helpers._p(params, url_key)
        if not url or _helpers._p(params, body_key):
            return read(params, body_key, url_key, label)
        bucket, path = _split_url(url)
        owner = _s3._bucket_owner_account(bucket)
        with at(Place(owner or _responses.get_account_id(), _responses.get_region())):
            plain = f"https://s3.amazonaws.com/{bucket}/{path}"
            return read({**params, url_key: [plain]}, body_key, url_key, label)

    _helpers._resolve_document = resolve
    _lambda._fetch_code_from_s3 = lambda bucket, key, version_id=None: read_object(
        bucket, key, version_id
    )


_VIRTUAL_HOST = re.compile(r"https://(.+?)\.s3[.-](?:[a-z0-9-]+\.)*(?:amazonaws\.com|localhost)")


def _split_url(url: str) -> tuple[str, str]:
    host, _, path = url.partition("://")[2].partition("/")
    virtual = _VIRTUAL_HOST.match(f"https://{host}")
    bucket, key = (virtual[1], path) if virtual else path.partition("/")[::2]
    return bucket, key.partition("?")[0]
