"""The last minutes from the table are what the lake will say of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.adapters.analytics_memory import MemoryQueryEngine, MemoryResultFiles
from sightline.adapters.memory import MemoryCameraRegistry, MemoryInspectionTable
from sightline.domain import lake, times
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Recorded, Region, Verdict
from sightline.domain.lake_rows import Form, encode, row
from sightline.domain.plant import Plant
from sightline.domain.queries.declaration import load
from sightline.local.firehose import parquet_files
from sightline.workflow.analytics import runs
from sightline.workflow.analytics.live import live
from sightline.workflow.analytics.ports import AnalyticsDeps
from tests.examples import camera, recorded
from tests.lake_engine import QUERIES, answering

CATALOGUE = load(QUERIES)
PLANT = Plant.parse("Europe/Berlin", ["early=06:00", "late=14:00"])
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]
# Midnight in UTC, and the end of summer time in Berlin.
NIGHTS = [datetime(2026, 11, 9, 0, 2, 5, tzinfo=UTC), datetime(2026, 10, 25, 1, 3, tzinfo=UTC)]
CAMERAS = [
    camera(camera_id=f"{facility}-{line}", facility=facility, line=line, line_name=f"Line {line}")[
        0
    ]
    for facility in ("leipzig", "turin")
    for line in ("1", "2")
]
SCHEMA = parquet_files.schema(
    [{"Name": column.name, "Type": column.type} for column in (*lake.COLUMNS, lake.PARTITION)]
)


@st.composite
def inspections(draw: st.DrawFn, now: datetime) -> list[Recorded]:
    """Some of the last and the next minutes, on all lines, at the edges of minutes too."""
    seconds = st.one_of(st.integers(-180, 1200), st.sampled_from([-55, 5, 65, 845, 905]))
    found = []
    for number, ago in enumerate(draw(st.lists(seconds, max_size=12))):
        place = draw(st.sampled_from(CAMERAS))
        found.append(
            recorded(
                ref=ImageRef(place.camera_id, str(number)),
                facility=place.facility,
                line=place.line,
                project=draw(st.sampled_from(["castings", "gears"])),
                captured_at=now - timedelta(seconds=ago),
                verdict=draw(st.sampled_from(Verdict)),
                regions=(Region(1, 2, 3, 4, 0.1, 0.9),) * draw(st.integers(0, 2)),
            )
        )
    return found


def in_lake(found: list[Recorded]) -> pa.Table:
    """Rows as the stream makes them; each form twice, as when a batch comes again."""
    by_id = {one.camera_id: one for one in CAMERAS}
    forms = [
        row(Form(one, sequence), by_id[one.inspection.ref.camera_id], PLANT, "eu-west-1")
        for one in found
        for sequence in (1, 2, 1)
    ]
    lines = [parquet_files.converted(encode(values), SCHEMA) for values in forms]
    return pa.Table.from_pylist(lines, schema=SCHEMA)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_live_answers_are_those_of_the_lake(data: st.DataObject) -> None:
    now = data.draw(st.sampled_from(NIGHTS))
    found = data.draw(inspections(now))
    zone = data.draw(st.sampled_from(ZONES))
    where = data.draw(st.sampled_from([{}, {"facility": "turin"}, {"project": "gears"}]))
    table = MemoryInspectionTable()
    for one in found:
        table.record(one)
    deps = AnalyticsDeps(
        queries=CATALOGUE,
        engine=MemoryQueryEngine(lambda: now, answering(in_lake(found))),
        files=MemoryResultFiles(),
        cameras=MemoryCameraRegistry(*CAMERAS),
        inspections=table,
        clock=lambda: now,
        sleep=lambda _: None,
        unload_to="s3://results/days/",
        run_seconds=60,
    )
    seen = live(15, zone, where, deps)
    assert not seen.shortened
    period = {"from": times.to_wire(seen.begin), "to": times.to_wire(seen.end)}
    more: dict[str, dict[str, Any]] = {"over_time": {"bucket": "minute", "zone": zone}}
    for name, (_, rows) in seen.results.items():
        asked = runs.ask(name, {**period, **where, **more.get(name, {})}, deps)
        (run,) = runs.look([asked], deps)
        assert list(run.rows or ()) == list(rows), name
