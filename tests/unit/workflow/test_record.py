from __future__ import annotations

from datetime import timedelta

import pytest

from sightline.adapters.memory import MemoryInspectionTable, MemoryMetrics
from sightline.domain.inspections import Verdict
from sightline.workflow.record import RecordDeps, record
from tests.examples import NOON, inspection


@pytest.fixture
def deps() -> RecordDeps:
    return RecordDeps(
        MemoryInspectionTable(),
        MemoryMetrics(),
        clock=lambda: NOON + timedelta(seconds=2),
        uncertain_below=0.7,
    )


def test_an_image_is_recorded_and_counted_once_however_often_it_comes(deps: RecordDeps) -> None:
    first = record(inspection(), deps)
    again = record(inspection(confidence=0.5, verdict=Verdict.NORMAL), deps)
    assert again == first
    assert deps.metrics.total("ProcessedImageCount") == 1  # type: ignore[attr-defined]


def test_metrics_tell_what_happened_by_project_and_line_and_in_all(deps: RecordDeps) -> None:
    record(inspection(), deps)
    values, dimensions = deps.metrics.emitted[0]  # type: ignore[attr-defined]
    assert dimensions == ({"Project": "castings", "Line": "press-1"}, {"Scope": "all"})
    assert values["DetectedAnomalyCount"] == (1, "Count")
    assert values["CaptureToRecord"] == (2.0, "Seconds")
    assert values["Time"] == (17.5, "Milliseconds")


@pytest.mark.parametrize(
    ("reason", "counted"), [("not_an_image", "InvalidImageCount"), ("no_model", "ErrorCount")]
)
def test_a_bad_picture_and_a_missing_model_count_apart(
    deps: RecordDeps, reason: str, counted: str
) -> None:
    record(inspection(verdict=Verdict.NOT_INSPECTED, reason=reason, confidence=None), deps)
    totals = {name: deps.metrics.total(name) for name in ("InvalidImageCount", "ErrorCount")}  # type: ignore[attr-defined]
    assert totals == {"InvalidImageCount": 0, "ErrorCount": 0, counted: 1}


def test_a_camera_clock_that_runs_ahead_gives_no_negative_age(deps: RecordDeps) -> None:
    record(inspection(captured_at=NOON + timedelta(hours=1)), deps)
    assert deps.metrics.total("CaptureToRecord") == 0  # type: ignore[attr-defined]
