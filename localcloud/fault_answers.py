"""Refusals as each service words them, in the protocol that the caller speaks."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from localcloud import ministack
from localcloud.asgi import Scope, headers_of
from localcloud.calls import Call

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_S3 = {
    "throttle": (503, "SlowDown", "Please reduce your request rate."),
    "expired-token": (400, "ExpiredToken", "The provided token has expired."),
    500: (500, "InternalError", "We encountered an internal error. Please try again."),
    503: (503, "ServiceUnavailable", "Service is unable to handle request."),
}
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
_EXPIRED = "The security token included in the request is expired"
_QUERY = {
    "throttle": (400, "Throttling", "Rate exceeded"),
    "expired-token": (403, "ExpiredToken", _EXPIRED),
    500: (500, "InternalFailure", "An internal error occurred."),
    503: (503, "ServiceUnavailable", "Service is unable to handle request."),
}
# https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html
_EC2 = {
    "throttle": (503, "RequestLimitExceeded", "Request limit exceeded."),
    "expired-token": (400, "RequestExpired", "Request has expired."),
    500: (500, "InternalError", "An internal error has occurred"),
    503: (503, "Unavailable", "The server is overloaded and can't handle the request."),
}
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
_JSON = {
    "throttle": (400, "ThrottlingException", "Rate exceeded"),
    "expired-token": (400, "ExpiredTokenException", _EXPIRED),
    500: (500, "InternalServerError", "An error occurred on the server side."),
    503: (503, "ServiceUnavailableException", "Service is unable to handle request."),
}
# https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
_REST = {
    "throttle": (429, "TooManyRequestsException", "Rate exceeded"),
    "expired-token": (403, "ExpiredTokenException", _EXPIRED),
    500: (500, "ServiceException", "The service encountered an internal error."),
    503: (503, "ServiceUnavailableException", "Service is unable to handle request."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that refuses a call."""

    status: int
    content_type: str
    body: bytes
    code: str


def refuse(effect: str, status: int, call: Call, scope: Scope) -> Refusal:
    """Word a refusal: throttle, expired-token, or an error of a status."""
    headers = headers_of(scope)
    kind = headers.get("content-type", "")
    what: str | int = effect if effect != "error" else 503 if status == 503 else 500
    request_id = ministack.new_id()
    if call.service == "s3":
        code = _S3[what]
        body = f"<Error>{_inner(code)}<RequestId>{request_id}</RequestId></Error>"
        return _xml(code, body)
    if call.service == "ec2":
        code = _EC2[what]
        body = (
            f"<Response><Errors><Error>{_inner(code)}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        return _xml(code, body)
    if "cbor" in kind or "cbor" in headers.get("smithy-protocol", ""):
        code = _JSON[what]
        return Refusal(code[0], "application/cbor", _cbor(_document(code)), code[1])
    if "x-www-form-urlencoded" in kind:
        code = _QUERY[what]
        side = "Sender" if code[0] < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{side}</Type>{_inner(code)}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return _xml(code, body)
    is_json = "x-amz-target" in headers
    code = (_JSON if is_json else _REST)[what]
    content_type = "application/x-amz-json-1.1" if is_json else "application/json"
    return Refusal(code[0], content_type, json.dumps(_document(code)).encode(), code[1])


def _inner(code: tuple[int, str, str]) -> str:
    return f"<Code>{code[1]}</Code><Message>{escape(code[2])}</Message>"


def _document(code: tuple[int, str, str]) -> dict[str, str]:
    return {"__type": code[1], "message": code[2]}


def _xml(code: tuple[int, str, str], body: str) -> Refusal:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Refusal(code[0], "text/xml", text.encode(), code[1])


def _cbor(document: dict[str, str]) -> bytes:
    """Write a map of fewer than 24 texts, each shorter than 256 bytes, as CBOR (RFC 8949)."""
    texts = [text.encode() for pair in document.items() for text in pair]
    return bytes([0xA0 + len(document)]) + b"".join(bytes([0x78, len(t)]) + t for t in texts)
