"""Settings of the ingest service and the workflow's functions; see `sightline.settings.base`."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.settings.base import Settings


@dataclass(frozen=True)
class IngestSettings(Settings):
    """The ingest service."""

    cameras_table: str
    inspections_table: str
    images_bucket: str
    upload_max_bytes: int
    upload_url_seconds: int


@dataclass(frozen=True)
class DetectSettings(Settings):
    """The detect function; anomaly maps are kept where a person should look."""

    cameras_table: str
    inspections_table: str
    models_table: str
    models_bucket: str
    uncertain_below: float


@dataclass(frozen=True)
class RecordSettings(Settings):
    """The record function. Confidence under `uncertain_below` (0..1) asks for a person's look."""

    inspections_table: str
    metrics_namespace: str
    uncertain_below: float


@dataclass(frozen=True)
class NotifySettings(Settings):
    """The notify function. More alerts a minute and line than `alerts_per_minute` are folded."""

    alerts_table: str
    topic_arn: str
    digest_state_machine_arn: str
    site_url: str
    alerts_per_minute: int


@dataclass(frozen=True)
class DigestSettings(Settings):
    """The digest function."""

    alerts_table: str
    topic_arn: str
    site_url: str


@dataclass(frozen=True)
class SilenceSettings(Settings):
    """The silence function. A camera not seen for `silent_after_minutes` is silent."""

    cameras_table: str
    metrics_namespace: str
    silent_after_minutes: int


@dataclass(frozen=True)
class StreamSettings(Settings):
    """The stream function. `shifts` are the plant's, such as `early=06:00,late=14:00`."""

    cameras_table: str
    delivery_stream: str
    rejects_queue_url: str
    metrics_namespace: str
    time_zone: str
    shifts: str
    region_name: str
