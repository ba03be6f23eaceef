"""A line's day of 200 pictures: all there, and cheap where nobody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.site.conftest import VisitAs
from tests.site.factory import FACILITY, Factory

COUNT, LINE, DAYS_AGO = 200, "yard", 2
LAID_OUT = "item => item.firstElementChild.checkVisibility({contentVisibilityAuto: true})"


@pytest.fixture
def day(visit_as: VisitAs, factory: Factory) -> Page:
    """The page of a day of `COUNT` pictures."""
    factory.repeat(COUNT, camera_id="yard-gate", line=LINE, days_ago=DAYS_AGO)
    day = datetime.now(UTC).date() - timedelta(days=DAYS_AGO)
    tab = visit_as("viewer", f"line.html?facility={FACILITY}&line={LINE}&day={day}")
    return tab.page


def test_pictures_are_loaded_and_laid_out_when_they_come_into_view(day: Page) -> None:
    pictures = day.locator(".gallery .thumbnail img")
    expect(pictures).to_have_count(COUNT // 2)
    day.get_by_role("button", name="Show more").click()
    expect(pictures).to_have_count(COUNT)
    expect(pictures.first).not_to_have_js_property("naturalWidth", 0)
    # How many are loaded tells nothing: they are few pictures, and the browser has each once.
    assert pictures.evaluate_all("images => images.every(({loading}) => loading === 'lazy')")
    far = day.locator(".gallery > li").last
    expect(far).to_have_css("content-visibility", "auto")
    assert not far.evaluate(LAID_OUT)

    far.scroll_into_view_if_needed()
    expect(pictures.last).not_to_have_js_property("naturalWidth", 0)
