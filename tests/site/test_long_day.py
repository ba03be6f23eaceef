"""A line's day of 200 pictures: all there, and cheap where nobody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from tests.site.conftest import VisitAs
from tests.site.factory import FACILITY, Factory

COUNT, LINE, DAYS_AGO = 200, "yard", 2
LAID_OUT = "item => item.firstElementChild.checkVisibility({contentVisibilityAuto: true})"


@pytest.fixture
def day(visit_as: VisitAs, factory: Factory) -> Page:
    """The page of a day of `COUNT` pictures."""
    factory.repeat(COUNT, camera_id="yard-gate", line=LINE, days_ago=DAYS_AGO)
    day = datetime.now(UTC).date() - timedelta(days=DAYS_AGO)
    tab = visit_as("viewer", "lines.html")
    _tell_apart(tab.page, factory)
    return tab.open(f"line.html?facility={FACILITY}&line={LINE}&day={day}")


def _tell_apart(page: Page, factory: Factory) -> None:
    """Each record's picture has an address of its own: a browser has what it has seen at once."""
    place = f"{factory.stack.endpoint}/pictures"
    picture = min((factory.pictures / "normal").iterdir()).read_bytes()

    def answer(route: Route) -> None:
        found = route.fetch()
        told = found.json()
        for number, one in enumerate(told["Inspections"]):
            one["PictureUrl"] = f"{place}/{number}-{one['ImageId']}.jpg"
        route.fulfill(response=found, json=told)

    page.route("**/control/sightline/inspections?*", answer)
    page.route(f"{place}/*", lambda route: route.fulfill(body=picture, content_type="image/jpeg"))


def test_pictures_are_loaded_and_laid_out_when_they_come_into_view(day: Page) -> None:
    pictures = day.locator(".gallery .thumbnail img")
    expect(pictures).to_have_count(COUNT // 2)
    day.get_by_role("button", name="Show more").click()
    expect(pictures).to_have_count(COUNT)
    loaded = "images => images.filter(image => image.complete && image.naturalWidth).length"
    expect(pictures.first).not_to_have_js_property("naturalWidth", 0)
    assert 0 < pictures.evaluate_all(loaded) < COUNT
    assert pictures.evaluate_all("images => images.every(({loading}) => loading === 'lazy')")
    far = day.locator(".gallery > li").last
    expect(far).to_have_css("content-visibility", "auto")
    assert not far.evaluate(LAID_OUT)

    far.scroll_into_view_if_needed()
    expect(pictures.last).to_have_js_property("complete", True)
    assert pictures.last.evaluate("image => image.naturalWidth") > 0
