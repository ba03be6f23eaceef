"""What browsers make of the site's security policy."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from playwright.sync_api import Request, Route, expect

from sightline.http.site import narrowed
from tests.site.conftest import VisitAs
from tests.site.factory import Factory

_OURS = ("authorization", "content-type", "if-", "x-")
_ASK = "address => fetch(address, {mode: 'no-cors'}).then(() => 'answered', () => 'refused')"


def test_a_page_that_names_its_services_asks_no_others(visit_as: VisitAs, factory: Factory) -> None:
    tab = visit_as("viewer", "lines.html")
    elsewhere = f"{factory.stack.endpoint}/"
    assert tab.page.evaluate(_ASK, elsewhere) == "answered"  # the headers allow it

    def as_deployed(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=narrowed(answer.text(), [factory.url]))

    tab.page.route("**/cameras.html", as_deployed)
    page = tab.open("cameras.html")
    page.get_by_role("row", name="press-1-top").wait_for()
    assert page.evaluate(_ASK, elsewhere) == "refused"
    assert any("Content Security Policy" in problem for problem in tab.problems)
    tab.problems.clear()


def test_services_at_another_origin_would_take_every_call_of_the_pages(visit_as: VisitAs) -> None:
    """Here everything has one origin; on AWS browsers ask first, with OPTIONS."""
    tab = visit_as("viewer", "lines.html")
    calls: list[Request] = []

    def note(request: Request) -> None:
        calls.append(request)

    tab.page.on("request", note)
    page = tab.open("lines.html")
    page.locator(".strip .thumbnail").first.wait_for()
    page = tab.open("analytics.html")
    expect(page.locator(".figure").first).to_be_visible()
    asked = {
        (call.method, urlsplit(call.url).path): call
        for call in calls
        if urlsplit(call.url).path.startswith(("/control/", "/analytics/"))
    }
    assert ("POST", "/analytics/runs") in asked
    for (method, path), call in asked.items():
        answer = urllib3.request("OPTIONS", call.url, headers={"Origin": "https://inspect.example"})
        allowed = _listed(answer.headers["Access-Control-Allow-Headers"])
        sent = {name for name in call.all_headers() if name.startswith(_OURS)}
        assert {"authorization", "x-amz-date", "x-amz-security-token"} <= sent
        assert sent <= allowed, path
        assert method.lower() in _listed(answer.headers["Access-Control-Allow-Methods"]), path
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def _listed(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


def test_the_document_has_the_place_where_services_are_named() -> None:
    shell = Path(__file__).parents[2] / "services/control/site/index.html"
    document = narrowed(shell.read_text("utf-8"), ["https://c.example"])
    policy, script = document.find("Content-Security-Policy"), document.find("<script")
    assert 0 < policy < script  # it counts for what comes after it
