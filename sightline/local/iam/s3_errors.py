"""Refusals in S3's own words: XML, a code, a message.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Refusal(Exception):  # noqa: N818  it is an answer, not a fault
    """An answer of S3 that refuses a request; `details` become elements of their own."""

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = HTTPStatus(status)
        self.code = code
        self.message = message
        self.details = dict(details or {})

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the answer."""
        request_id = secrets.token_hex(8).upper()
        elements = {"Code": self.code, "Message": self.message, **self.details}
        elements["RequestId"] = request_id
        inner = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in elements.items())
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()
        headers = [
            ("Content-Type", "application/xml"),
            ("Content-Length", str(len(body))),
            ("x-amz-request-id", request_id),
        ]
        start_response(f"{self.status.value} {self.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def access_denied(message: str, details: Mapping[str, str] | None = None) -> Refusal:
    """403 AccessDenied."""
    return Refusal(403, "AccessDenied", message, details)


def bad_query(message: str) -> Refusal:
    """400: authentication parameters that make no sense."""
    return Refusal(400, "AuthorizationQueryParametersError", message)


def _text(value: str) -> str:
    return escape(NOT_XML.sub("�", value))
