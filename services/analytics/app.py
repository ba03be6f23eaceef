"""The analytics service: named queries over the lake, and the last minutes from the table."""

# mypy: disable-error-code="untyped-decorator"
# Chalice is untyped, so its decorators are; the functions below are typed all the same.

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, IAMAuthorizer

import sightline
from sightline.http import analytics as wire
from sightline.http.ingest import Health
from sightline.http.openapi import document
from sightline.http.provider import Provider
from sightline.http.requests import read_json, read_query
from sightline.http.views import canonical_errors, view
from sightline.workflow.analytics import live, runs
from sightline.workflow.analytics.ports import AnalyticsDeps

QUERIES = Path(__file__).with_name("queries")

app = Chalice(app_name="sightline-analytics")
app.register_middleware(canonical_errors, "http")
iam = IAMAuthorizer()


def _from_environment() -> AnalyticsDeps:
    from sightline.bootstrap import analytics

    return analytics.analytics(os.environ, QUERIES)


deps = Provider(_from_environment)
use = deps.use


def get(path: str) -> Any:
    """A route that only signed requests reach. The site calls it from another origin."""
    return app.route(path, methods=["GET"], authorizer=iam, content_types=[], cors=True)


def post(path: str) -> Any:
    """A route that takes JSON from signed requests only."""
    return app.route(path, methods=["POST"], authorizer=iam, cors=True)


@get("/queries")
@view(app, answer=wire.Catalogue)
def get_queries() -> wire.Catalogue:
    """All queries, with their parameters and columns."""
    return wire.Catalogue.of(deps().queries.values())


@post("/queries/{name}")
@view(app, body=wire.QueryBody, answer=wire.RunState, refuses=[400, 413, 415])
def ask_query(name: str) -> wire.RunState:
    """Begin a run of a query.

    The same question within the same minute has the same run, whoever asks.
    """
    body = read_json(app.current_request, wire.QueryBody)
    run = runs.ask(unquote(name), body.parameters, deps())
    return wire.RunState.of(runs.look([run], deps(), seconds=body.wait)[0])


@post("/runs")
@view(app, body=wire.RunsBody, answer=wire.RunStates, refuses=[400, 413, 415])
def ask_queries() -> wire.RunStates:
    """Begin runs of several queries at once; all are begun, or none is."""
    body = read_json(app.current_request, wire.RunsBody)
    questions = [(one.query, one.parameters) for one in body.queries]
    begun = runs.ask_all(questions, deps())
    return wire.RunStates.of(runs.look(begun, deps(), seconds=body.wait))


@get("/runs")
@view(app, query=wire.RunsQuery, answer=wire.RunStates, refuses=[400, 404])
def get_runs() -> wire.RunStates:
    """Several runs as they are now, with the rows of those that succeeded."""
    query = read_query(app.current_request, wire.RunsQuery)
    return wire.RunStates.of(runs.look(query.ids.split(","), deps(), seconds=query.wait))


@get("/runs/{run}")
@view(app, query=wire.RunQuery, answer=wire.RunState, refuses=[400, 404])
def get_run(run: str) -> wire.RunState:
    """A run as it is now: its state, its rows page by page, or its files."""
    query = read_query(app.current_request, wire.RunQuery)
    found = runs.look([unquote(run)], deps(), seconds=query.wait, cursor=query.cursor)
    return wire.RunState.of(found[0])


@get("/days/{day}")
@view(app, query=wire.DayQuery, answer=wire.RunState, refuses=[400])
def get_day(day: str) -> wire.RunState:
    """Write the table of a day to files to download; the run has their URLs once it succeeded."""
    query = read_query(app.current_request, wire.DayQuery)
    run = runs.ask_for_day(unquote(day), query.format, query.zone, query.filters, deps())
    return wire.RunState.of(runs.look([run], deps(), seconds=query.wait)[0])


@get("/live")
@view(app, query=wire.LiveQuery, answer=wire.LiveAnswer, refuses=[400])
def get_live() -> wire.LiveAnswer:
    """The last minutes, before they are in the lake: totals, by line, and minute by minute."""
    query = read_query(app.current_request, wire.LiveQuery)
    return wire.LiveAnswer.of(live.live(query.minutes, query.zone, query.filters, deps()))


@get("/health")
@view(app, answer=Health)
def get_health() -> Health:
    """Whether the service runs, and its version."""
    return Health(status="ok", version=sightline.__version__)


@get("/openapi.json")
@view(app)
def get_openapi() -> dict[str, Any]:
    """This document."""
    return openapi()


def openapi() -> dict[str, Any]:
    """The OpenAPI document of this service."""
    return document(
        app,
        title="Sightline analytics",
        version=sightline.__version__,
        description="Named queries over all inspections, and the last minutes.",
    )
