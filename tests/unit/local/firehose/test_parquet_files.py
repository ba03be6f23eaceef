"""Rows through the converter and back."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.domain import lake, lake_rows, times
from sightline.domain.errors import InvalidError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Region
from sightline.domain.lake_rows import Form
from sightline.local.firehose.parquet_files import converted, schema, written
from tests.examples import NOON, recorded
from tests.stream_examples import PLANT

LAKE = schema([{"Name": c.name, "Type": c.type} for c in lake.COLUMNS])


def through(line: bytes) -> dict[str, Any]:
    """What a reader sees of a row."""
    file = written([converted(line, LAKE)], LAKE, "SNAPPY")
    (row,) = pq.read_table(io.BytesIO(file)).to_pylist()
    return dict(row)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SHARE = st.floats(0, 1, allow_nan=False)
REGIONS = st.builds(
    Region,
    x=st.integers(0, 9),
    y=st.integers(0, 9),
    width=st.integers(1, 9),
    height=st.integers(1, 9),
    area=SHARE,
    score=SHARE,
    label=st.none() | TEXT,
)
CHANGES = st.fixed_dictionaries(
    {
        "ref": st.builds(ImageRef, TEXT, TEXT),
        "captured_at": st.datetimes(
            datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
        ),
        "confidence": st.none() | SHARE,
        "score": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "width": st.none() | st.integers(1, 2**31 - 1),
        "reason": st.none() | TEXT,
        "regions": st.lists(REGIONS, max_size=3).map(tuple),
        "metadata": st.dictionaries(TEXT, TEXT, max_size=3),
    }
)


@settings(deadline=None)
@given(changes=CHANGES, sequence=st.integers(1, 2**63 - 1), reviewed=st.booleans())
def test_a_row_reads_back_as_it_was(changes: dict[str, Any], sequence: int, reviewed: bool) -> None:
    form = Form(recorded(**changes), sequence, reviewed_at=NOON if reviewed else None)
    row = lake_rows.row(form, None, PLANT, "eu-west-1")
    expected = {name: value for name, value in row.items() if name != lake.PARTITION.name}
    for name in ("captured_at", "recorded_at", "reviewed_at"):
        if expected[name]:
            expected[name] = times.from_wire(expected[name]).replace(tzinfo=None)
    assert through(lake_rows.encode(row)) == expected


@pytest.mark.parametrize(
    "written_as",
    [
        '"2026-03-14T12:00:05.250Z"',
        '"2026-03-14T12:00:05.25012Z"',
        '"2026-03-14 12:00:05.25"',
        "1773489605250",
        "1773489605.25",
    ],
)
def test_times_are_read_as_firehose_reads_them(written_as: str) -> None:
    row = converted(f'{{"captured_at": {written_as}}}'.encode(), LAKE)
    moment = row["captured_at"]
    assert abs(moment - NOON.replace(tzinfo=None)) < timedelta(milliseconds=1)


def test_members_may_be_missing_unknown_or_in_capitals() -> None:
    row = converted(b'{"IMAGE": "a#1", "nobody": {"knows": 1}}', LAKE)
    assert row["image"] == "a#1"
    assert set(row) == set(LAKE.names)
    assert [name for name, value in row.items() if value is not None] == ["image"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json", "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (json.dumps({"width": "wide"}).encode(), "Column width"),
        (json.dumps({"width": 2**40}).encode(), "Column width"),
        (json.dumps({"captured_at": "yesterday"}).encode(), "Column captured_at"),
        (json.dumps({"captured_at": [1]}).encode(), "Column captured_at"),
        (json.dumps({"defect_types": "scratch"}).encode(), "Column defect_types"),
        (json.dumps({"defect_types": [1]}).encode(), "Column defect_types"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_column(line: bytes, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        converted(line, LAKE)


def test_a_type_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidError, match="map<string,int>"):
        schema([{"Name": "tags", "Type": "map<string,int>"}])
