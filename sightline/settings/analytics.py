"""Settings of the analytics service and the daily function; see `sightline.settings.base`."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.settings.base import Settings


@dataclass(frozen=True)
class AnalyticsSettings(Settings):
    """The analytics service. `unload_to` is an S3 folder (`s3://bucket/folder/`) for downloads."""

    cameras_table: str
    inspections_table: str
    athena_workgroup: str
    athena_database: str
    unload_to: str
    run_seconds: int


@dataclass(frozen=True)
class DailySettings(Settings):
    """The daily function; it tells of a day from the hour `hour` (0..23) of the next one on."""

    alerts_table: str
    topic_arn: str
    site_url: str
    athena_workgroup: str
    athena_database: str
    run_seconds: int
    time_zone: str
    hour: int
