"""Every query against what pandas and scipy make of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from bench import generated
from sightline.adapters.analytics_memory import MemoryQueryEngine, MemoryResultFiles
from sightline.adapters.memory import MemoryCameraRegistry, MemoryInspectionTable
from sightline.domain.queries.declaration import load
from sightline.workflow.analytics import runs
from sightline.workflow.analytics.ports import AnalyticsDeps, State
from tests.integration.analytics import expected
from tests.integration.analytics.expected import same
from tests.lake_engine import QUERIES, answering

Ask = Callable[..., list[dict[str, Any]]]
SIZES = [20_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
ALL = {"from": "2026-10-11T00:00:00Z", "to": "2026-11-10T00:00:00Z"}
# Ten days over the end of summer time, on one facility.
SOME = {"from": "2026-10-20T10:30:00Z", "to": "2026-10-30T06:15:30Z", "facility": "leipzig"}


@pytest.fixture(scope="module", params=SIZES)
def world(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, AnalyticsDeps]:
    """Generated rows in the latest form of each image, and the service over all of them."""
    rows = generated.table(request.param)
    clock = lambda: datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)  # noqa: E731
    deps = AnalyticsDeps(
        queries=load(QUERIES),
        engine=MemoryQueryEngine(clock, answering(rows)),
        files=MemoryResultFiles(),
        cameras=MemoryCameraRegistry(),
        inspections=MemoryInspectionTable(),
        clock=clock,
        sleep=lambda _: None,
        unload_to="s3://results/days/",
        run_seconds=60,
    )
    return expected.latest(rows.to_pandas()), deps


@pytest.fixture(params=[ALL, SOME], ids=["all", "some"])
def asked(
    request: pytest.FixtureRequest, world: tuple[pd.DataFrame, AnalyticsDeps]
) -> tuple[pd.DataFrame, Ask, Mapping[str, str]]:
    """The rows of a time, how to ask for it, and the time itself."""
    rows, deps = world
    given = request.param
    begin, end = (pd.Timestamp(given[name]).tz_localize(None) for name in ("from", "to"))
    inside = rows[(rows["captured_at"] >= begin) & (rows["captured_at"] < end)]
    if "facility" in given:
        inside = inside[inside["facility"] == given["facility"]]

    def ask(query: str, **more: Any) -> list[dict[str, Any]]:
        (run,) = runs.look([runs.ask(query, {**given, **more}, deps)], deps)
        assert run.state is State.SUCCEEDED, run.problem
        assert run.cursor is None
        return [
            {column.name: row[column.name] for column in run.query.columns}
            for row in run.rows or ()
        ]

    return inside, ask, given


Asked = tuple[pd.DataFrame, Ask, Mapping[str, str]]


def test_totals(asked: Asked) -> None:
    rows, ask, _ = asked
    same(ask("totals"), expected.totals(rows))


def test_by_place(asked: Asked) -> None:
    rows, ask, _ = asked
    places = {
        "by_facility": expected.LINE[:2],
        "by_line": expected.LINE,
        "by_camera": expected.CAMERA,
    }
    for query, keys in places.items():
        same(ask(query), expected.counts(rows, keys, keys[::2]))


def test_by_model(asked: Asked) -> None:
    rows, ask, _ = asked
    same(ask("by_model"), expected.by_model(rows))


@pytest.mark.parametrize("bucket", ["hour", "day", "week", "month"])
def test_over_time(asked: Asked, bucket: str) -> None:
    rows, ask, given = asked
    wanted = expected.over_time(rows, given["from"], given["to"], bucket)
    same(ask("over_time", bucket=bucket, zone=expected.Z), wanted)


@pytest.mark.parametrize("zone", [expected.Z, "America/St_Johns", "Asia/Kathmandu"])
def test_line_by_hour(asked: Asked, zone: str) -> None:
    rows, ask, _ = asked
    same(ask("line_by_hour", zone=zone), expected.line_by_hour(rows, zone))


def test_worst_cameras(asked: Asked) -> None:
    rows, ask, _ = asked
    found, wanted = ask("worst_cameras", limit=7), expected.worst_cameras(rows, 7)
    key = "anomaly_rate_low"
    assert [row[key] for row in found] == pytest.approx([row[key] for row in wanted], rel=1e-9)
    assert [row["rank"] for row in found] == list(range(1, len(wanted) + 1))


def test_confidence_histogram(asked: Asked) -> None:
    rows, ask, _ = asked
    wanted = expected.confidence(rows, [n / 20 for n in range(21)])
    wanted.insert(0, "bin", range(20))
    same(ask("confidence_histogram"), wanted.to_dict("records"))


def test_confidence_bands(asked: Asked) -> None:
    rows, ask, _ = asked
    wanted = expected.confidence(rows, [0.0, 0.75, 0.9, 1.0])
    wanted.insert(0, "band", ["low", "medium", "high"])
    same(ask("confidence_bands", medium_from=0.75), wanted.to_dict("records"))


def test_defect_types(asked: Asked) -> None:
    rows, ask, _ = asked
    same(ask("defect_types"), expected.defect_types(rows))


def test_review_outcomes(asked: Asked) -> None:
    rows, ask, _ = asked
    same(ask("review_outcomes"), expected.review_outcomes(rows))


def test_percentiles_are_right_to_one_rank_in_a_hundred(asked: Asked) -> None:
    rows, ask, _ = asked
    expected.right_latency(ask("latency"), rows)


def test_a_days_table_has_each_image_once_in_its_latest_form(
    world: tuple[pd.DataFrame, AnalyticsDeps],
) -> None:
    rows, deps = world
    hour = {"from": "2026-10-14T00:00:00Z", "to": "2026-10-14T00:20:00Z"}
    run = runs.ask("day", hour, deps)
    (first,) = runs.look([run], deps)
    found = list(first.rows or ())
    while first.cursor:
        (first,) = runs.look([run], deps, cursor=first.cursor)
        found += first.rows or ()
    begin, end = (pd.Timestamp(hour[name]).tz_localize(None) for name in ("from", "to"))
    inside = rows[(rows["captured_at"] >= begin) & (rows["captured_at"] < end)]
    wanted = inside.sort_values(["captured_at", "image"])
    assert [row["image"] for row in found] == list(wanted["image"])
    assert [row["sequence"] for row in found] == list(wanted["sequence"])
