"""Views of the control service: requests read and answers written as the protocol says."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from chalice.app import Response

from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import (
    InternalError,
    LookoutError,
    ThrottlingError,
    ValidationError,
    shown,
)
from sightline.http.lookout_shapes import checked
from sightline.http.requests import request_id
from sightline.lookoutvision.description import Operation, description
from sightline.workflow.control.ports import BusyError, ChangedError

ERROR_TYPE = "x-amzn-errortype"
REQUEST_ID = "x-amzn-requestid"
RETRY_SECONDS = "1"
TOKEN = "ClientToken"  # noqa: S105 - a member's name
INTERNAL_MESSAGE = "Something went wrong on our side. Quote the request id when you report it."
ARN = "resourceArn"
UNKNOWN = "UnknownOperationException"

_FROM_TEXT: Mapping[str, Callable[[str], Any]] = {
    "integer": lambda text: int(text) if len(text) < 20 else text,
    "boolean": lambda text: {"true": True, "false": False}.get(text, text),
}


@dataclass(frozen=True)
class Asked:
    """A request's members, checked and converted; one that was not sent is None."""

    operation: str
    members: Mapping[str, Any]

    def __getitem__(self, member: str) -> Any:
        return self.members.get(member)

    @property
    def call(self) -> Call:
        """The request as idempotency sees it."""
        rest = {name: value for name, value in self.members.items() if name != TOKEN}
        return Call(self.operation, rest, self.members.get(TOKEN))


View = Callable[[Asked], Members]


def operation(app: Any, name: str) -> Callable[[View], Callable[..., Response]]:
    """Make a function the view of one of the protocol's operations."""

    def decorate(function: View) -> Callable[..., Response]:
        @functools.wraps(function)
        def answered(**path: str) -> Response:
            def answer() -> tuple[int, Members]:
                described = description().operations[name]
                return described.status, function(read(described, app.current_request, path))

            return respond(app, answer)

        return answered

    return decorate


def respond(app: Any, answer: Callable[[], tuple[int, Members]]) -> Response:
    """The answer, or the refusal that its error is."""
    identity = request_id(app.current_request)
    headers = {"Content-Type": "application/json", REQUEST_ID: identity}
    try:
        status, body = answer()
    except Exception as error:
        refusal = refusal_of(error)
        if refusal.status >= 500:
            app.log.log(logging.ERROR, "request %s failed", identity, exc_info=error)
        headers[ERROR_TYPE] = refusal.code
        if refusal.status in {429, 500}:
            headers["Retry-After"] = RETRY_SECONDS
        status, body = refusal.status, refusal.body()
    return Response(body=json.dumps(body), headers=headers, status_code=status)


def refusal_of(error: Exception) -> LookoutError:
    """The protocol's error for any error."""
    if isinstance(error, LookoutError):
        return error
    if isinstance(error, ChangedError):
        return ThrottlingError("The resource is being changed by another request; try again.")
    if isinstance(error, BusyError):
        return ThrottlingError(str(error))
    if isinstance(error, InvalidError):
        return ValidationError(str(error))
    if isinstance(error, UnavailableError):
        return InternalError("A part of the service did not answer; try again.")
    return InternalError(INTERNAL_MESSAGE)


def read(described: Operation, request: Any, path: Mapping[str, str]) -> Asked:
    """The request's members from path, query, headers and body."""
    shape = description().shapes[described.input]
    body = None
    values: dict[str, Any] = {}
    for member, reference in shape["members"].items():
        place, name = reference.get("location"), reference.get("locationName", member)
        if member == shape.get("payload"):
            values[member] = raw_body(request)
        elif place == "uri":
            values[member] = unquote(path[name] if len(path) == 1 or name != ARN else _arn(path))
        elif place == "header":
            values[member] = request.headers.get(name.lower())
        elif place == "querystring":
            values[member] = _from_query(request, reference["shape"], name)
        else:
            body = json_body(request) if body is None else body
            values[member] = body.get(member)
    return Asked(described.name, checked(described.input, values, ""))


def raw_body(request: Any) -> bytes:
    """The body's bytes."""
    try:
        body = request.raw_body or b""
    except ValueError as error:
        raise ValidationError("The body cannot be read.") from error
    return body if isinstance(body, bytes) else str(body).encode()


def json_body(request: Any) -> Mapping[str, Any]:
    """The body as a JSON object; none at all is an empty one."""
    data = raw_body(request)
    if not data.strip():
        return {}
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"The body is not JSON: {str(error)[:100]}.") from error
    if not isinstance(values, dict):
        raise ValidationError("The body must be a JSON object.")
    return values


def chalice_errors(request: Any, get_response: Callable[[Any], Any]) -> Any:
    """Middleware: what Chalice refuses itself (an unknown method ...) gets the protocol's form."""
    response = get_response(request)
    body = response.body
    if isinstance(body, dict) and body.keys() == {"Code", "Message"}:
        internal = response.status_code >= 500
        response.body = {"Message": INTERNAL_MESSAGE if internal else body["Message"]}
        response.headers = {
            **response.headers,
            "Content-Type": "application/json",
            ERROR_TYPE: InternalError.code if internal else UNKNOWN,
            REQUEST_ID: request_id(request),
        }
    return response


def _arn(path: Mapping[str, str]) -> str:
    """An ARN whose slashes some gateway has decoded, so that it came as several segments."""
    return "/".join(path.values())


def _from_query(request: Any, shape: str, name: str) -> Any:
    given = request.query_params
    texts = given.getlist(name) if given is not None and name in given else []
    kind = description().shapes[shape]["type"]
    if kind == "list":
        return list(texts) or None
    if not texts:
        return None
    if len(texts) > 1:
        raise ValidationError(f"Query parameter {name} is given {len(texts)} times.")
    try:
        return _FROM_TEXT.get(kind, str)(texts[0])
    except ValueError as error:
        raise ValidationError(f"{name} {shown(texts[0])} must be a whole number.") from error
