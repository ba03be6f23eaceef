"""Trial: verdicts of other pictures, verified by keyboard, and what a dataset learns from them."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from sightline.local.parts.drawing import write_parts
from tests.site.axe import found_by_axe
from tests.site.conftest import VisitAs
from tests.site.factory import Factory
from tests.site.training import client

LONG_MS = 120_000


def try_out(page: Page, folder: Path, count: int) -> None:
    """Give a folder of pictures and wait for all verdicts."""
    page.get_by_label("Choose a folder").set_input_files(folder)
    begin = page.get_by_role("button", name=f"Try {count} pictures")
    begin.wait_for()
    expect(page.get_by_text("Keeping them")).to_have_count(0)
    begin.dblclick()
    page.get_by_role("list", name="Tried pictures").wait_for(timeout=LONG_MS)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=LONG_MS)
    tiles = page.get_by_role("list", name="Tried pictures").get_by_role("listitem")
    expect(tiles).to_have_count(count)


def verified(factory: Factory, project: str) -> int:
    wanted = {"ProjectName": project, "DatasetType": "train"}
    found = client(factory.stack).describe_dataset(**wanted)["DatasetDescription"]
    return int(found["ImageStats"]["Total"])


def test_verdicts_are_verified_by_keyboard_and_teach_the_dataset(
    visit_as: VisitAs,
    factory: Factory,
    taught: str,
    tmp_path: Path,
) -> None:
    write_parts(tmp_path / "new", normal=5, anomaly=4, seed=50)
    (tmp_path / "new/normal/cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    tab = visit_as("admin", f"trial.html?project={taught}&version=2")
    page = tab.page
    try_out(page, tmp_path / "new", 9)
    expect(page).to_have_url(re.compile("trial=trial-"))
    tiles = page.get_by_role("list", name="Tried pictures")
    surest = tiles.get_by_role("button").first
    expect(surest).to_have_attribute("aria-label", re.compile("^Defect"))
    expect(surest.locator("img.heat")).to_be_visible()
    expect(tiles.get_by_role("button").last.locator("img.heat")).to_have_count(0)
    surest.click()
    expect(page.locator(".desk img.heat")).to_be_visible()
    assert found_by_axe(page) == []

    page.keyboard.press("c")
    page.keyboard.press("o")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Add 3 verified pictures")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Wrong", exact=True).check()
    expect(tiles.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(tiles.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_label("Wrong", exact=True)).to_be_checked()

    before = verified(factory, taught)
    page.get_by_role("button", name="Add 3 verified pictures").click()
    page.get_by_role("dialog").get_by_role("button", name="Add them").click()
    expect(page.get_by_text("3 pictures are in the dataset.")).to_be_visible()
    assert verified(factory, taught) == before + 3

    page.get_by_role("link", name="All trials").click()
    row = page.get_by_role("region", name="Trials").get_by_role("row").nth(1)
    expect(row).to_contain_text("Complete")
    expect(row.get_by_role("cell").last).to_have_text("3")


def test_what_was_chosen_is_there_after_a_reload(
    visit_as: VisitAs, taught: str, tmp_path: Path
) -> None:
    write_parts(tmp_path / "new", normal=3, anomaly=0, seed=51)
    page = visit_as("operator", f"trial.html?project={taught}").page
    page.get_by_label("Choose a folder").set_input_files(tmp_path / "new")
    page.get_by_role("button", name="Try 3 pictures").wait_for()
    expect(page.get_by_text("Keeping them")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Try 3 pictures")).to_be_visible()
    expect(page.get_by_text("costs at most about $0.01")).to_be_visible()


def test_an_operator_verifies_and_a_viewer_only_looks(
    visit_as: VisitAs, taught: str, tmp_path: Path
) -> None:
    write_parts(tmp_path / "new", normal=2, anomaly=1, seed=52)
    operator = visit_as("operator", f"trial.html?project={taught}").page
    try_out(operator, tmp_path / "new", 3)
    operator.get_by_role("list", name="Tried pictures").get_by_role("button").first.click()
    operator.keyboard.press("n")
    add = operator.get_by_role("button", name="Add 1 verified picture")
    expect(add).to_have_attribute("aria-disabled", "true")
    expect(add).to_contain_text("As operator you can look at this")
    address = operator.url.rpartition("/")[2].partition("&picture")[0]

    tab = visit_as("viewer", address)
    tiles = tab.page.get_by_role("list", name="Tried pictures")
    expect(tiles.get_by_role("listitem")).to_have_count(3)
    expect(tab.page.get_by_role("button", name="Add 1 verified picture")).to_be_visible()
    tiles.get_by_role("button").first.click()
    expect(tab.page.locator(".desk img.heat")).to_be_visible()
    right = tab.page.locator(".decision").first
    expect(right).to_have_attribute("aria-disabled", "true")
    tab.page.keyboard.press("d")
    tab.page.reload()
    expect(tab.page.get_by_role("button", name="Add 1 verified picture")).to_be_visible()


def test_a_project_without_a_version_leads_to_training(visit_as: VisitAs, factory: Factory) -> None:
    client(factory.stack).create_project(ProjectName="untaught")
    page = visit_as("operator", "trial.html?project=untaught").page
    expect(page.get_by_role("heading", name="No trained version yet")).to_be_visible()
    page.get_by_role("link", name="Train one").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Train")
