"""What a client may be told when a request fails: one shape, no internals."""

from __future__ import annotations

from typing import Any, ClassVar, Self


class ApiError(Exception):
    """Base: becomes `{"error": {"code", "message", "request_id", "details"?}}`."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, details: list[dict[str, str]] | None = None):
        super().__init__(message)
        self.message = message
        self.details = details or []

    @classmethod
    def at(cls, field: str, problem: str) -> Self:
        """Blame one field."""
        return cls(f"{field} {problem}", [{"field": field, "problem": problem}])

    def body(self, request_id: str) -> dict[str, Any]:
        """Build the answer's body."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "request_id": request_id,
        }
        if self.details:
            error["details"] = self.details
        return {"error": error}


class InvalidRequestError(ApiError):
    status = 400
    code = "invalid_request"


class NotFoundError(ApiError):
    status = 404
    code = "not_found"


class ConflictError(ApiError):
    status = 409
    code = "conflict"


class TooLargeError(ApiError):
    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(ApiError):
    status = 415
    code = "unsupported_media_type"
