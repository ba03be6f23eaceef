"""Analytics: charts of days and of the last minutes, links that carry the state, tables to take."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from sightline.domain.daily import daily_digest
from tests.site.browser import Visit
from tests.site.conftest import VisitAs, sign_in
from tests.site.factory import Factory

RUNS = "/analytics/runs"


@pytest.fixture
def factory(factory: Factory, tmp_path: Path) -> Factory:
    """All that was sent is in the lake."""
    factory.stack.write_lake(tmp_path / "lake")
    return factory


def figure(page: Page, name: str) -> Locator:
    """The value of a headline figure."""
    return page.locator(".figure", has=page.get_by_text(name, exact=True)).locator("dd")


def drawn(page: Page) -> Locator:
    return page.locator(".chart canvas")


def rounds(tab: Visit) -> list[dict[str, Any]]:
    """The bodies of the rounds of queries that a tab begins from now on."""
    found: list[dict[str, Any]] = []

    def look(request: Request) -> None:
        path = urlsplit(request.url).path
        if request.method == "POST" and path.startswith("/analytics/"):
            assert path == RUNS
            body = request.post_data_json
            assert body is not None
            found.append(body)

    tab.page.on("request", look)
    return found


def test_a_view_is_one_round_of_queries_and_its_link_shows_the_same(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("viewer", "lines.html")
    begun = rounds(tab)
    page = tab.open("analytics.html")
    expect(figure(page, "Images")).to_have_text(str(len(factory.rows())))
    expect(drawn(page).nth(7)).to_be_visible()
    assert len(begun) == 1

    page.get_by_label("Line", exact=True).select_option("Press 1")
    page.get_by_role("radio", name="Today").check()
    of_line = sum(row.image.startswith("press-1") for row in factory.rows())
    expect(figure(page, "Images")).to_have_text(str(of_line))
    assert parse_qs(urlsplit(page.url).query) == {"line": ["press-1"], "range": ["today"]}
    assert len(begun) == 3
    page.goto(page.url)
    expect(figure(page, "Images")).to_have_text(str(of_line))
    expect(page.get_by_role("radio", name="Today")).to_be_checked()


def test_rows_stand_behind_every_chart_as_a_table(visit_as: VisitAs, factory: Factory) -> None:
    page = visit_as("viewer", "analytics.html").page
    chart = page.get_by_role("region", name="Defects by line", exact=True)
    chart.get_by_text("Rows as a table").click()
    expect(chart.get_by_role("row")).to_have_count(1 + 2)
    expect(chart.get_by_role("cell", name="Press 2", exact=True)).to_be_visible()
    drawn_one = chart.get_by_role("img").filter(has=page.locator("canvas"))
    expect(drawn_one).to_have_accessible_name(re.compile("Defects by line. Bars: "))


def test_the_daily_mails_link_leads_to_its_day(visit_as: VisitAs, factory: Factory) -> None:
    today = datetime.now(UTC).date()
    told = daily_digest(today, [], [], site_url=factory.url)
    tab = visit_as("viewer", str(told.body["link"]).removeprefix(f"{factory.url}/"))
    page = tab.page
    for label in ("First day", "Last day"):
        expect(page.get_by_label(label)).to_have_value(today.isoformat())
    expect(figure(page, "Images")).not_to_have_text("0")


def test_a_day_is_the_plants_wherever_the_browser_is(visit_as: VisitAs, factory: Factory) -> None:
    tab = visit_as("viewer", "lines.html", timezone_id="America/New_York")
    plant = ZoneInfo("Pacific/Auckland")

    def elsewhere(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "timeZone": plant.key})

    tab.page.route("**/config.json", elsewhere)
    begun = rounds(tab)
    day = date(2026, 9, 27)  # when clocks go forward there
    page = tab.open(f"analytics.html?day={day}")
    expect(page.get_by_text("Pacific/Auckland")).to_be_visible()
    page.get_by_text("No images in these days").wait_for()
    (body,) = begun
    for query in body["queries"]:
        asked = query["parameters"]
        begin = datetime.combine(day, datetime.min.time(), plant)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), plant)
        assert datetime.fromisoformat(asked["from"]) == begin
        assert datetime.fromisoformat(asked["to"]) == end
        if query["query"] in {"over_time", "line_by_hour"}:
            assert asked["zone"] == plant.key


def test_the_last_minutes_are_counted_as_they_pass(visit_as: VisitAs, factory: Factory) -> None:
    factory.send("press-2-top", "normal")
    page = visit_as("viewer", "analytics.html?range=live&line=press-2").page
    images = figure(page, "Images")
    expect(drawn(page).first).to_be_visible()
    before = int(images.inner_text())
    assert before >= 1
    factory.send("press-2-top", "anomaly")
    expect(images).to_have_text(str(before + 1))


def test_a_days_table_can_be_taken_and_is_of_what_is_chosen(
    visit_as: VisitAs, factory: Factory, tmp_path: Path
) -> None:
    page = visit_as("viewer", "analytics.html?range=today&line=press-1").page
    page.get_by_role("button", name="CSV").click()
    links = page.locator(".card", has_text="One day's table").get_by_role("link")
    with page.expect_download() as download:
        links.first.click()
    download.value.save_as(tmp_path / "day.csv")
    rows = list(csv.DictReader((tmp_path / "day.csv").open(encoding="utf-8")))
    assert {row["line"] for row in rows} == {"press-1"}
    assert len(rows) == sum(row.image.startswith("press-1") for row in factory.rows())

    page.get_by_label("Line", exact=True).select_option("Press 2")
    expect(links).to_have_count(0)
    page.get_by_role("button", name="Parquet").click()
    expect(links.first).to_contain_text(".parquet")


def test_charts_that_could_not_be_loaded_are_tried_again(visit_as: VisitAs) -> None:
    tab = visit_as("viewer", "lines.html")
    tab.refusals.add(503)
    failing = ["vega-lite.js", "vega-interpreter.js"]
    for name in failing:
        # the address of a module is another one at the second try
        tab.page.route(
            re.compile(rf"/vendor/{name}"), lambda route: route.fulfill(status=503), times=1
        )
    page = tab.open("analytics.html")
    chart = page.get_by_role("region", name="Images over time")
    again = chart.get_by_role("button", name="Try again")
    for _ in failing:
        expect(chart.get_by_role("alert")).to_contain_text("Check the network")
        again.click()
    expect(drawn(page).nth(5)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_session_that_ended_leads_back_to_the_same_charts(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("viewer", "analytics.html?range=today")
    expect(figure(tab.page, "Images")).to_be_visible()
    tab.refusals |= {400, 403}
    factory.end_session("viewer")
    tab.page.get_by_label("Line", exact=True).select_option("Press 2")
    expect(tab.page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(tab, "viewer", factory.passwords["viewer"])
    expect(tab.page.get_by_role("radio", name="Today")).to_be_checked()
    expect(tab.page.get_by_label("Line", exact=True)).to_have_value("press-2")


def test_a_round_whose_answer_was_lost_is_asked_for_again(visit_as: VisitAs) -> None:
    tab = visit_as("viewer", "lines.html")
    tab.refusals.add(503)
    tab.page.route(f"**{RUNS}", lambda route: route.fulfill(status=503), times=1)
    begun = rounds(tab)
    page = tab.open("analytics.html")
    expect(figure(page, "Images")).to_be_visible()
    assert len(begun) == 2
