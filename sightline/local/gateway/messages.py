"""HTTP requests and answers, apart from any server."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sightline.http import gateway

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

DISCARDED_MAX = 64 << 20

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A request as it came in: the path still percent-encoded, header names as they were sent."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers}

    def header(self, name: str) -> str | None:
        """A header's last value."""
        return self._by_name.get(name.lower())

    def media_type(self, name: str) -> str:
        """The first media type in a header, in lower case and without parameters."""
        return (self.header(name) or "").partition(",")[0].partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: Headers = ()

    @classmethod
    def of_json(cls, status: int, content: Any, headers: Headers = ()) -> Answer:
        """An answer in JSON."""
        body = json.dumps(content, ensure_ascii=False).encode()
        return cls(status, body, [("Content-Type", "application/json"), *headers])

    @classmethod
    def text(cls, content: str, kind: str = "text/html") -> Answer:
        """A page."""
        return cls(200, content.encode(), [("Content-Type", f"{kind}; charset=utf-8")])


def refusal(name: str, request: Request, status: int | None = None) -> Answer:
    """One of API Gateway's own responses, by its name there, in the words that we give it."""
    usual, body = gateway.refusal(name, request.id)
    return Answer.of_json(status or usual, body, [("x-amzn-ErrorType", f"{name}Exception")])


def signed_refusal(name: str, status: int | None = None) -> Answer:
    """The same for a service whose requests are signed, as its clients expect it."""
    usual, kind, body = gateway.signed_refusal(name)
    return Answer.of_json(status or usual, body, [("x-amzn-ErrorType", kind)])


def read_request(environ: WSGIEnvironment, headers: Headers, limit: int) -> Request | None:
    """The request that a WSGI server got; None when its body is longer than `limit` bytes."""
    raw = str(environ.get("REQUEST_URI") or environ["PATH_INFO"])
    path, _, query = raw.partition("?")
    body = _read_body(environ, limit)
    if body is None:
        return None
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        path=path if path.startswith("/") else urlsplit(path).path,
        query=query,
        headers=headers,
        body=body,
        source_ip=str(environ.get("REMOTE_ADDR") or "127.0.0.1"),
    )


def _read_body(environ: WSGIEnvironment, limit: int) -> bytes | None:
    stream, left = environ["wsgi.input"], DISCARDED_MAX
    length = environ.get("CONTENT_LENGTH")
    if not length or int(length) <= limit:
        # Chunked bodies have no length: one byte beyond the limit shows that they are too long.
        body = bytes(stream.read(int(length) if length else limit + 1))
        if len(body) <= limit:
            return body
    # A client that is still sending would miss the answer.
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    return None
