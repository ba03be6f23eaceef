"""Each chart shows columns of its query, in words and colours that people can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from sightline.charts import catalog, render
from sightline.domain.errors import NotFoundError
from sightline.domain.queries.declaration import load
from tests.lake_engine import QUERIES

LOOKS = ("light", "dark")


def values(found: Any, key: str) -> Iterator[Any]:
    """Everything that stands under `key`, at any depth."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(found, list):
        for item in found:
            yield from values(item, key)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", catalog.names())
def test_a_chart_says_what_it_shows(name: str) -> None:
    spec = catalog.chart(name)
    assert spec["title"]
    assert spec["description"].endswith(".")
    assert spec["data"] == {"name": "rows"}


def fields_of(spec: Any) -> tuple[set[str], set[str]]:
    """The fields that a chart reads, and those that its own transforms make."""
    given = {name for name in values(spec, "field") if isinstance(name, str)}
    grouped = {name for names in values(spec, "groupby") for name in names}
    folded = {name for names in values(spec, "fold") for name in names}
    written = re.findall(r"datum\.(\w+)|datum\['([^']+)'\]", str(spec))
    read = given | grouped | folded | {one or other for one, other in written}
    made = set[str]()
    for name in values(spec, "as"):
        made |= {name} if isinstance(name, str) else set(name)
    return read, made


@pytest.mark.parametrize("name", catalog.names())
def test_a_chart_reads_only_what_its_query_answers(name: str) -> None:
    spec = catalog.chart(name)
    columns = {column.name for column in load(QUERIES)[catalog.query(spec)].columns}
    read, made = fields_of(spec)
    assert read
    assert read - made <= columns
    assert not made & columns, "a column and what a transform makes of it have one name"
    assert {spec["usermeta"].get("counts")} - {None} <= columns


@pytest.mark.parametrize("name", catalog.names())
def test_a_chart_without_rows_can_be_drawn(name: str) -> None:
    picture = ElementTree.fromstring(render.svg(catalog.chart(name), []))  # noqa: S314 - our own
    assert picture.tag.endswith("svg")


@pytest.mark.parametrize("name", catalog.names())
def test_colours_come_from_the_theme(name: str) -> None:
    """No chart has a colour of its own: it would be unreadable in the other look."""
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb", str(catalog.chart(name)))


@pytest.mark.parametrize("look", LOOKS)
def test_text_and_marks_stand_out(look: str) -> None:
    theme = catalog.theme(look)
    back = theme["background"]
    for text in {*values(theme["axis"], "labelColor"), *values(theme["axis"], "titleColor")}:
        assert contrast(text, back) >= 4.5
    assert contrast(theme["title"]["color"], back) >= 4.5
    for mark in [*theme["range"]["category"], theme["style"]["defect"]["color"]]:
        assert contrast(mark, back) >= 3


def test_rows_become_marks() -> None:
    row = {
        "facility": "north",
        "facility_name": None,
        "line": "press-1",
        "line_name": "Press 1",
        "anomalies": 7,
        "inspected": 100,
        "anomaly_rate": 0.07,
    }
    drawn = render.svg(catalog.chart("defects_by_line"), [row])
    assert "north · Press 1" in drawn
    assert "7.0%" in drawn
    assert catalog.theme("light")["style"]["defect"]["color"] in drawn


def step(start: str, *, inspected: int = 5) -> dict[str, Any]:
    rate, low, high = (0.2, 0.04, 0.62) if inspected else (None, None, None)
    return {
        "start": f"2026-10-25T{start}", "images": 5, "inspected": inspected, "anomalies": 1,
        "not_inspected": 5 - inspected, "anomaly_rate": rate, "anomaly_rate_low": low,
        "anomaly_rate_high": high,
    }  # fmt: skip


AUTUMN = [
    step(start)
    for start in ("01:00:00+02:00", "02:00:00+02:00", "02:00:00+01:00", "03:00:00+01:00")
]


