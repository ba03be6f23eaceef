"""One table from the domain's errors to HTTP, and the one error body of every service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sightline.domain import errors

MESSAGE_MAX = 1000  # messages quote what was sent, which may be long


@dataclass(frozen=True)
class Refusal:
    """How one kind of error is answered."""

    status: int
    code: str
    headers: Mapping[str, str] = field(default_factory=dict)


class UnsupportedMediaTypeError(errors.InvalidError):
    """The body is not of the content type that the route takes."""


INTERNAL = Refusal(500, "InternalError")
INTERNAL_MESSAGE = "Something went wrong on our side. Quote the request id when you report it."

REFUSALS: Mapping[type[Exception], Refusal] = {
    errors.InvalidError: Refusal(400, "InvalidRequest"),
    errors.UnauthorizedError: Refusal(401, "Unauthorized"),
    errors.ForbiddenError: Refusal(403, "Forbidden"),
    errors.NotFoundError: Refusal(404, "NotFound"),
    errors.ConflictError: Refusal(409, "Conflict"),
    errors.TooLargeError: Refusal(413, "TooLarge"),
    UnsupportedMediaTypeError: Refusal(415, "UnsupportedMediaType"),
    errors.UnavailableError: Refusal(503, "Unavailable", {"Retry-After": "1"}),
}

# Refusals that Chalice or API Gateway make before a view is reached.
CODES: Mapping[int, str] = {
    405: "MethodNotAllowed",
    429: "TooManyRequests",
    **{refusal.status: refusal.code for refusal in REFUSALS.values()},
}


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal of the error's nearest ancestor in the table; None for what nobody planned."""
    for kind in type(error).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind]
    return None


def error_body(code: str, message: str, request_id: str) -> dict[str, Any]:
    """The body of every refusal: `{"error": {"code", "message", "requestId"}}`."""
    if len(message) > MESSAGE_MAX:
        message = message[: MESSAGE_MAX - 3] + "..."
    return {"error": {"code": code, "message": message, "requestId": request_id}}
