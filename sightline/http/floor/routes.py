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
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import (
    DeniedError,
    LookoutError,
    ResourceConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from sightline.domain.reviews import ReviewedError
from sightline.http.callers import caller
from sightline.http.floor import (
    alerts,
    cameras,
    datasets,
    inspections,
    lines,
    models,
    pictures,
    thresholds,
    training,
)
from sightline.http.floor.shapes import Asked, Route, Tagged
from sightline.http.lookout import TOKEN, respond
from sightline.http.lookout_extras import IN_PATH, TOKEN_HEADER
from sightline.http.lookout_shapes import checked
from sightline.http.requests import read_json, read_query
from sightline.workflow.control.ports import ChangedError, ControlDeps

ROUTES: Sequence[Route] = (
    *inspections.ROUTES,
    *lines.ROUTES,
    *cameras.ROUTES,
    *alerts.ROUTES,
    *datasets.ROUTES,
    *pictures.ROUTES,
    *training.ROUTES,
    *models.ROUTES,
    *thresholds.ROUTES,
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
    path = {name: _in_path(name, value) for name, value in parameters.items()}
    token = request.headers.get(TOKEN_HEADER)
    if token is not None:
        token = checked(TOKEN, token, TOKEN)
    members = {**path, "body": body.model_dump_json() if body else ""}
    call = Call(found.view.__name__, members, token)
    # Who only looks need not be known by name.
    name_of = None if found.method == "GET" else deps.floor.names.name_of
    by = caller(request.context, name_of)
    return Asked(path, query, body, caller=by, call=call, control=deps)


def _in_path(name: str, value: str) -> str:
    try:
        text = unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise ValidationError("The path is not UTF-8 text.") from error
    return str(checked(IN_PATH[name], text, name)) if name in IN_PATH else text


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
