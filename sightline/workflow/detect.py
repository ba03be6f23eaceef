"""Detect: one uploaded object becomes an inspection."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sightline.domain import images, times
from sightline.domain.errors import InvalidError, NotFoundError, UnusableImageError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Inspection, Region, Severity, Verdict
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.workflow.ports import (
    CameraRegistry,
    HostedResult,
    ImageStore,
    InspectionTable,
    ModelHost,
    ModelRegistry,
)

MAX_BYTES = 128 << 20  # larger objects would not fit the function's memory once decoded
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ObjectCreated:
    """What S3's `Object Created` event says; `size` is in bytes."""

    bucket: str
    key: str
    version_id: str | None
    size: int
    at: datetime

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> ObjectCreated:
        """Read an EventBridge event; `InvalidError` when it is of another kind."""
        try:
            stored = event["detail"]["object"]
            return cls(
                bucket=event["detail"]["bucket"]["name"],
                key=stored["key"],
                version_id=stored.get("version-id") or None,
                size=int(stored["size"]),
                at=times.from_wire(event["time"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidError(f"This is not an Object Created event: {error!r}") from error


@dataclass(frozen=True)
class DetectDeps:
    """What detection needs; confidence under `uncertain_below` counts as not sure."""

    cameras: CameraRegistry
    inspections: InspectionTable
    models: ModelRegistry
    images: ImageStore
    host: ModelHost
    uncertain_below: float


class _RefusedError(Exception):
    def __init__(self, pending: Inspection, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.result = replace(pending, reason=reason, explanation=explanation)


def detect(created: ObjectCreated, deps: DetectDeps) -> Inspection:
    """Inspect one object. What cannot be inspected is a result too, with its reason.

    Raises `UnavailableError` for what may pass.
    """
    try:
        pending = _identify(created, deps)
        model = _running_model(pending, deps)
        pending = replace(pending, model_version=model.version)
        inspection, result = _inspect(created, pending, model, deps)
    except _RefusedError as refused:
        return refused.result
    if inspection.severity(deps.uncertain_below) is Severity.NONE:
        return inspection
    map_key = images.map_key(created.key)
    deps.images.write_map(created.bucket, map_key, result.map_png)
    return replace(inspection, map_key=map_key)


def _identify(created: ObjectCreated, deps: DetectDeps) -> Inspection:
    """Whose picture this is: from its reservation, else from its key and the camera registry."""
    pending = Inspection(
        ref=ImageRef(UNKNOWN, created.key),
        bucket=created.bucket,
        key=created.key,
        version_id=created.version_id,
        facility=UNKNOWN,
        line=UNKNOWN,
        project=UNKNOWN,
        captured_at=created.at,
        verdict=Verdict.NOT_INSPECTED,
    )
    try:
        parts = images.parse_key(created.key)
    except InvalidError as error:
        raise _RefusedError(pending, "unknown_camera", str(error)) from error
    pending = replace(pending, ref=parts.ref, facility=parts.facility, line=parts.line)
    reservation = deps.inspections.reservation(parts.ref)
    if reservation is not None:
        return replace(
            pending,
            facility=reservation.facility,
            line=reservation.line,
            project=reservation.project,
            captured_at=reservation.captured_at,
            metadata=reservation.metadata,
        )
    camera = deps.cameras.get(parts.ref.camera_id)
    if camera is None:
        raise _RefusedError(
            pending, "unknown_camera", f"Camera {parts.ref.camera_id!r} is not registered."
        )
    return replace(pending, project=camera.project)


def _running_model(pending: Inspection, deps: DetectDeps) -> ModelRecord:
    model = deps.models.get(pending.project)
    if model is None or model.status is not HostingStatus.HOSTED:
        raise _RefusedError(
            pending,
            "no_model",
            f"No model of project {pending.project!r} is running; start one and send it again.",
        )
    return model


def _inspect(
    created: ObjectCreated, pending: Inspection, model: ModelRecord, deps: DetectDeps
) -> tuple[Inspection, HostedResult]:
    if created.size > MAX_BYTES:
        raise _RefusedError(pending, "too_large", f"The file has {created.size} bytes.")
    if created.size == 0:
        raise _RefusedError(pending, "empty", "The file is empty.")
    try:
        stored = deps.images.read(created.bucket, created.key, created.version_id)
    except NotFoundError as error:
        explanation = "The picture was deleted before it was inspected."
        raise _RefusedError(pending, "gone", explanation) from error
    started = time.perf_counter()
    try:
        result = deps.host.inspect(model, stored.data)
    except UnusableImageError as error:
        raise _RefusedError(pending, error.reason, str(error)) from error
    inspection = replace(
        pending,
        verdict=Verdict.ANOMALOUS if result.anomalous else Verdict.NORMAL,
        confidence=result.confidence,
        score=result.score,
        threshold=result.threshold,
        width=result.width,
        height=result.height,
        regions=tuple(Region(**region) for region in result.regions),
        detect_ms=round(1000 * (time.perf_counter() - started), 3),
    )
    return inspection, result
