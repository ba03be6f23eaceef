"""AWS calls that moto does not know, answered in front of it: JSON in, JSON out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Content = dict[str, Any]
Answer = tuple[int, Content]


def body_of(environ: WSGIEnvironment) -> bytes:
    """The request's body."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def asked_in(environ: WSGIEnvironment) -> Content:
    """The members of the request's JSON body; none at all when it has no body."""
    asked: Content = json.loads(body_of(environ) or b"{}")
    return asked


def refusal(status: int, code: str, message: str) -> Answer:
    """An error as AWS's JSON services give it."""
    return status, {"Type": "User", "Code": code, "Message": message}


def send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    """Write the answer."""
    status, content = answer
    body = json.dumps(content).encode() if content else b""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if "Type" in content:
        headers.append(("x-amzn-ErrorType", content["Code"]))
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
