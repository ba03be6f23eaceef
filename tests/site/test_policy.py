"""What browsers make of the site's security policy."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Route

from sightline.http.site import narrowed
from tests.site.conftest import VisitAs
from tests.site.factory import Factory

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


def test_the_document_has_the_place_where_services_are_named() -> None:
    shell = Path(__file__).parents[2] / "services/control/site/index.html"
    document = narrowed(shell.read_text("utf-8"), ["https://c.example"])
    policy, script = document.find("Content-Security-Policy"), document.find("<script")
    assert 0 < policy < script  # it counts for what comes after it