@pytest.mark.parametrize("rows", [AUTUMN, AUTUMN[1:3], AUTUMN[2:]])
def test_both_hours_that_clocks_show_twice_are_drawn(rows: list[dict[str, Any]]) -> None:
    drawn = render.svg(catalog.chart("images_over_time"), rows)
    bars = re.findall(r'From: [^"]*" [^>]*d="M([\d.]+),[\d.]+h([\d.]+)v', drawn)
    ends = [(float(left), float(left) + float(width)) for left, width in bars]
    assert len(ends) == len(rows)
    assert all(right - left > 1 for left, right in ends)
    assert all(right <= left + 0.01 for (_, right), (left, _) in pairwise(ends))


def test_a_share_that_stands_alone_has_its_interval_too() -> None:
    rows = [step("05:00:00+01:00"), step("06:00:00+01:00", inspected=0), step("07:00:00+01:00")]
    spec = catalog.chart("share_over_time")
    assert len(re.findall("<line [^>]*anomaly_rate_low: 0.04", render.svg(spec, rows))) == 2
    assert "<line aria-label" not in render.svg(spec, AUTUMN), "the band shows those side by side"


def test_cells_of_a_few_images_are_faint() -> None:
    cell: dict[str, Any] = {
        "facility": "north",
        "facility_name": None,
        "line": "a",
        "line_name": None,
    }
    cell |= {"anomaly_rate": 0.5, "anomaly_rate_low": 0.1, "anomaly_rate_high": 0.9}
    rows = [{**cell, "hour": n, "inspected": n, "anomalies": n // 2} for n in (2, 19)]
    rows.append({**cell, "hour": 3, "inspected": 30, "anomalies": 15})
    drawn = render.svg(catalog.chart("line_by_hour"), rows)
    found = re.findall(r'Inspected: (\d+)"[^>]* opacity="([\d.]+)"', drawn)
    assert found == [("2", "0.35"), ("19", "0.35"), ("30", "1")]


def test_cameras_of_one_name_are_told_apart() -> None:
    camera: dict[str, Any] = {
        "anomalies": 3,
        "inspected": 30,
        "anomaly_rate": 0.1,
        "line_name": None,
    }
    camera |= {"anomaly_rate_low": 0.03, "anomaly_rate_high": 0.26}
    rows = [
        {**camera, "rank": 1, "camera": "c1", "camera_name": "Top", "line": "a"},
        {**camera, "rank": 2, "camera": "c2", "camera_name": "Top", "line": "b"},
        {**camera, "rank": 3, "camera": "c3", "camera_name": "Side", "line": "b"},
    ]
    drawn = render.svg(catalog.chart("worst_cameras"), rows)
    assert re.findall(r">([^<>]*(?:Top|Side)[^<>]*)<", drawn) == [
        "Top · c1, a",
        "Top · c2, b",
        "Side",
    ]


def test_labels_beside_the_longest_bar_are_not_cut_off() -> None:
    row = {"defect_type": "scratch", "images": 30, "anomaly_share": 1.0, "anomalies": 30}
    drawn = render.svg(catalog.chart("defect_types"), [row], width=400)
    at = re.search(r'translate\(([\d.]+),[\d.]+\)"[^>]*>100%<', drawn)
    frame = re.search(r'viewBox="0 0 (\d+)', drawn)
    assert at
    assert frame
    assert float(at[1]) + 40 <= int(frame[1])  # "100%" is less than 40 pixels wide


def test_a_chart_of_counts_that_are_all_zero_has_nothing_to_show() -> None:
    spec = catalog.chart("review_outcomes")
    assert not catalog.has_content(spec, [])
    assert not catalog.has_content(spec, [{"reviewed": 0}])
    assert catalog.has_content(spec, [{"reviewed": 0}, {"reviewed": 1}])
    assert catalog.has_content(catalog.chart("latency"), [{"line": "press-1"}])


def test_a_picture_is_sharp_on_dense_screens() -> None:
    picture = render.png(catalog.chart("defect_types"), [], width=300)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) >= 600


def test_an_unknown_chart_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(NotFoundError, match="worst_cameras"):
        catalog.chart("pie")
