"""Train: from a folder of pictures to a version and its mistakes, and nothing lost on the way."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from sightline.local.parts.drawing import write_parts
from tests.site.axe import found_by_axe
from tests.site.conftest import VisitAs
from tests.site.factory import Factory
from tests.site.test_pages import settled
from tests.site.training import client

LONG_MS = 240_000  # a training on a busy machine


@pytest.fixture
def new_project(factory: Factory) -> Callable[[str], str]:
    """Make a project by the service; its name."""

    def make(name: str) -> str:
        client(factory.stack).create_project(ProjectName=name)
        return name

    return make


def stats(factory: Factory, project: str, kind: str = "train") -> dict[str, int]:
    """How many pictures a dataset has."""
    wanted = {"ProjectName": project, "DatasetType": kind}
    found = client(factory.stack).describe_dataset(**wanted)["DatasetDescription"]
    return dict(found["ImageStats"])


def choose(page: Page, folder: Path) -> None:
    """Choose a folder, and wait until the page has looked at what is in it."""
    page.get_by_label("Choose a folder").set_input_files(folder)
    page.get_by_role("list", name="Chosen pictures").wait_for()
    expect(page.get_by_text("Looking at the files")).to_have_count(0)
    expect(page.get_by_text("Keeping them")).to_have_count(0)


def begin(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def answered(page: Page, title: str) -> None:
    """Agree to what a dialog asks."""
    dialog = page.get_by_role("dialog", name=title)
    dialog.locator("footer button").last.click()


def test_a_folder_becomes_a_version_with_its_mistakes(
    visit_as: VisitAs,
    factory: Factory,
    tmp_path: Path,
) -> None:
    write_parts(tmp_path / "brackets", normal=20, anomaly=10, seed=40)
    folder = tmp_path / "brackets"
    (folder / "anomaly").rename(folder / "scratched")  # beside normal parts: defects
    one = next((folder / "normal").iterdir())
    shutil.copy(one, folder / "scratched/again.jpg")
    (folder / "normal/notes.jpg").write_text("these are good")
    (folder / "normal/empty.jpg").touch()
    Image.new("RGB", (80, 64)).save(folder / "normal/small.png")

    tab = visit_as("admin", "train.html")
    page = tab.page
    page.get_by_role("button", name="New project").click()
    form = page.get_by_role("dialog", name="New project")
    form.get_by_label("Name").fill("brackets")
    form.get_by_role("button", name="Make it").dblclick()
    expect(page.get_by_label("Project", exact=True)).to_have_value("brackets")
    choose(page, folder)
    page.reload()  # the link names the batch, and the browser keeps its files
    expect(page.get_by_text("20 good parts")).to_be_visible()
    expect(page.get_by_text("10 defects", exact=True)).to_be_visible()
    page.get_by_text("4 files not taken").click()
    for path, why in {
        "notes.jpg": "neither a PNG nor a JPEG",
        "empty.jpg": "is empty",
        "small.png": "It has 80 x 64 pixels, most have",
        "jpg": "It is the same picture as brackets/",
    }.items():
        line = page.locator(".refusals li", has_text=why)
        expect(line).to_have_count(1)
        expect(line).to_contain_text(path)
    assert found_by_axe(page) == []

    begin(page, "Send and train")
    question = page.get_by_role("dialog", name="Train brackets?")
    expect(question).to_contain_text(re.compile(r"up to 15 minutes and costs at most \$0\.\d\d"))
    answered(page, "Train brackets?")
    page.get_by_role("heading", name="Version 1").wait_for()
    expect(page).to_have_url(re.compile(r"version=1"))
    page.reload()
    expect(page.get_by_role("progressbar", name="Training")).to_be_visible()
    expect(page.get_by_role("heading", name="Worst mistakes")).to_be_visible(timeout=LONG_MS)
    model = client(factory.stack).describe_model(ProjectName="brackets", ModelVersion="1")
    recall = model["ModelDescription"]["Performance"]["Recall"]
    figure = page.locator(".figure", has_text="of the defects are found")
    expect(figure).to_contain_text(f"{100 * recall:.1f}".removesuffix(".0"))
    assert stats(factory, "brackets") == {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10}
    assert len(client(factory.stack).list_models(ProjectName="brackets")["Models"]) == 1


def test_what_could_not_be_sent_is_sent_later_and_nothing_twice(
    visit_as: VisitAs, factory: Factory, new_project: Callable[[str], str], tmp_path: Path
) -> None:
    write_parts(tmp_path / "parts", normal=6, anomaly=3, seed=41)
    project = new_project("broken-off")
    tab = visit_as("admin", f"train.html?project={project}")
    tab.refusals.add(503)
    page = tab.page
    sent: list[str] = []

    def storage(route: Route) -> None:
        if route.request.method != "PUT" or len(sent) < 4:
            sent.append(route.request.url.partition("?")[0]) if route.request.method == "PUT" else 0
            route.continue_()
        else:
            allowed = {"Access-Control-Allow-Origin": factory.url}
            route.fulfill(status=503, headers=allowed)

    page.route(f"{factory.stack.endpoint}/**", storage)
    choose(page, tmp_path / "parts")
    begin(page, "Send without training")
    expect(page.get_by_role("alert")).to_contain_text("5 of 9 pictures could not be sent")
    expect(page.get_by_text("4 of 9 pictures")).to_be_visible()
    page.unroute(f"{factory.stack.endpoint}/**", storage)
    page.on(
        "request",
        lambda asked: (
            sent.append(asked.url.partition("?")[0])
            if asked.method == "PUT" and asked.url.startswith(factory.stack.endpoint)
            else None
        ),
    )
    page.reload()  # goes on by itself
    expect(page.get_by_role("button", name="Show what it learns from")).to_be_visible()
    assert (len(sent), len(set(sent))) == (9, 9)
    assert stats(factory, project) == {"Total": 9, "Labeled": 9, "Normal": 6, "Anomaly": 3}


def test_labels_are_given_by_hand_and_the_same_picture_again_is_one_entry(
    visit_as: VisitAs, factory: Factory, new_project: Callable[[str], str], tmp_path: Path
) -> None:
    write_parts(tmp_path / "made", normal=4, anomaly=0, seed=42)
    files = sorted((tmp_path / "made/normal").iterdir())
    project = new_project("by-hand")
    tab = visit_as("admin", f"train.html?project={project}")
    page = tab.page
    page.get_by_label("Choose files").set_input_files(files)
    expect(page.get_by_text("4 without a label")).to_be_visible()
    train = page.get_by_role("button", name="Send and train")
    expect(train).to_have_attribute("aria-disabled", "true")
    expect(train).to_contain_text("still without a label")
    tiles = page.get_by_role("list", name="Chosen pictures")
    page.get_by_role("button", name="Select all 4").click()
    page.keyboard.press("n")
    expect(page.get_by_text("4 good parts")).to_be_visible()
    page.get_by_role("button", name="Select none").click()
    tiles.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("d")
    expect(page.get_by_text("1 defect", exact=True)).to_be_visible()
    expect(
        page.locator("p.hint", has_text="Still needed: 17 pictures of good parts")
    ).to_be_visible()
    begin(page, "Send without training")
    expect(page.get_by_role("button", name="Show what it learns from")).to_be_visible()
    assert stats(factory, project)["Anomaly"] == 1

    page.get_by_label("Choose files").set_input_files(files[:2])
    page.get_by_role("button", name="Select all 2").click()
    page.keyboard.press("n")
    begin(page, "Send without training")
    expect(page.get_by_role("button", name="Show what it learns from")).to_be_visible()
    assert stats(factory, project)["Total"] == 4


def test_a_picture_of_a_dataset_gets_another_label_or_is_taken_out(
    visit_as: VisitAs,
    factory: Factory,
    new_project: Callable[[str], str],
    tmp_path: Path,
) -> None:
    write_parts(tmp_path / "parts", normal=4, anomaly=2, seed=43)
    project = new_project("corrected")
    page = visit_as("admin", f"train.html?project={project}").page
    choose(page, tmp_path / "parts")
    begin(page, "Send without training")
    page.get_by_role("button", name="Show what it learns from").click()
    page.get_by_label("Defects", exact=True).check()
    tiles = page.get_by_role("list", name="Pictures of the dataset")
    expect(tiles.get_by_role("listitem")).to_have_count(2)
    assert found_by_axe(page) == []
    tiles.get_by_role("button").first.click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tiles.get_by_role("button").first).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_text("1 picture selected")).to_be_visible()
    page.keyboard.press("n")
    expect(tiles.get_by_role("listitem")).to_have_count(1)
    assert stats(factory, project) == {"Total": 6, "Labeled": 6, "Normal": 5, "Anomaly": 1}
    tiles.get_by_role("checkbox").first.check()
    begin(page, "Take out")
    answered(page, "Take out 1 picture?")
    expect(page.get_by_text("No such pictures")).to_be_visible()
    assert stats(factory, project) == {"Total": 5, "Labeled": 5, "Normal": 5, "Anomaly": 0}


def test_a_training_that_fails_says_why(
    visit_as: VisitAs, factory: Factory, new_project: Callable[[str], str], tmp_path: Path
) -> None:
    """As one that would take too long does: its message is the service's."""
    project = new_project("mixed")
    write_parts(tmp_path / "parts", normal=20, anomaly=10, seed=44)
    page = visit_as("admin", f"train.html?project={project}").page
    choose(page, tmp_path / "parts")
    begin(page, "Send without training")
    page.get_by_role("button", name="Show what it learns from").wait_for()
    odd = tmp_path / "odd/good"
    odd.mkdir(parents=True)
    Image.effect_noise((96, 96), 40).convert("RGB").save(odd / "odd.png")
    choose(page, odd.parent)  # alone it cannot be known to be odd
    begin(page, "Send and train")
    answered(page, f"Train {project}?")
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("must have one size", timeout=LONG_MS)
    expect(banner).to_contain_text("96 x 96 pixels")
    expect(page.get_by_role("row", name="Version 1")).to_contain_text("Training failed")


