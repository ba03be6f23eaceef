"""Silence: count the cameras that stopped sending while their neighbours go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sightline.domain.metrics import EVERYTHING
from sightline.domain.silence import silent_cameras
from sightline.domain.times import Clock
from sightline.workflow.ports import CameraRegistry, Metrics


@dataclass(frozen=True)
class SilenceDeps:
    """What looking for silent cameras needs."""

    cameras: CameraRegistry
    metrics: Metrics
    clock: Clock
    after: timedelta


def silence(deps: SilenceDeps) -> list[str]:
    """The ids of the silent cameras; their number and each of them becomes a metric.

    The number is told also when it is zero, so that an alarm knows when the silence is over.
    """
    silent = silent_cameras(deps.cameras.list(), now=deps.clock(), after=deps.after)
    deps.metrics.emit({"SilentCameraCount": (len(silent), "Count")}, EVERYTHING)
    for camera in silent:
        deps.metrics.emit({"SilentCameraCount": (1, "Count")}, {"Camera": camera.camera_id})
    return [camera.camera_id for camera in silent]
