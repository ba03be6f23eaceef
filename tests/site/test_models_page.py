"""Models: started at a price that is said before, judged by any threshold, run by shifts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Locator, Page, expect

from tests.e2e.waiting import until
from tests.site.axe import found_by_axe
from tests.site.conftest import VisitAs
from tests.site.factory import Factory
from tests.site.screenshots import TRAINED
from tests.site.training import client, train_in_vain

ONE = {"ProjectName": TRAINED, "ModelVersion": "1"}
PROJECT = f"models.html?project={TRAINED}"
VERSION = PROJECT + "&version=1"
MODEL = f"/2020-11-20/projects/{TRAINED}/models/1"
OURS = f"/sightline/projects/{TRAINED}/models/1"


@pytest.fixture
def trained(factory: Factory) -> Iterator[Any]:
    """The control service, with a project whose version does not run before and after."""
    factory.train(TRAINED)
    control = client(factory.stack)
    yield control
    if control.describe_model(**ONE)["ModelDescription"]["Status"] == "HOSTED":
        control.stop_model(**ONE)
    until(lambda: status(control) == "TRAINED", seconds=30, what="the end of the hosting")


def status(control: Any) -> str:
    return str(control.describe_model(**ONE)["ModelDescription"]["Status"])


def fetched(page: Page, path: str) -> Any:
    """What the control service answers to a GET of the page."""
    return page.evaluate(
        """async (path) => (await import("/lib/api.js")).get("control", path)""", path
    )


def row(page: Page, version: str = "1") -> Locator:
    return page.get_by_role("region", name=f"Versions of {TRAINED}").get_by_role(
        "row", name=f"Version {version}"
    )


def answer(page: Page, title: str, button: str) -> None:
    """Press a button of the dialog that asks."""
    dialog = page.get_by_role("dialog", name=title)
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_have_count(0)


def test_a_version_is_started_for_a_price_watched_and_stopped(
    visit_as: VisitAs, trained: Any
) -> None:
    page = visit_as("operator", "models.html").page
    page.evaluate("window.here = true")
    expect(row(page)).to_contain_text("Not running")
    row(page).get_by_role("button", name="Start").click()
    dialog = page.get_by_role("dialog", name=f"Start version 1 of {TRAINED}")
    price = fetched(page, "/sightline/models")["Units"]["UsdPerHour"]
    expect(dialog.locator(".cost")).to_contain_text(f"${price:.2f} per hour")
    units = dialog.get_by_label("Inference units kept ready")
    units.fill("6")
    expect(dialog.get_by_text("A whole number from 1 to 5.")).to_be_visible()
    units.fill("2")
    expect(dialog.locator(".cost")).to_contain_text(f"${2 * price:.2f} per hour")
    dialog.get_by_role("button", name="Start").dblclick()
    expect(row(page)).to_contain_text("Running")
    expect(row(page)).to_contain_text(f"${2 * price:.2f} an hour")
    expect(row(page).locator(".money").last).to_contain_text("so far")
    assert page.evaluate("window.here") is True
    assert trained.describe_model(**ONE)["ModelDescription"]["MinInferenceUnits"] == 2

    row(page).get_by_role("link", name="Version 1").click()
    expect(page.get_by_text("2 kept ready")).to_be_visible()
    expect(page.get_by_text("Cost so far")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    answer(page, f"Stop version 1 of {TRAINED}?", "Stop")
    expect(page.get_by_text("Not running", exact=True)).to_be_visible()
    expect(page.get_by_text("Cost so far")).to_have_count(0)
    assert page.evaluate("window.here") is True


def test_on_demand_costs_nothing_by_the_hour(
    visit_as: VisitAs, trained: Any, factory: Factory
) -> None:
    factory.add_camera("weld-1-top", "press-1", TRAINED)
    page = visit_as("operator", VERSION).page
    page.get_by_role("button", name="Start").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="On demand").check()
    page.reload()  # what was chosen is not lost
    page.get_by_role("button", name="Start").click()
    expect(dialog.get_by_role("radio", name="On demand")).to_be_checked()
    expect(dialog.get_by_label("Inference units kept ready")).to_have_count(0)
    expect(dialog.locator(".cost")).to_contain_text("Costs nothing while no picture comes")
    expect(dialog).to_contain_text("the pictures of 1 camera go to it")
    dialog.get_by_label("At most").fill("3")
    dialog.get_by_role("button", name="Start").click()
    expect(page.get_by_text("It looks at the pictures of 1 camera.")).to_be_visible()
    expect(page.get_by_text("on demand, at most 3")).to_be_visible()
    expect(page.get_by_role("link", name="weld-1-top")).to_be_visible()


def test_a_threshold_shows_at_once_what_it_would_have_done(visit_as: VisitAs, trained: Any) -> None:
    tab = visit_as("admin", VERSION)
    page = tab.page
    slider = page.get_by_role("slider", name="Threshold")
    expect(slider).to_be_visible()
    evaluation = fetched(page, f"{OURS}/evaluation")
    calls: list[str] = []
    scores = sorted(image["Score"] for image in evaluation["Images"])
    wanted = (scores[2] + scores[3]) / 2
    page.on("request", lambda request: calls.append(request.url))
    slider.evaluate(
        """(slider, value) => {
            slider.step = "any";
            slider.value = value;
            slider.dispatchEvent(new InputEvent("input", {bubbles: true}));
        }""",
        wanted,
    )
    expected = confusion(evaluation["Images"], wanted)
    for cell, count in expected.items():
        expect(page.locator(f"[data-cell={cell}]")).to_have_text(str(count))
    assert not [url for url in calls if "evaluation" in url]  # nobody had to be asked
    figures = page.get_by_role("region", name="When it calls").locator(".figure")
    recall = expected["found"] / (expected["found"] + expected["missed"])
    expect(figures.nth(1)).to_contain_text(f"{recall * 100:.1f}".rstrip("0").rstrip("."))
    now = confusion(evaluation["Images"], evaluation["Threshold"])
    moved = abs(now["found"] + now["alarms"] - expected["found"] - expected["alarms"])
    expect(page.get_by_role("heading", name=f"{moved} pictures would be called")).to_be_visible()
    changed = page.get_by_role("region", name="When it calls").locator(".gallery li")
    expect(changed).to_have_count(min(moved, 24))

    expect(page).to_have_url(re.compile("threshold="))
    page.reload()  # the address carries it
    expect(page.locator("[data-cell=found]")).to_have_text(str(expected["found"]))
    page.get_by_role("button", name="Save the threshold").click()
    answer(page, "Decide by this threshold from now on?", "Save it")
    expect(page.get_by_text("Set by admin")).to_be_visible()
    assert fetched(page, f"{OURS}/evaluation")["Threshold"] == pytest.approx(wanted)
    page.get_by_role("button", name="As trained").click()
    answer(page, "Decide by this threshold from now on?", "Save it")
    expect(page.get_by_text("Set back to the trained one by admin")).to_be_visible()
    assert fetched(page, f"{OURS}/evaluation")["Threshold"] == evaluation["TrainedThreshold"]


def confusion(images: list[dict[str, Any]], threshold: float) -> dict[str, int]:
    """Counts by the names of the page's cells."""
    cells = {
        ("anomaly", True): "found",
        ("anomaly", False): "missed",
        ("normal", True): "alarms",
        ("normal", False): "passed",
    }
    found = dict.fromkeys(cells.values(), 0)
    for image in images:
        found[cells[image["Label"], image["Score"] >= threshold]] += 1
    return found


