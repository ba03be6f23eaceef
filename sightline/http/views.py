"""Views and authorizers: what every Chalice route of every service goes through."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalice.app import AuthResponse, AuthRoute, ChaliceViewError, Response
from pydantic import BaseModel

from sightline.domain.errors import UnauthorizedError
from sightline.http.errors import CODES, INTERNAL, INTERNAL_MESSAGE, error_body, refusal_of
from sightline.http.requests import request_id

View = Callable[..., Any]
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


@dataclass(frozen=True)
class Operation:
    """What the OpenAPI document says of a view; `refuses` are the statuses beyond 500 and 503.

    `links` say which requests an answer leads to, as OpenAPI has them.
    """

    answer: type[BaseModel] | None
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    refuses: Sequence[int]
    links: Mapping[str, Any]


def view(
    app: Any,
    *,
    answer: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    refuses: Sequence[int] = (),
    links: Mapping[str, Any] | None = None,
) -> Callable[[View], View]:
    """Make a function a view: its models are written as JSON, its errors as refusals.

    It wraps the function because Chalice turns a view's exceptions into an answer of its own
    before any middleware sees them.
    """

    def decorate(function: View) -> View:
        @functools.wraps(function)
        def answered(**parameters: str) -> Response:
            try:
                return _answer(function(**parameters))
            except Exception as error:
                return _refuse(app, error)

        operation = Operation(answer, body, query, refuses, links or {})
        answered.operation = operation  # type: ignore[attr-defined]
        return answered

    return decorate


def canonical_errors(request: Any, get_response: Callable[[Any], Any]) -> Any:
    """Middleware: Chalice's own refusals (405, 415 ...) get the one error body too."""
    response = get_response(request)
    body = response.body
    if isinstance(body, dict) and body.keys() == {"Code", "Message"}:
        code = CODES.get(response.status_code, INTERNAL.code)
        response.body = error_body(code, body["Message"], request_id(request))
        response.headers = {**HEADERS, **response.headers}
    return response


def authorize(identify: Callable[[str], str], request: Any, routes: dict[str, list[str]]) -> Any:
    """An authorizer's answer: `identify` gives the caller's id or raises `UnauthorizedError`.

    `routes` must name all routes of the authorizer, because API Gateway caches the answer by
    token, not by route. Only an unavailable registry raises: that is a 500, which a camera tries
    again, where a refusal would be cached and believed.
    """
    try:
        caller = identify(request.token)
    except UnauthorizedError:
        statement = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": ["*"]}
        return {
            "principalId": "nobody",
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": {},
        }
    allowed = [AuthRoute(path, methods) for path, methods in routes.items()]
    return AuthResponse(routes=allowed, principal_id=caller)


def _answer(value: Any) -> Response:
    if isinstance(value, BaseModel):
        value = value.model_dump_json(by_alias=True)
    return Response(body=value, headers=dict(HEADERS))


def _refuse(app: Any, error: Exception) -> Response:
    identity = request_id(app.current_request)
    if isinstance(error, ChaliceViewError):
        status, headers = error.STATUS_CODE, {}
        code, message = CODES.get(status, INTERNAL.code), str(error)
    else:
        refusal = refusal_of(error) or INTERNAL
        status, code, headers = refusal.status, refusal.code, dict(refusal.headers)
        message = str(error)
    if status >= 500:
        level = logging.WARNING if status == 503 else logging.ERROR
        app.log.log(level, "request %s failed", identity, exc_info=error)
    if status == 500:
        message = INTERNAL_MESSAGE
    return Response(
        body=error_body(code, message, identity), headers={**HEADERS, **headers}, status_code=status
    )
