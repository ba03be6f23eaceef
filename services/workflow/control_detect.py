"""Lambda: what a hosted model says of one picture, for DetectAnomalies."""

from __future__ import annotations

import base64
import os
from dataclasses import asdict
from functools import cache
from typing import Any

from sightline.bootstrap import control
from sightline.bootstrap.control import ControlDetectDeps
from sightline.domain.errors import UnusableImageError
from sightline.domain.lookout import limits
from sightline.domain.lookout.records import S3Object
from sightline.domain.models import HostingStatus, ModelRecord


@cache
def deps() -> ControlDetectDeps:
    """Built once per container."""
    return control.control_detect(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Called by the control service; the picture is in the event or in S3."""
    model = ModelRecord(**{**event["model"], "status": HostingStatus(event["model"]["status"])})
    try:
        found = deps().host.inspect(
            model, event.get("colours", {}), _picture(event), mapped=event.get("mapped", False)
        )
    except UnusableImageError as error:
        return {"refused": {"reason": error.reason, "message": str(error)}}
    return {
        "anomalous": found.anomalous,
        "confidence": found.confidence,
        "anomalies": [asdict(anomaly) for anomaly in found.anomalies],
        "mask": _text(found.mask),
        "heat_map": _text(found.heat_map),
    }


def _text(png: bytes | None) -> str | None:
    return base64.b64encode(png).decode() if png is not None else None


def _picture(event: dict[str, Any]) -> bytes:
    if "picture" in event:
        return base64.b64decode(event["picture"])
    source = S3Object(**event["source"])
    return deps().objects.read(source, max_bytes=limits.IMAGE_BYTES_MAX)