def test_a_threshold_that_somebody_else_saves_is_followed(visit_as: VisitAs, trained: Any) -> None:
    page = visit_as("viewer", VERSION, locale="de-DE").page
    slider = page.get_by_role("slider", name="Threshold")
    expect(slider).to_be_visible()
    other = visit_as("admin", "lines.html")
    assert other.call("PUT", f"{OURS}/threshold", {"Threshold": 1.25}) == 200
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("In use: 1,250")).to_be_visible()
    assert float(slider.input_value()) == pytest.approx(1.25, abs=0.05)
    expect(page.get_by_role("button", name="Back to the one in use")).to_be_disabled()
    expect(page).not_to_have_url(re.compile("threshold="))
    assert other.call("PUT", f"{OURS}/threshold", {"Threshold": None}) == 200


def test_the_slider_moves_by_keyboard_and_says_what_it_does(
    visit_as: VisitAs, trained: Any
) -> None:
    page = visit_as("viewer", VERSION).page
    slider = page.get_by_role("slider", name="Threshold")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("12 of 12 defects found"))
    expect(page.locator("[data-cell=missed]")).to_have_text("0")
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0 of 12 defects found"))
    page.get_by_role("button", name="Back to the one in use").click()
    expect(page).not_to_have_url(re.compile("threshold="))


