"""What holds for every page whoever looks at it: viewers change nothing, and sessions end."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.site.conftest import VisitAs, sign_in
from tests.site.factory import Factory
from tests.site.screenshots import addresses
from tests.site.test_pages import PAGES, settled

READING = {"GET", "HEAD", "OPTIONS"}
PRESSABLE = "#content button:not([aria-disabled=true], [disabled]):visible"
KEYS = ("c", "o", "n", "d", "u", "x", "Enter", "Escape")


@pytest.mark.parametrize("name", PAGES)
def test_a_viewer_who_presses_everything_changes_nothing(
    name: str, visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("viewer", addresses(factory)[name])
    tab.refusals.add(403)  # a page that the group may not read
    page = tab.page
    settled(page)
    changed: list[str] = []

    def look(request: Request) -> None:
        path = urlsplit(request.url).path
        if request.method not in READING and path.startswith(("/control/", "/ingest/")):
            changed.append(f"{request.method} {path}")

    page.on("request", look)
    address = page.url
    for number in range(page.locator(PRESSABLE).count()):
        button = page.locator(PRESSABLE).nth(number)
        if button.is_visible():
            button.click()
            page.wait_for_timeout(300)  # a dialog may have to load what it shows
            page.keyboard.press("Escape")
            expect(page.locator("dialog[open]")).to_have_count(0)
        if page.url != address:
            page.goto(address)
            settled(page)
    for key in KEYS:
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert changed == []


@pytest.mark.parametrize("name", PAGES)
def test_a_session_that_ended_leads_back_to_where_one_was(
    name: str, visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("operator", addresses(factory)[name])
    page = tab.page
    settled(page)
    address, heading = page.url, page.get_by_role("heading", level=1).inner_text()
    tab.refusals |= {400, 403}
    factory.end_session("operator")
    page.reload()
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(tab, "operator", factory.passwords["operator"])
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert page.url == address
