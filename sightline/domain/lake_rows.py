"""Rows of the lake: an inspection in one of its forms, with what queries ask for beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.domain import lake, times
from sightline.domain.cameras import Camera
from sightline.domain.errors import InvalidError
from sightline.domain.inspections import Recorded
from sightline.domain.plant import Plant


@dataclass(frozen=True)
class Form:
    """An inspection as it stood after one change; `sequence` counts the changes from 1."""

    recorded: Recorded
    sequence: int
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    review_outcome: str | None = None
    review_verdict: str | None = None


def row(form: Form, camera: Camera | None, plant: Plant, region: str) -> dict[str, Any]:
    """The row of a form, by column; `camera` is None when the registry does not know it.

    `InvalidError` names the columns whose values are not of their type.
    """
    found = form.recorded.inspection
    local = plant.local(found.captured_at)
    waited = form.recorded.recorded_at - found.captured_at
    values = {
        "image": found.ref.pk,
        "camera": found.ref.camera_id,
        "camera_name": (camera and camera.name) or found.ref.camera_id,
        "image_id": found.ref.image_id,
        "project": found.project,
        "facility": found.facility,
        "facility_name": (camera and camera.facility_name) or found.facility,
        "line": found.line,
        "line_name": (camera and camera.line_name) or found.line,
        "region": region,
        "captured_at": times.to_wire(found.captured_at),
        "recorded_at": times.to_wire(form.recorded.recorded_at),
        "hour": local.hour,
        "weekday": local.isoweekday(),
        "shift": plant.shift(found.captured_at),
        "verdict": found.verdict.value,
        "reason": found.reason,
        "severity": form.recorded.severity.value,
        "confidence": found.confidence,
        "score": found.score,
        "threshold": found.threshold,
        "model_version": found.model_version,
        "width": found.width,
        "height": found.height,
        "defect_count": len(found.regions),
        "defect_types": sorted({region.label for region in found.regions if region.label}),
        "defect_area": sum((region.area for region in found.regions), 0.0),
        "detect_ms": found.detect_ms,
        "latency_ms": max(waited.total_seconds() * 1000, 0.0),
        "reviewed_at": times.to_wire(form.reviewed_at) if form.reviewed_at else None,
        "reviewed_by": form.reviewed_by,
        "review_outcome": form.review_outcome,
        "review_verdict": form.review_verdict,
        "metadata": json.dumps(dict(found.metadata), ensure_ascii=False, sort_keys=True),
        "bucket": found.bucket,
        "object_key": found.key,
        "map_key": found.map_key,
        "sequence": form.sequence,
        lake.PARTITION.name: found.captured_at.strftime("%Y-%m-%d"),
    }
    _check(values)
    return values


def encode(values: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON."""
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n"


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "timestamp": str,
    "int": int,
    "bigint": int,
    "double": (int, float),
    "array<string>": list,
}


def _check(values: Mapping[str, Any]) -> None:
    wrong = [
        f"{name} is {value!r:.80}, not {lake.TYPES[name]}"
        for name, value in values.items()
        if value is not None
        and (isinstance(value, bool) or not isinstance(value, _KINDS[lake.TYPES[name]]))
    ]
    if wrong:
        raise InvalidError("; ".join(wrong))
