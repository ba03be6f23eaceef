"""What a signed request says about itself, in its URL or its header: checked for form only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sightline.local.iam import sigv4
from sightline.local.iam.s3_errors import Refusal, access_denied, bad_query
from sightline.local.iam.sigv4 import Scope

MAX_SECONDS = 604_800
SKEW_SECONDS = 900
REQUIRED = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_MISSING = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_CREDENTIAL = (
    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; "
    'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)
_DATE = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
_HEADER = re.compile(
    rf"{sigv4.ALGORITHM}\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,"
    r"\s*Signature=([0-9a-f]{64})\s*"
)


def is_preflight(environ: Mapping[str, Any]) -> bool:
    """Whether a browser asks if it may send something: signed by nobody, whatever its URL says."""
    return (
        environ["REQUEST_METHOD"] == "OPTIONS"
        and "HTTP_ORIGIN" in environ
        and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    )


@dataclass(frozen=True)
class Claim:
    """Who signed what and when; `seconds` is how long a presigned URL is good for."""

    key_id: str
    scope: Scope
    timestamp: str
    signed_at: float
    signed: tuple[str, ...]
    signature: str
    seconds: int | None = None

    def check_time(self, now: float) -> None:
        """`Refusal` when the signature is not good now."""
        if self.seconds is None:
            if abs(now - self.signed_at) > SKEW_SECONDS:
                message = (
                    "The difference between the request time and the current time is too large."
                )
                raise Refusal(403, "RequestTimeTooSkewed", message, {"ServerTime": _iso(now)})
        elif self.signed_at > now + SKEW_SECONDS:
            raise access_denied("Request is not yet valid")
        elif now > self.signed_at + self.seconds:
            details = {"X-Amz-Expires": str(self.seconds), "ServerTime": _iso(now)}
            raise access_denied("Request has expired", details)


def from_url(query: tuple[tuple[str, str], ...]) -> Claim:
    """The claim of a presigned URL for S3; `Refusal` where S3 would not understand it."""
    names = [name for name, _ in query]
    if any(names.count(name) != 1 for name in REQUIRED):
        raise bad_query(_MISSING)
    values = dict(query)
    if values["X-Amz-Algorithm"] != sigv4.ALGORITHM:
        raise bad_query(f'X-Amz-Algorithm only supports "{sigv4.ALGORITHM}"')
    key_id, scope = _credential(values["X-Amz-Credential"])
    if scope.service != "s3":
        raise bad_query(
            f'Error parsing the X-Amz-Credential parameter; incorrect service "{scope.service}". '
            'This endpoint belongs to "s3".'
        )
    timestamp = values["X-Amz-Date"]
    return Claim(
        key_id=key_id,
        scope=scope,
        timestamp=timestamp,
        signed_at=_signed_at(timestamp, scope),
        signed=tuple(values["X-Amz-SignedHeaders"].split(";")),
        signature=values["X-Amz-Signature"],
        seconds=_seconds(values["X-Amz-Expires"]),
    )


def from_header(headers: Mapping[str, str]) -> Claim:
    """The claim of an `Authorization` header; `Refusal` where it makes no sense."""
    found = _HEADER.fullmatch(headers["authorization"].strip())
    if not found:
        message = "The authorization header is malformed."
        raise Refusal(400, "AuthorizationHeaderMalformed", message)
    key_id, scope = _credential(found[1])
    timestamp = headers.get("x-amz-date", "")
    return Claim(
        key_id=key_id,
        scope=scope,
        timestamp=timestamp,
        signed_at=_signed_at(timestamp, scope),
        signed=tuple(found[2].split(";")),
        signature=found[3],
    )


def _credential(text: str) -> tuple[str, Scope]:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not all(parts) or parts[4] != "aws4_request":
        raise bad_query(_CREDENTIAL)
    return parts[0], Scope(day=parts[1], region=parts[2], service=parts[3])


def _signed_at(timestamp: str, scope: Scope) -> float:
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", timestamp):
        raise bad_query(_DATE)
    try:
        signed_at = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise bad_query(_DATE) from error
    if scope.day != timestamp[:8]:
        raise bad_query(
            f'Invalid credential date "{scope.day}". This date is not the same as X-Amz-Date: '
            f'"{timestamp[:8]}".'
        )
    return signed_at


def _seconds(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise bad_query("X-Amz-Expires should be a number")
    seconds = int(text)
    if seconds < 0:
        raise bad_query("X-Amz-Expires must be non-negative")
    if seconds > MAX_SECONDS:
        raise bad_query("X-Amz-Expires must be less than a week (in seconds); 604800")
    return seconds


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
