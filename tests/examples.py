"""Examples of the domain that tests share: one line, one camera, one picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sightline.domain import cameras
from sightline.domain.cameras import Camera
from sightline.domain.images import ImageRef, Reservation
from sightline.domain.inspections import Inspection, Recorded, Region, Verdict
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.workflow.ports import HostedResult

NOON = datetime(2026, 3, 14, 12, 0, 5, 250_000, tzinfo=UTC)
REF = ImageRef("press-1-top", "part 0001 größe")
KEY = "images/leipzig/press-1/press-1-top/2026/03/14/part 0001 größe.jpg"


def camera(**changes: Any) -> tuple[Camera, str]:
    """A registered camera and its token."""
    found, token = cameras.register(
        "press-1-top", line="press-1", facility="leipzig", project="castings", at=NOON
    )
    return replace(found, **changes), token


def reservation(**changes: Any) -> Reservation:
    """The reservation of `REF`."""
    found = Reservation(
        ref=REF,
        key=KEY,
        line="press-1",
        facility="leipzig",
        project="castings",
        content_type="image/jpeg",
        size=1234,
        captured_at=NOON,
        reserved_at=NOON,
        metadata={"shift": "früh"},
    )
    return replace(found, **changes)


def inspection(**changes: Any) -> Inspection:
    """An anomalous inspection of `REF`."""
    found = Inspection(
        ref=REF,
        bucket="images",
        key=KEY,
        facility="leipzig",
        line="press-1",
        project="castings",
        captured_at=NOON,
        verdict=Verdict.ANOMALOUS,
        version_id="v1",
        confidence=0.9378743361326908,
        score=3.25,
        threshold=1.0,
        model_version="1",
        width=640,
        height=480,
        regions=(Region(10, 20, 30, 40, 0.0039, 0.93),),
        map_key="maps/x.png",
        detect_ms=17.5,
        metadata={"shift": "früh"},
    )
    return replace(found, **changes)


def recorded(**changes: Any) -> Recorded:
    """`inspection()` as stored; changes are of the inspection."""
    found = inspection(**changes)
    return Recorded(found, recorded_at=NOON, severity=found.severity(0.7))


def model(**changes: Any) -> ModelRecord:
    """The serving model of the project `castings`."""
    found = ModelRecord("castings", "1", "castings/1", "ab" * 32, HostingStatus.HOSTED)
    return replace(found, **changes)


def hosted(**changes: Any) -> HostedResult:
    """What a model says of an anomalous picture."""
    found = HostedResult(
        score=3.25,
        threshold=1.0,
        confidence=0.94,
        anomalous=True,
        width=640,
        height=480,
        regions=[{"x": 1, "y": 2, "width": 3, "height": 4, "area": 0.01, "score": 0.9}],
        map_png=b"png",
    )
    return replace(found, **changes)
