"""Lines, inspections and the queue: what people do with pictures."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from sightline.domain.alerts import image_link
from sightline.domain.images import ImageRef
from tests.site.conftest import VisitAs
from tests.site.factory import Factory

Address = Callable[[str], str]


@pytest.fixture
def picture(factory: Factory) -> tuple[str, str]:
    """A new picture that nobody has judged: its address, and the model's verdict."""
    image = factory.send("press-1-top", "anomaly")
    verdict = factory.recorded("press-1-top", image).verdict
    return image_link("", ImageRef("press-1-top", image)).removeprefix("/"), verdict


def test_verdicts_arrive_without_a_reload_and_nothing_jumps(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("viewer", "lines.html")
    page = tab.page
    line = page.get_by_role("region", name="Press 2")
    first = line.locator(".strip .thumbnail").first
    expect(first).to_be_visible()
    before = first.get_attribute("href")
    page.evaluate(
        """() => {
            window.jumps = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) window.jumps += entry.value;
            }).observe({type: "layout-shift"});
            window.here = true;
        }"""
    )
    factory.send("press-2-top", "normal")
    expect(first).not_to_have_attribute("href", before or "")
    assert page.evaluate("window.here") is True
    assert page.evaluate("window.jumps") < 0.01
    expect(line).to_contain_text("Running")


def test_the_heat_map_fades_and_its_place_is_kept(visit_as: VisitAs, factory: Factory) -> None:
    found = next(row for row in factory.rows() if row.verdict == "anomalous")
    camera, _, image = found.image.partition("#")
    tab = visit_as("viewer", image_link("", ImageRef(camera, image)).removeprefix("/"))
    heat = tab.page.locator(".picture .heat")
    expect(heat).to_have_css("opacity", "0.6")
    tab.page.get_by_label("Heat map").fill("0.25")
    expect(heat).to_have_css("opacity", "0.25")
    tab.page.get_by_label("Heat map").blur()
    tab.page.keyboard.press("h")
    expect(heat).to_have_css("opacity", "0")
    assert tab.page.locator(".regions rect").count() >= 1
    assert heat.evaluate("image => image.naturalWidth") > 0


def test_one_key_confirms_and_another_overrules(
    visit_as: VisitAs, picture: tuple[str, str]
) -> None:
    address, _ = picture
    tab = visit_as("operator", address)
    expect(tab.page.get_by_role("button", name="Confirm")).to_be_visible()
    tab.page.keyboard.press("c")
    said = tab.page.locator(".said").first
    expect(said).to_contain_text("confirmed by operator")
    tab.page.keyboard.press("o")
    expect(said).to_contain_text("overruled by operator")
    expect(tab.page.get_by_role("heading", name="History")).to_be_visible()
    tab.page.reload()
    expect(said).to_contain_text("overruled by operator")


def test_arrow_keys_lead_through_the_list_that_one_came_from(visit_as: VisitAs) -> None:
    tab = visit_as("viewer", "line.html?facility=leipzig&line=press-1")
    page = tab.page
    thumbnails = page.locator(".gallery .thumbnail")
    expect(thumbnails.nth(2)).to_be_visible()
    addresses = [thumbnails.nth(n).get_attribute("href") or "" for n in range(3)]
    images = [parse_qs(urlsplit(address).query)["image"][0] for address in addresses]
    thumbnails.nth(1).click()
    for key, place in (("ArrowRight", 1), ("ArrowLeft", 2), ("", 1)):
        expect(page.get_by_role("heading", level=1)).to_have_text(images[place])
        expect(page.locator(".inspection")).to_be_visible()
        for name in ("Previous", "Next"):
            button = page.get_by_role("button", name=name)
            expect(button).not_to_have_attribute("aria-disabled", "true")
        if key:
            page.keyboard.press(key)


def test_a_viewer_sees_why_nothing_can_be_changed_and_the_service_refuses_too(
    visit_as: VisitAs, factory: Factory, picture: tuple[str, str]
) -> None:
    address, verdict = picture
    tab = visit_as("viewer", address)
    tab.refusals.add(403)
    button = tab.page.get_by_role("button", name="Confirm")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(tab.page.get_by_text("As viewer you can look at this").last).to_be_visible()
    tab.page.keyboard.press("c")
    image = factory.rows()[0].image
    camera, _, name = image.partition("#")
    path = f"/sightline/inspections/{camera}/{name}/review"
    assert tab.call("POST", path, {"Verdict": verdict}) == 403
    assert tab.call("POST", "/sightline/cameras", {}) == 403
    assert tab.call("GET", "/sightline/alerts") == 403
    expect(tab.page.locator(".said")).to_have_count(0)


def test_the_queue_is_worked_off_by_keys_and_the_next_picture_is_there_before(
    visit_as: VisitAs, factory: Factory
) -> None:
    for _ in range(4):
        factory.send("press-1-top", "anomaly")
    tab = visit_as("operator", "review.html")
    page = tab.page
    shown = page.locator(".facts a").first
    expect(shown).to_be_visible()
    first = shown.inner_text()
    following = page.locator(".queue .thumbnail").nth(1)
    address = following.locator("img").get_attribute("src") or ""
    page.wait_for_function(
        "url => performance.getEntriesByType('resource').some(({name}) => name === url)",
        arg=address,
    )
    page.keyboard.press("c")
    expect(shown).not_to_have_text(first)
    expect(page.get_by_text("1 decision now")).to_be_visible()
    page.keyboard.press("u")
    expect(shown).to_have_text(first)
    expect(page.locator(".reviewed")).to_contain_text("Confirmed by operator")
    page.keyboard.press("o")
    expect(page.get_by_text("1 decision now")).to_be_visible()
    page.reload()
    expect(shown).to_be_visible()
    assert first not in page.locator(".queue").inner_html()


def test_two_people_who_disagree_are_told(
    visit_as: VisitAs, factory: Factory, picture: tuple[str, str]
) -> None:
    address, _ = picture
    mine, theirs = visit_as("operator", address), visit_as("admin", address)
    mine.refusals.add(409)
    expect(mine.page.get_by_role("button", name="Overrule")).to_be_visible()
    expect(theirs.page.get_by_role("button", name="Confirm")).to_be_visible()
    theirs.page.keyboard.press("c")
    expect(theirs.page.locator(".said").first).to_contain_text("confirmed by admin")
    mine.page.keyboard.press("o")
    expect(mine.page.locator(".toast")).to_contain_text("admin")
