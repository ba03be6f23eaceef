"""A quality manager's day, in one tab that is never loaded anew: from a folder of pictures to a
verdict that was overruled and is counted.

`SIGHTLINE_STORY_IMAGES` names a folder of real pictures, `train/` and `test/` with `normal/` and
`anomaly/` each; without it the parts are made up.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sightline.camera.simulator import find_pictures, play
from sightline.local.parts.drawing import write_parts
from tests.site.browser import Visit
from tests.site.conftest import sign_in
from tests.site.factory import FACILITY, Factory

IMAGES = "SIGHTLINE_STORY_IMAGES"
PROJECT, LINE, CAMERA = "story", "press-9", "press-9-top"
PASSING = 6  # parts of each kind that pass the camera
TRAINING_MS = 400_000


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """`train/` and `test/`, with `normal/` and `anomaly/` each."""
    if given := os.environ.get(IMAGES):
        return Path(given)
    write_parts(tmp_path / "train", normal=24, anomaly=12, seed=70)
    write_parts(tmp_path / "test", normal=PASSING, anomaly=PASSING, seed=71)
    return tmp_path


def test_from_a_folder_of_pictures_to_a_verdict_that_was_overruled(
    visit: Callable[..., Visit], factory: Factory, pictures: Path, tmp_path: Path
) -> None:
    tab = visit()
    page = tab.open("train.html")
    sign_in(tab, "admin", factory.passwords["admin"])
    page.get_by_role("heading", name="Train", level=1).wait_for()
    page.evaluate("window.here = true")

    train(page, pictures / "train")
    start(page)
    token = register(page)
    go_to(page, "Lines")
    passing = [
        path
        for kind in ("anomaly", "normal")
        for path in find_pictures(pictures / "test" / kind)[:PASSING]
    ]
    line = page.get_by_role("region", name=LINE)
    expect(line).to_be_visible()
    expect(line.locator(".strip .thumbnail")).to_have_count(0)
    assert play(factory.sender(token), passing, rate=4, truth=True).failed == 0
    expect(line.locator(".strip .thumbnail")).to_have_count(len(passing), timeout=60_000)
    expect(line).to_contain_text("Running")
    defects = line.locator(".strip .thumbnail[data-verdict=anomalous]")
    expect(defects.first).to_be_visible()

    overrule(page, defects.first)
    factory.stack.write_lake(tmp_path / "lake")
    counted(page, overruled=1)
    stop(page)
    assert page.evaluate("window.here") is True


def go_to(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def train(page: Page, folder: Path) -> None:
    """Make a project, give it a folder, and wait for what it makes of it."""
    page.get_by_role("button", name="New project").click()
    form = page.get_by_role("dialog", name="New project")
    form.get_by_label("Name").fill(PROJECT)
    form.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("Project", exact=True)).to_have_value(PROJECT)
    page.get_by_label("Choose a folder").set_input_files(folder)
    send = page.get_by_role("button", name="Send and train")
    expect(send).not_to_have_attribute("aria-disabled", "true", timeout=60_000)
    send.click()
    question = page.get_by_role("dialog", name=f"Train {PROJECT}?")
    expect(question.locator(".cost")).to_contain_text("$")
    question.locator("footer button").last.click()
    page.get_by_role("heading", name="Version 1").wait_for(timeout=60_000)
    expect(page.get_by_role("heading", name="Worst mistakes")).to_be_visible(timeout=TRAINING_MS)


def start(page: Page) -> None:
    """Let the version look at pictures, at a price that is said before."""
    go_to(page, "Models")
    of_version(page).get_by_role("button", name="Start").click()
    dialog = page.get_by_role("dialog", name=f"Start version 1 of {PROJECT}")
    expect(dialog.locator(".cost")).to_contain_text("per hour")
    dialog.get_by_role("button", name="Start").click()
    expect(of_version(page)).to_contain_text("Running")


def stop(page: Page) -> None:
    go_to(page, "Models")
    of_version(page).get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog", name=f"Stop version 1 of {PROJECT}?")
    dialog.get_by_role("button", name="Stop", exact=True).click()
    expect(of_version(page)).to_contain_text("Not running")


def of_version(page: Page) -> Locator:
    return page.get_by_role("region", name=f"Versions of {PROJECT}").get_by_role(
        "row", name="Version 1"
    )


def register(page: Page) -> str:
    """Register a camera; its token."""
    go_to(page, "Cameras")
    page.get_by_role("button", name="Register a camera").click()
    form = page.get_by_role("dialog")
    for label, text in {
        "Camera": CAMERA,
        "Line": LINE,
        "Facility": FACILITY,
        "Project": PROJECT,
    }.items():
        form.get_by_label(label, exact=True).fill(text)
    form.get_by_role("button", name="Register").click()
    token = form.locator(".secret code").inner_text()
    form.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    return token


def overrule(page: Page, thumbnail: Locator) -> None:
    """Look at a defect, and say that it is none."""
    thumbnail.click()
    expect(page.locator(".verdict.large")).to_have_attribute("data-verdict", "anomalous")
    expect(page.locator(".picture .heat")).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator(".said").first).to_contain_text("overruled by admin")


def counted(page: Page, *, overruled: int) -> None:
    """What people said is in the charts of the project."""
    go_to(page, "Analytics")
    page.get_by_label("Project", exact=True).select_option(PROJECT)
    chart = page.get_by_role("region", name="What people said of the verdicts")
    expect(chart.locator("canvas")).to_be_visible(timeout=60_000)
    chart.get_by_text("Rows as a table").click()
    names = chart.get_by_role("columnheader").all_inner_texts()
    row = chart.get_by_role("row", name=re.compile(LINE)).get_by_role("cell").all_inner_texts()
    found = dict(zip(names, row, strict=True))
    told = ("Reviewed by a person", "Verdict overruled", "Called anomalous, but normal")
    assert [found[title] for title in told] == [str(overruled)] * 3, found