def test_mistakes_are_shown_and_opened(visit_as: VisitAs, trained: Any) -> None:
    page = visit_as("viewer", VERSION).page
    mistakes = page.get_by_role("region", name="Worst mistakes")
    expect(mistakes.locator("img").first).to_have_js_property("complete", True)
    assert mistakes.locator("img").first.evaluate("image => image.naturalWidth") > 0
    mistakes.get_by_role("button").first.click()
    expect(page.get_by_role("dialog").get_by_text("s3://")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_viewer_sees_all_of_it_and_changes_nothing(visit_as: VisitAs, trained: Any) -> None:
    tab = visit_as("viewer", VERSION)
    page = tab.page
    why = "As viewer you can look at this, but not change it."
    for name in ("Start", "Delete", "Set shifts", "Package"):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_have_accessible_description(why)
        button.click(force=True)
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("slider", name="Threshold").press("ArrowRight")
    save = page.get_by_role("button", name="Save the threshold")
    expect(save).to_have_attribute("aria-disabled", "true")
    tab.refusals.add(403)
    assert tab.call("POST", f"{MODEL}/start", {"MinInferenceUnits": 1}) == 403
    assert tab.call("POST", f"{OURS}/start-on-demand", {}) == 403
    assert tab.call("PUT", f"{OURS}/threshold", {"Threshold": 1}) == 403
    assert tab.call("DELETE", MODEL) == 403
    assert status(trained) == "TRAINED"


def test_shifts_are_set_with_their_price_changed_and_removed(
    visit_as: VisitAs, trained: Any
) -> None:
    page = visit_as("operator", VERSION).page
    page.get_by_role("button", name="Set shifts").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Time zone").select_option("Europe/Berlin")
    dialog.get_by_role("button", name="Another shift").click()
    second = dialog.get_by_role("group", name="Shift 2")
    expect(second.get_by_text("Choose a day.")).to_be_visible()
    second.get_by_label("Friday").check()
    second.get_by_label("From").fill("22:00")
    second.get_by_label("To").fill("06:00")
    expect(second.get_by_text("on the next day")).to_be_visible()
    dialog.get_by_label("Inference units kept ready").fill("2")
    price = 48 * 2 * fetched(page, "/sightline/models")["Units"]["UsdPerHour"]
    expect(dialog.locator(".cost")).to_contain_text("Runs 48.0 hours a week")
    expect(dialog.locator(".cost")).to_contain_text(f"${price:.2f} a week")
    dialog.get_by_role("button", name="Save").dblclick()
    section = page.get_by_role("region", name="Shift calendar")
    expect(section).to_contain_text("Mon–Fri 06:00–14:00")
    expect(section).to_contain_text("Fri 22:00–06:00")
    assert fetched(page, f"{OURS}/schedule")["Schedule"] == {
        **ONE,
        "Timezone": "Europe/Berlin",
        "MinInferenceUnits": 2,
        "Shifts": [
            {"Days": ["mon", "tue", "wed", "thu", "fri"], "Start": "06:00", "End": "14:00"},
            {"Days": ["fri"], "Start": "22:00", "End": "06:00"},
        ],
    }
    section.get_by_role("button", name="Remove").click()
    answer(page, "Remove the shift calendar?", "Remove")
    expect(section.get_by_role("button", name="Set shifts")).to_be_visible()


def test_a_version_is_packaged_for_the_edge(visit_as: VisitAs, trained: Any) -> None:
    page = visit_as("admin", PROJECT).page
    page.get_by_role("button", name="Package").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Bucket")).not_to_have_value("")
    dialog.get_by_label("Under").fill("out/packages/")
    dialog.get_by_role("button", name="Package it").dblclick()
    jobs = page.get_by_role("region", name="Packaging jobs").locator("tbody tr")
    expect(jobs).to_have_count(1)
    expect(jobs).to_contain_text("Ready", timeout=30_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_dialog_keeps_people_out(visit_as: VisitAs, trained: Any, theme: str) -> None:
    page = visit_as("admin", VERSION, color_scheme=theme).page
    mistake = page.get_by_role("region", name="Worst mistakes").get_by_role("button").first
    openers = [page.get_by_role("button", name=name) for name in ("Start", "Set shifts", "Package")]
    for opener in (mistake, *openers):
        opener.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        assert found_by_axe(page) == []
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()


def test_a_training_that_failed_says_why_and_can_be_deleted(
    visit_as: VisitAs, factory: Factory
) -> None:
    train_in_vain(factory.stack, "ghosts")
    page = visit_as("admin", "models.html?project=ghosts&version=1").page
    expect(page.get_by_text("Training failed", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="State")).to_contain_text("missing-")
    expect(page.get_by_role("button", name="Start")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Delete").click()
    answer(page, "Delete version 1 of ghosts?", "Delete")
    expect(page.get_by_text("No version yet.")).to_be_visible()


def test_a_project_is_made_once_and_deleted_with_its_dataset(
    visit_as: VisitAs, factory: Factory
) -> None:
    control = client(factory.stack)
    page = visit_as("admin", "models.html").page
    page.get_by_role("button", name="New project").click()
    page.get_by_role("dialog").get_by_label("Name").fill("hinges")
    page.reload()  # what was typed is not lost
    page.get_by_role("button", name="New project").click()
    name = page.get_by_role("dialog").get_by_label("Name")
    expect(name).to_have_value("hinges")
    page.get_by_role("dialog").get_by_role("button", name="Make it").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("hinges")
    expect(page.get_by_text("No version yet.")).to_be_visible()
    control.create_dataset(ProjectName="hinges", DatasetType="train")
    page.reload()
    page.get_by_role("button", name="Delete the project").click()
    expect(page.get_by_role("dialog")).to_contain_text("Its datasets (train) are deleted too")
    answer(page, "Delete the project hinges?", "Delete")
    expect(page.get_by_role("heading", level=1)).to_have_text("Models")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        control.describe_project(ProjectName="hinges")


def test_what_is_not_there_is_said(visit_as: VisitAs, trained: Any) -> None:
    page = visit_as("viewer", f"{PROJECT}&version=9").page
    expect(page.get_by_text(f"Project {TRAINED} has no version 9")).to_be_visible()
    tab = visit_as("viewer", "lines.html")
    tab.refusals.add(404)
    tab.open("models.html?project=nobody")
    expect(tab.page.get_by_role("heading", name="Not found")).to_be_visible()
