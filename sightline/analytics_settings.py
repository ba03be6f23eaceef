"""Typed settings of the analytics service; see `sightline.settings`."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.settings import Settings


@dataclass(frozen=True)
class AnalyticsSettings(Settings):
    """The analytics service. `unload_to` is an S3 folder (`s3://bucket/folder/`) for downloads."""

    cameras_table: str
    inspections_table: str
    athena_workgroup: str
    athena_database: str
    unload_to: str
    run_seconds: int
