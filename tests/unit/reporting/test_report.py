"""A report tells what the services answered, and nothing that they did not."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.queries.rates import interval
from sightline.reporting.gather import CHARTS, LOOKED_AT, Defect, Findings, ask, gather
from sightline.reporting.page import change, page
from sightline.reporting.subject import Subject, day_of, week_of

COUNTS = {
    "images": 103, "inspected": 100, "anomalies": 7, "not_inspected": 3,
    "anomaly_rate": 0.07, "anomaly_rate_low": 0.034, "anomaly_rate_high": 0.137,
}  # fmt: skip
LINE = {
    "facility": "leipzig",
    "facility_name": "Leipzig",
    "line": "press-1",
    "line_name": "Press 1",
}
ROWS: dict[str, list[dict[str, Any]]] = {
    "totals": [{**COUNTS, "defects": 9}],
    "by_line": [{**LINE, **COUNTS}],
    "over_time": [{"start": "2026-11-23T08:00:00+01:00", **COUNTS}],
}
LOCATION = {"CameraId": "press-1-top", "Line": "press-1", "Facility": "leipzig"}


def picture(colour: str = "white") -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stored, "PNG")
    return stored.getvalue()


def inspection(
    image: str, confidence: float, at: str = "2026-11-23T09:00:00.000Z"
) -> dict[str, Any]:
    return {
        **LOCATION, "ImageId": image, "CapturedAt": at, "Confidence": confidence,
        "Review": None, "PictureUrl": f"https://pictures/{image}", "MapUrl": None,
    }  # fmt: skip


class FakeService:
    """Answers as the analytics and the control service do; runs end when they are polled."""

    def __init__(
        self, inspections: list[dict[str, Any]] | None = None, state: str = "queued"
    ) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.days: list[str] = []
        self._inspections = inspections or []
        self._state = state

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        assert path == "/runs"
        self.asked = [(one["query"], one["parameters"]) for one in body["queries"]]
        runs = [self._run(str(number), name) for number, (name, _) in enumerate(self.asked)]
        return {"runs": [{**run, "state": self._state, "rows": None} for run in runs]}

    def get(self, path: str, **query: Any) -> Any:
        if path == "/runs":
            numbers = query["ids"].split(",")
            return {"runs": [self._run(number, self.asked[int(number)][0]) for number in numbers]}
        assert path == "/sightline/inspections"
        self.days.append(query["day"])
        found = [one for one in self._inspections if one["CapturedAt"][:10] == query["day"]]
        begin = int(query["cursor"] or 0)
        end = begin + query["limit"]
        following = str(end) if end < len(found) else None
        return {"Inspections": found[begin:end], "NextCursor": following}

    def fetch(self, url: str) -> bytes | None:
        return None if url.endswith("gone") else picture()

    def _run(self, number: str, query: str) -> dict[str, Any]:
        rows = ROWS.get(query, [])
        done = {"state": "succeeded", "rows": rows, "cursor": None, "error": None}
        return {"run": number, "query": query, **done}


def report_of(subject: Subject, *inspections: dict[str, Any], pictures: int = 12) -> Findings:
    return gather(subject, FakeService(), FakeService(list(inspections)), pictures=pictures)


@pytest.fixture
def monday() -> Subject:
    return day_of("2026-11-23", "Europe/Berlin", {})


def test_a_day_is_one_of_the_plants_zone() -> None:
    day = day_of("2026-10-25", "Europe/Berlin", {})
    assert day.parameters == {"from": "2026-10-24T22:00:00.000Z", "to": "2026-10-25T23:00:00.000Z"}
    assert day.title == "Sunday, 25 October 2026"
    assert day.bucket == "hour"


def test_a_week_begins_on_monday_and_is_drawn_by_the_day() -> None:
    week = week_of("2026-W48", "UTC", {"line": "press-1"})
    assert week.title == "23 November 2026 to 29 November 2026"
    assert week.bucket == "day"
    assert week.before.title == "16 November 2026 to 22 November 2026"
    assert week.parameters["line"] == "press-1"


@pytest.mark.parametrize("text", ["2026-11-31", "today", "2026-W48"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="2026-11-23"):
        day_of(text, "UTC", {})


@pytest.mark.parametrize("text", ["2026-W54", "2026-48", "2026-11-23"])
def test_a_week_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="2026-W48"):
        week_of(text, "UTC", {})


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidError, match="Europe/Berlin"):
        day_of("2026-11-23", "Mars/Olympus", {})


def test_all_queries_are_asked_at_once_and_the_time_before_too(monday: Subject) -> None:
    analytics = FakeService()
    found = gather(monday, analytics, FakeService(), pictures=0)
    names = [name for name, _ in analytics.asked]
    assert names[0] == names[-1] == "totals"
    assert len(names) <= 16  # what the service takes in one call
    assert analytics.asked[-1][1]["to"] == monday.parameters["from"]
    assert found.rows["totals"][0]["anomalies"] == 7


def test_a_query_that_fails_is_named() -> None:
    class Failing(FakeService):
        def _run(self, number: str, query: str) -> dict[str, Any]:
            error = {"code": "ScanLimitExceeded", "message": "It would read too much."}
            return {**super()._run(number, query), "state": "failed", "rows": None, "error": error}

    with pytest.raises(UnavailableError, match=r"totals has no answer: It would read too much\."):
        ask(Failing(), [("totals", {})])


def test_long_answers_are_read_to_their_end() -> None:
    pages = {None: ([{"hour": 0}], "2"), "2": ([{"hour": 1}], "3"), "3": ([{"hour": 2}], None)}

    class Long(FakeService):
        def get(self, path: str, **query: Any) -> Any:
            if path != "/runs/0":
                return super().get(path, **query)
            rows, cursor = pages[query["cursor"]]
            return {"rows": rows, "cursor": cursor}

        def _run(self, number: str, query: str) -> dict[str, Any]:
            rows, cursor = pages[None]
            return {**super()._run(number, query), "rows": rows, "cursor": cursor}

    (rows,) = ask(Long(), [("line_by_hour", {})])
    assert [row["hour"] for row in rows] == [0, 1, 2]


def test_the_surest_defects_are_shown_and_only_those_of_the_time(monday: Subject) -> None:
    early = inspection("early", 0.99, "2026-11-22T22:59:59.000Z")  # 23:59 in Berlin, the day before
    unsure, sure = inspection("unsure", 0.6), inspection("sure", 0.9)
    found = report_of(monday, unsure, sure, early)
    assert [one.values["ImageId"] for one in found.defects] == ["sure", "unsure"]
    assert [
        one.values["ImageId"] for one in report_of(monday, unsure, sure, pictures=1).defects
    ] == ["sure"]


def test_the_surest_of_all_pages_is_found_and_of_very_many_the_latest_are_looked_at(
    monday: Subject,
) -> None:
    many = [inspection(f"{n}", 0.5 + n / 10_000) for n in range(LOOKED_AT - 1)]
    found = report_of(monday, *many, pictures=1)
    assert found.defects[0].values["ImageId"] == str(LOOKED_AT - 2)
    assert not found.selected
    more = [*many, inspection("last", 0.5), inspection("never looked at", 0.99)]
    found = report_of(monday, *more, pictures=1)
    assert found.defects[0].values["ImageId"] == str(LOOKED_AT - 2)
    assert found.selected
    words = f"The surest of each line's latest {LOOKED_AT} defects"
    assert words in page(found, site="", made=datetime.now(UTC))


def test_a_picture_that_has_expired_is_left_out(monday: Subject) -> None:
    assert report_of(monday, inspection("gone", 0.9)).defects == []


def test_the_page_needs_nothing_from_elsewhere(monday: Subject) -> None:
    html = page(
        report_of(monday, inspection("part 1/ü", 0.9)),
        site="https://inspect.example.com/",
        made=datetime(2026, 11, 24, 6, tzinfo=UTC),
    )
    assert "Monday, 23 November 2026" in html
    assert html.count("<svg ") == 4  # of the queries that have rows
    assert "7.0 %" in html
    assert "data:image/jpeg;base64," in html
    for loaded in ('src="http', "<link", "<script", "@import", "url(http", 'url("http'):
        assert loaded not in html
    assert (
        "https://inspect.example.com/inspection.html?camera=press-1-top&amp;image=part%201%2F%C3%BC"
        in html
    )


def test_the_anomaly_map_colours_only_where_it_is_bright(monday: Subject) -> None:
    grey = Image.new("L", (64, 48), 0)
    grey.paste(255, (32, 0, 64, 48))
    stored = io.BytesIO()
    grey.save(stored, "PNG")
    one = Defect(inspection("part", 0.9), picture("white"), stored.getvalue())
    html = page(Findings(monday, _rows(), COUNTS, [one]), site="", made=datetime.now(UTC))
    [shown] = re.findall(r"data:image/jpeg;base64,([^\"]+)", html)
    seen = Image.open(io.BytesIO(base64.b64decode(shown)))
    left, right = (np.asarray(seen)[24, x].astype(int) for x in (8, 56))
    assert min(left) > 245
    assert right[0] > right[1] + 40 > right[2] + 60


def test_names_are_text_and_not_markup(monday: Subject) -> None:
    evil = {**inspection("x", 0.9), "Line": "<script>alert(1)</script>"}
    html = page(report_of(monday, evil), site="", made=datetime.now(UTC))
    assert "<script" not in html


def test_a_time_without_images_has_a_report_too(monday: Subject) -> None:
    nothing = dict.fromkeys(COUNTS, 0) | dict.fromkeys(
        ("anomaly_rate", "anomaly_rate_low", "anomaly_rate_high")
    )
    rows = {"totals": [{**nothing, "defects": 0}], "by_line": []}
    found = Findings(
        monday, {name: rows.get(name, []) for name in _queries_of_charts()} | rows, nothing, []
    )
    html = page(found, site="", made=datetime.now(UTC))
    assert "Nothing was inspected in this time." in html
    assert "<svg" not in html


def _rows() -> dict[str, list[dict[str, Any]]]:
    return {name: ROWS.get(name, []) for name in ["totals", *_queries_of_charts()]}


def _queries_of_charts() -> list[str]:
    from sightline.charts import catalog

    return [catalog.query(catalog.chart(name)) for name in CHARTS]


def rate(count: int, among: int) -> dict[str, Any]:
    found = interval(count, among)
    share, low, high = found or (None, None, None)
    return {"anomaly_rate": share, "anomaly_rate_low": low, "anomaly_rate_high": high}


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ((700, 10_000), (500, 10_000), "2.0 points more than before"),
        ((500, 10_000), (700, 10_000), "2.0 points less than before"),
        ((7, 100), (5, 100), "about as before (5.0 %)"),
        ((0, 0), (5, 100), "nothing to compare with"),
        ((5, 100), (0, 0), "nothing to compare with"),
    ],
)
def test_a_share_has_changed_only_where_it_is_no_chance(
    now: tuple[int, int], before: tuple[int, int], words: str
) -> None:
    assert change(rate(*now), rate(*before)) == words


@pytest.mark.parametrize(
    ("made", "said"), [("2026-11-23T12:00", True), ("2026-11-24T00:30", False)]
)
def test_a_time_that_is_not_over_is_said_to_be_so(monday: Subject, made: str, said: bool) -> None:
    moment = datetime.fromisoformat(made).replace(tzinfo=UTC)
    html = page(report_of(monday), site="", made=moment)
    assert ("not over yet" in html) is said
