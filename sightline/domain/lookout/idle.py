"""How long a running model has been asked nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sightline.domain.cameras import Camera
from sightline.domain.lookout.models import Model, ModelStatus, version_name
from sightline.domain.lookout.records import Record

NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Asked(Record):
    """When DetectAnomalies was last called for a version, to the minute."""

    project: str
    version: str
    at: datetime

    @property
    def identity(self) -> tuple[str, str]:
        return asked_identity(self.project, self.version)


def asked_identity(project: str, version: str) -> tuple[str, str]:
    """Where it is kept when a version was last asked."""
    return project, version_name(version)


def is_kept_ready(model: Model) -> bool:
    """Whether a model runs and costs something while nobody asks it."""
    return model.status is ModelStatus.HOSTED and bool(model.min_units)


def idle_minutes(
    model: Model, asked: Asked | None, cameras: Iterable[Camera], now: datetime
) -> float:
    """Minutes since a model was started, was asked, or one of its `cameras` sent a picture."""
    moments = [model.started_at or model.created_at]
    moments += [asked.at] if asked else []
    moments += [camera.last_seen_at for camera in cameras if camera.last_seen_at]
    return max(0.0, (now - max(moments)).total_seconds() / 60)
