"""Record: an inspection is stored once, however often it comes."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.domain.inspections import Inspection, Recorded, Verdict
from sightline.domain.metrics import EVERYTHING
from sightline.domain.times import Clock
from sightline.workflow.ports import InspectionTable, Metrics


@dataclass(frozen=True)
class RecordDeps:
    """What recording needs."""

    inspections: InspectionTable
    metrics: Metrics
    clock: Clock
    uncertain_below: float


def record(inspection: Inspection, deps: RecordDeps) -> Recorded:
    """The record that stands: this one, or the one stored by an earlier delivery.

    Metrics are emitted only by the delivery that stored the record, so counts are exact.
    """
    now = deps.clock()
    recorded = Recorded(
        inspection=inspection,
        recorded_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        severity=inspection.severity(deps.uncertain_below),
    )
    standing = deps.inspections.record(recorded)
    if standing is not None:
        return standing
    deps.metrics.emit(_metrics(recorded), _dimensions(inspection), EVERYTHING)
    return recorded


def _dimensions(inspection: Inspection) -> dict[str, str]:
    return {"Project": inspection.project, "Line": inspection.line}


def _metrics(recorded: Recorded) -> dict[str, tuple[float, str]]:
    found = recorded.inspection
    failed = found.verdict is Verdict.NOT_INSPECTED
    age = (recorded.recorded_at - found.captured_at).total_seconds()
    values: dict[str, tuple[float, str]] = {
        "ProcessedImageCount": (1, "Count"),
        "DetectedAnomalyCount": (int(found.verdict is Verdict.ANOMALOUS), "Count"),
        "InvalidImageCount": (int(found.is_invalid_image), "Count"),
        "ErrorCount": (int(failed and not found.is_invalid_image), "Count"),
        "CaptureToRecord": (max(age, 0.0), "Seconds"),
    }
    if found.detect_ms is not None:
        values["Time"] = (found.detect_ms, "Milliseconds")
    if found.confidence is not None:
        values["Confidence"] = (found.confidence, "None")
    return values
