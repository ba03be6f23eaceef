"""Who may: the table against the routes that the services have, and what IAM makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chalice.app import IAMAuthorizer

from sightline.domain.permissions import OPERATE, TABLE, VIEW, Group, Route, allowed
from tests.api import ROOT, load_service

SERVICES = sorted(folder.parent.name for folder in (ROOT / "services").glob("*/app.py"))
ROUTES = [route for routes in TABLE.values() for route in routes]


def signed_routes(service: str) -> Iterator[Route]:
    """The routes of a service that want a signature."""
    for path, methods in load_service(service).app.routes.items():
        for method, entry in methods.items():
            if isinstance(entry.authorizer, IAMAuthorizer):
                yield Route(method, path)


@pytest.mark.parametrize("service", SERVICES)
def test_every_signed_route_of_a_service_is_in_the_table_and_no_other(service: str) -> None:
    assert set(signed_routes(service)) == TABLE[service].keys()


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "ingest"])
def test_people_reach_no_route_unsigned(service: str) -> None:
    app = load_service(service).app
    known = {Route(method, path) for path, methods in app.routes.items() for method in methods}
    assert known == set(signed_routes(service))


def test_who_may_more_may_all_that_others_may() -> None:
    for routes in TABLE.values():
        for route, may in routes.items():
            assert Group.ADMIN in may, route
            assert Group.VIEWER not in may or may == VIEW, route


# Asking a question to the lake is a POST, for what is asked does not fit into a URL.
ASKING = {"/queries/{name}", "/runs"}


def test_viewers_change_nothing() -> None:
    for routes in TABLE.values():
        for route, may in routes.items():
            if Group.VIEWER in may:
                assert route.method == "GET" or route.path in ASKING, route


def test_operators_delete_nothing_but_schedules_and_subscriptions() -> None:
    deleting = {
        route.path
        for routes in TABLE.values()
        for route, may in routes.items()
        if route.method == "DELETE" and may >= OPERATE
    }
    assert {path.rpartition("/")[2] for path in deleting} <= {"schedule", "{subscriptionId}"}


@pytest.mark.parametrize("group", Group)
def test_a_group_reaches_every_route_that_it_may_use(group: Group) -> None:
    for routes in TABLE.values():
        for route, may in routes.items():
            path = route.method + re.sub(r"\{[^}]*\}", "x-1", route.path)
            assert any(matches(pattern, path) for pattern in allowed(group)) == (group in may)


@pytest.mark.parametrize("group", Group)
def test_no_value_of_a_parameter_leads_a_group_to_a_route_that_it_may_not_use(
    group: Group,
) -> None:
    """IAM's wildcards match slashes too, so a pattern may reach further than its own route."""
    forbidden = [r for routes in TABLE.values() for r, may in routes.items() if group not in may]
    led = [(p, r) for p in allowed(group) for r in forbidden if meet(p, f"{r.method}{r.path}")]
    assert led == []


def test_that_patterns_and_routes_meet_is_noticed() -> None:
    pattern = Route("DELETE", "/projects/{p}/trials/{t}").pattern
    # A version that is called "trials" would do.
    assert meet(pattern, "DELETE/projects/{p}/models/{v}/schedule")
    assert not meet(pattern, "DELETE/projects/{p}/models/{v}")
    assert not meet(pattern, "DELETE/projects/{p}")
    assert meet(pattern, "DELETE/projects/{p}/trials/{t}")


def matches(pattern: str, text: str) -> bool:
    """Whether IAM's pattern matches a text."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def meet(pattern: str, route: str) -> bool:
    """Whether some request of a route matches IAM's pattern.

    `*` in the pattern is any text; a parameter of the route is text without a slash.
    """
    parts = re.findall(r"\{[^}]*\}|[^{]", route)
    reached = closure(pattern, {0})
    for part in parts:
        if part.startswith("{"):
            # Any characters but slashes, at least one.
            seen = step(pattern, reached, None)
            before: set[int] = set()
            while seen != before:
                before, seen = seen, seen | step(pattern, seen, None)
            reached = seen
        else:
            reached = step(pattern, reached, part)
    return len(pattern) in reached


def step(pattern: str, states: set[int], char: str | None) -> set[int]:
    """The places in a pattern that one more character leads to; None is any but a slash."""
    found = set()
    for state in states:
        if state < len(pattern):
            wanted = pattern[state]
            if wanted == "*":
                found.add(state)
            elif wanted == char or (char is None and wanted != "/"):
                found.add(state + 1)
    return closure(pattern, found)


def closure(pattern: str, states: set[int]) -> set[int]:
    """With the places behind wildcards that match nothing."""
    found = set(states)
    for state in sorted(states):
        at = state
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


def test_the_services_are_those_of_the_table() -> None:
    assert set(SERVICES) == TABLE.keys()
    assert all(Path(route.path).is_absolute() for route in ROUTES)
