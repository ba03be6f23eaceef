"""One attempt at a time against the ingest service and the bucket behind it.

Every answer becomes a value, a `TryAgainError`, or an error that trying again will not cure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from sightline.camera.picture import Picture
from sightline.camera.retry import TryAgainError, retry_after_seconds
from sightline.domain import times
from sightline.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    SightlineError,
    TooLargeError,
    UnauthorizedError,
)

AWAITING = "awaiting_upload"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_REFUSALS: Mapping[int, type[SightlineError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    405: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
}
_S3_CODE = re.compile(rb"<Code>(\w{1,64})</Code>")
_S3_FOR_GOOD = {"SignatureDoesNotMatch", "EntityTooLarge", "InvalidArgument", "MetadataTooLarge"}


@dataclass(frozen=True)
class Sent:
    """What became of a picture: its key, and whether the bucket had it before."""

    key: str
    already_there: bool


class Transport:
    """Speaks HTTP for one camera; safe among threads, connections are kept.

    `timeout` is in seconds and bounds each read; connecting may take at most 5 of them.
    """

    def __init__(
        self, endpoint: str, token: str, *, timeout: float, allow_plain_http: bool = False
    ) -> None:
        self._base = _checked_endpoint(endpoint, allow_plain_http)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._pool = urllib3.PoolManager(
            num_pools=4,
            maxsize=8,
            retries=False,
            timeout=urllib3.Timeout(connect=min(timeout, 5.0), read=timeout),
        )

    def close(self) -> None:
        self._pool.clear()

    def send(self, picture: Picture) -> Sent:
        """Ask for a place and put the picture there.

        Each attempt asks anew, so an expired URL cures itself; the same id gives the same place.
        """
        ticket = self._ask(picture)
        key = str(ticket.get("key", ""))
        if ticket.get("state", AWAITING) != AWAITING:
            return Sent(key, already_there=True)
        return Sent(key, already_there=self._put(ticket, picture))

    def image(self, image_id: str) -> dict[str, Any]:
        """What the service knows of the image; `NotFoundError` when that is nothing."""
        return self._call("GET", f"/images/{quote(image_id, safe='')}")

    def _ask(self, picture: Picture) -> dict[str, Any]:
        image: dict[str, Any] = {
            "imageId": picture.image_id,
            "contentType": picture.content_type,
            "size": len(picture.data),
            "capturedAt": times.to_wire(picture.captured_at),
        }
        if picture.metadata:
            image["metadata"] = dict(picture.metadata)
        answer = self._call("POST", "/uploads", image)
        try:
            ticket: dict[str, Any] = answer["uploads"][0]
            str(ticket["url"]), dict(ticket["headers"])
        except (LookupError, TypeError, ValueError) as error:
            raise TryAgainError("The service's answer has no upload URL in it.") from error
        return ticket

    def _put(self, ticket: Mapping[str, Any], picture: Picture) -> bool:
        """Put the bytes; True when the bucket had the picture before."""
        headers = {name: _header(value) for name, value in ticket["headers"].items()}
        answer = self._request(
            str(ticket.get("method", "PUT")), ticket["url"], headers, picture.data
        )
        if answer.status in {200, 201, 204}:
            return False
        if answer.status == 412:
            return True
        found = _S3_CODE.search(answer.data[:4096])
        code = found[1].decode() if found else ""
        message = f"The bucket answered {answer.status} {code} to picture {picture.image_id!r}."
        if code in _S3_FOR_GOOD:
            raise ConflictError(
                f"{message} It differs in size or type from what was first announced under this id."
                if code == "SignatureDoesNotMatch"
                else message
            )
        raise TryAgainError(message, retry_after=_retry_after(answer))

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers, data = dict(self._headers), None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body, ensure_ascii=False).encode()
        answer = self._request(method, self._base + path, headers, data)
        if answer.status >= 300:
            raise _refusal(answer)
        try:
            parsed = json.loads(answer.data)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            # A hotel-style portal between here and the service answers 200 with its own page.
            raise TryAgainError(f"{self._base} answered, but not as the ingest service does.")
        return parsed

    def _request(
        self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(
                method,
                url,
                headers=headers,  # type: ignore[arg-type]  # bytes pass through to the socket
                body=body,
                redirect=False,
            )
        except urllib3.exceptions.LocationValueError as error:
            raise TryAgainError(f"{url!r} is no usable address.") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            host = urlsplit(url).netloc
            raise TryAgainError(f"No answer from {host}: {error}", reached=False) from error


def _checked_endpoint(endpoint: str, allow_plain_http: bool) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidError(f"Endpoint {endpoint!r} must be an https:// address.")
    if parts.query or parts.fragment or parts.username:
        raise InvalidError(f"Endpoint {endpoint!r} must be an address and a path, nothing more.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not allow_plain_http:
        raise InvalidError(
            f"Endpoint {endpoint!r} would send the token in the clear; use https://, "
            "or allow plain HTTP explicitly on a network that is yours alone."
        )
    return endpoint.rstrip("/")


def _header(value: Any) -> str | bytes:
    """Signed as UTF-8, so sent as UTF-8: the standard library would insist on Latin-1."""
    text = str(value)
    return text if text.isascii() else text.encode()


def _refusal(answer: urllib3.BaseHTTPResponse) -> SightlineError:
    """The error that an answer of the service means.

    A 4xx counts as final only when it is surely the service's own word: proxies and portals have
    4xx pages too, and one of those must not condemn a picture.
    """
    status = answer.status
    try:
        error = json.loads(answer.data)["error"]
        message, own = f"{error['message']} (request {error.get('requestId', 'unknown')})", True
    except (ValueError, LookupError, TypeError, AttributeError):
        message, own = answer.data[:200].decode("utf-8", "replace") or str(answer.reason), False
    text = f"The service answered {status}: {message}"
    passing = status in {408, 425, 429} or not 400 <= status < 500
    if passing or not (own or status in {401, 403, 413}):
        return TryAgainError(text, retry_after=_retry_after(answer))
    return _REFUSALS.get(status, InvalidError)(text)


def _retry_after(answer: urllib3.BaseHTTPResponse) -> float | None:
    return retry_after_seconds(answer.headers.get("Retry-After"))
