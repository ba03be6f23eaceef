"""People's routes in the control service, in the manner of its protocol: its errors, its names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from chalice.app import Response
from pydantic import BaseModel

from sightline.domain.errors import ConflictError, ForbiddenError, NotFoundError
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.errors import (
    DeniedError,
    LookoutError,
    ResourceConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from sightline.domain.reviews import ReviewedError
from sightline.http.floor import alerts, cameras, inspections, lines
from sightline.http.floor.shapes import Asked, Route, Tagged
from sightline.http.lookout import respond
from sightline.http.requests import read_json, read_query
from sightline.workflow.control.ports import ChangedError, ControlDeps

ROUTES: Sequence[Route] = (
    *inspections.ROUTES,
    *lines.ROUTES,
    *cameras.ROUTES,
    *alerts.ROUTES,
)


def register(app: Any, route: Callable[[str, str], Any], deps: Callable[[], ControlDeps]) -> None:
    """Add the routes to the control service."""
    for found in ROUTES:
        _add(app, route, found, deps)


def _add(
    app: Any, route: Callable[[str, str], Any], found: Route, deps: Callable[[], ControlDeps]
) -> None:
    def view(**parameters: str) -> Response:
        request, tag = app.current_request, ""

        def decided() -> tuple[int, Members]:
            nonlocal tag
            with _refusals(found, parameters):
                answer = found.view(_read(request, found, parameters, deps()))
                if isinstance(answer, Tagged):
                    tag = answer.tag
                    if request.headers.get("if-none-match") == tag:
                        return 304, {}
                    answer = answer.answer()
                return found.status, answer.model_dump(mode="json", by_alias=True)

        response = respond(app, decided)
        response.headers["Cache-Control"] = "no-store"  # there are presigned URLs in it
        if tag:
            response.headers["ETag"] = tag
        if response.status_code == 304:
            response.body = ""
        return response

    view.__name__ = view.__qualname__ = found.view.__name__
    view.__doc__ = found.view.__doc__
    route(found.path, found.method)(view)


def _read(request: Any, found: Route, parameters: Mapping[str, str], deps: ControlDeps) -> Asked:
    query: BaseModel | None = read_query(request, found.query) if found.query else None
    body: BaseModel | None = read_json(request, found.body) if found.body else None
    path = {name: _text(value) for name, value in parameters.items()}
    return Asked(path=path, query=query, body=body, caller=_caller(request), control=deps)


def _text(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise ValidationError("The path is not UTF-8 text.") from error


def _caller(request: Any) -> str:
    identity = request.context.get("identity") or {}
    return str(identity.get("userArn") or "").rpartition("/")[2] or "unknown"


class _ReviewStandsError(ResourceConflictError):
    """A conflict that shows the review that stands."""

    review: Members

    def body(self) -> Members:
        return {**super().body(), "Review": self.review}


@contextmanager
def _refusals(found: Route, parameters: Mapping[str, str]) -> Iterator[None]:
    """The domain's errors as the protocol's, which name the resource."""
    what = "/".join(_shown(value) for value in parameters.values())
    try:
        yield
    except (LookoutError, ChangedError):
        raise
    except ReviewedError as error:
        refusal = _ReviewStandsError(str(error), found.about, what)
        refusal.review = inspections.review_out(error.standing).model_dump(by_alias=True)
        raise refusal from error
    except ForbiddenError as error:
        raise DeniedError(str(error)) from error
    except NotFoundError as error:
        raise ResourceNotFoundError(str(error), found.about, what) from error
    except ConflictError as error:
        raise ResourceConflictError(str(error), found.about, what) from error


def _shown(value: str) -> str:
    return unquote(value)[:256]