def test_a_viewer_sees_versions_and_pictures_and_changes_nothing(
    visit_as: VisitAs, taught: str
) -> None:
    tab = visit_as("viewer", f"train.html?project={taught}&version=1&dataset=train")
    page = tab.page
    expect(page.get_by_role("list", name="Worst mistakes")).to_be_visible()
    expect(page.get_by_label("Choose a folder")).to_be_disabled()
    for name in ("New project", "Train on these", "Take out", "Compare"):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_contain_text("As viewer you can look at this")
    page.get_by_role("list", name="Pictures of the dataset").get_by_role("checkbox").first.check()
    page.keyboard.press("d")
    tab.refusals.add(403)
    changes = json.loads('{"Changes": "e30="}')
    path = f"/2020-11-20/projects/{taught}/datasets/train/entries"
    assert tab.call("PATCH", path, changes) == 403


def test_worst_mistakes_have_heat_maps_and_their_labels_can_be_put_right(
    visit_as: VisitAs,
    factory: Factory,
    taught: str,
) -> None:
    page = visit_as("admin", f"train.html?project={taught}&version=1").page
    mistakes = page.get_by_role("list", name="Worst mistakes")
    expect(mistakes.get_by_role("button").first).to_be_visible()
    expect(mistakes.locator("img.heat").first).to_have_js_property("complete", True)
    shown: Any = mistakes.locator("img.heat").first.evaluate("image => image.naturalWidth")
    assert shown > 0
    mistakes.get_by_role("button", name="Missed defect").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("img.heat")).to_be_visible()
    assert found_by_axe(page) == []
    before = stats(factory, taught, "test")
    dialog.get_by_role("button", name="The label is wrong: it is a good part").click()
    expect(page.get_by_text("The label is changed")).to_be_visible()
    after = stats(factory, taught, "test")
    assert (after["Normal"], after["Anomaly"]) == (before["Normal"] + 1, before["Anomaly"] - 1)


