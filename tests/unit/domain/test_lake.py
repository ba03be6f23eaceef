from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sightline.domain import lake, lake_rows
from sightline.domain.errors import InvalidError
from sightline.domain.inspections import Region, Verdict
from sightline.domain.lake_rows import Form
from tests.examples import NOON, camera, recorded
from tests.stream_examples import PLANT

FORM = Form(recorded(), sequence=1)


def test_a_row_has_every_column_and_no_other() -> None:
    row = lake_rows.row(FORM, None, PLANT, "eu-west-1")
    assert list(row) == list(lake.TYPES)


def test_a_row_says_what_queries_ask_for() -> None:
    known, _ = camera(name="Oben", line_name="Presse 1", facility_name="Werk Leipzig")
    regions = (
        Region(1, 2, 3, 4, 0.25, 0.9, "scratch"),
        Region(5, 6, 7, 8, 0.125, 0.8, "dent"),
        Region(9, 9, 9, 9, 0.5, 0.7, "scratch"),
        Region(9, 9, 9, 9, 0.0, 0.7),
    )
    found = recorded(regions=regions)
    form = Form(replace(found, recorded_at=NOON + timedelta(seconds=2.5)), sequence=1)
    row = lake_rows.row(form, known, PLANT, "eu-west-1")
    expected = {
        "image": "press-1-top#part 0001 größe",
        "camera_name": "Oben",
        "line_name": "Presse 1",
        "facility_name": "Werk Leipzig",
        "captured_at": "2026-03-14T12:00:05.250Z",
        "dt": "2026-03-14",
        "hour": 13,
        "weekday": 6,
        "shift": "early",
        "severity": "high",
        "defect_count": 4,
        "defect_types": ["dent", "scratch"],
        "defect_area": 0.875,
        "latency_ms": 2500.0,
        "metadata": '{"shift": "früh"}',
        "review_outcome": None,
    }
    assert {name: row[name] for name in expected} == expected


def test_an_unknown_camera_goes_by_the_ids() -> None:
    row = lake_rows.row(FORM, None, PLANT, "eu-west-1")
    assert (row["camera_name"], row["line_name"]) == ("press-1-top", "press-1")
    assert row["facility_name"] == "leipzig"


def test_what_was_not_inspected_has_a_reason_and_no_scores() -> None:
    refused = recorded(
        verdict=Verdict.NOT_INSPECTED,
        reason="too_small",
        confidence=None,
        score=None,
        regions=(),
        captured_at=NOON + timedelta(minutes=1),  # a clock that runs ahead
    )
    row = lake_rows.row(Form(refused, 1), None, PLANT, "eu-west-1")
    assert (row["reason"], row["confidence"], row["defect_types"]) == ("too_small", None, [])
    assert row["latency_ms"] == 0


def test_a_row_is_one_line_of_json_as_it_was() -> None:
    row = lake_rows.row(FORM, None, PLANT, "eu-west-1")
    line = lake_rows.encode(row)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == row


def test_a_value_of_another_type_is_refused_by_its_column() -> None:
    with pytest.raises(InvalidError, match="width is 'wide', not int"):
        lake_rows.row(Form(recorded(width="wide"), 1), None, PLANT, "eu-west-1")
    with pytest.raises(InvalidError, match="sequence is True, not bigint"):
        lake_rows.row(Form(recorded(), sequence=True), None, PLANT, "eu-west-1")


@pytest.mark.parametrize("column", [*lake.COLUMNS, lake.PARTITION], ids=lambda c: c.name)
def test_the_catalog_takes_every_comment(column: lake.Column) -> None:
    assert 0 < len(column.comment) <= 255
    assert column.name == column.name.lower()
