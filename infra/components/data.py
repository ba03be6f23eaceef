"""Everything that would be missed: pictures, models, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from pulumi import ResourceOptions

from infra.components.storage import Bucket, BucketArgs
from infra.components.tables import Table, TableArgs
from infra.settings import StackSettings
from sightline.domain.images import IMAGES_PREFIX, MAPS_PREFIX

INSPECTION_INDEXES = {
    "by_line": ("line_day", "captured"),
    "by_camera": ("camera_day", "captured"),
    "to_review": ("review", "captured"),
}


@dataclass(frozen=True)
class Data:
    """The buckets and tables; `registry` says which model serves a project."""

    images: Bucket
    models: Bucket
    cameras: Table
    inspections: Table
    registry: Table
    alerts: Table

    @classmethod
    def declare(cls, settings: StackSettings, opts: ResourceOptions) -> Self:
        """All of it, protected as the settings say."""
        keep = settings.protect_data
        inspections = TableArgs("image", protect=keep, indexes=INSPECTION_INDEXES, streamed=True)
        # Alerts only say who was told already; they expire and are not worth protecting.
        alerts = TableArgs("line_minute", protect=False, range_key="image", expires="expires")
        return cls(
            images=Bucket("images", _images(settings), opts),
            models=Bucket("models", _models(settings), opts),
            cameras=Table("cameras", TableArgs("camera_id", protect=keep), opts),
            inspections=Table("inspections", inspections, opts),
            registry=Table("models", TableArgs("project", protect=keep), opts),
            alerts=Table("alerts", alerts, opts),
        )


def kept(settings: StackSettings, *, protect: bool) -> BucketArgs:
    """A bucket whose objects stay until somebody deletes them."""
    return BucketArgs(
        protect=protect,
        force_destroy=not protect,
        noncurrent_version_days=settings.noncurrent_version_days,
    )


def _models(settings: StackSettings) -> BucketArgs:
    """Models, and the pictures that people upload for them from their browsers."""
    args = kept(settings, protect=settings.protect_data)
    return replace(args, cors_origins=settings.browser_origins)


def _images(settings: StackSettings) -> BucketArgs:
    return BucketArgs(
        protect=settings.protect_data,
        force_destroy=not settings.protect_data,
        noncurrent_version_days=settings.noncurrent_version_days,
        publish_events=True,
        cors_origins=settings.browser_origins,
        expire_prefixes=(IMAGES_PREFIX, MAPS_PREFIX),
        expire_days=settings.image_retention_days,
        transition_days=settings.image_transition_days,
    )