def test_two_versions_are_compared_on_the_same_pictures_side_by_side(
    visit_as: VisitAs,
    taught: str,
) -> None:
    tab = visit_as("admin", f"train.html?project={taught}&version=2")
    page = tab.page
    begin(page, "Compare")
    question = page.get_by_role("dialog", name="Compare versions 1 and 2?")
    expect(question).to_contain_text("costs at most about $0.01")
    answered(page, "Compare versions 1 and 2?")
    expect(page.get_by_text("Both right")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("list", name="Tried pictures").get_by_role("button").first.click()
    looks = page.locator(".looks > figure")
    expect(looks).to_have_count(2)
    expect(looks.nth(0).locator("img.heat")).to_be_visible()
    expect(looks.nth(1).locator("img.heat")).to_be_visible()
    settled(page)
    assert found_by_axe(page) == []


PATHS = {
    "a/good/1.png": ("normal", "train"),
    "a/test/broken_large/1.png": ("anomaly", "test"),
    "a/test/good/2.png": ("normal", "test"),
    "a/train/good/3.png": ("normal", "train"),
    "b/Anomaly/1.jpg": ("anomaly", "train"),
    "b/nothing/1.jpg": ("", "train"),
    "1.jpg": ("", "train"),
}


def test_folders_say_what_pictures_show(visit_as: VisitAs) -> None:
    page = visit_as("viewer", "train.html").page
    found = page.evaluate(
        """async (paths) => {
            const { guesses } = await import("/lib/intake.js");
            return [...guesses(paths)];
        }""",
        list(PATHS),
    )
    said = {path: (guess["label"], guess["set"]) for path, guess in found}
    assert said == PATHS
