"""What the control service may do for people's pages: look, review, see to cameras and alerts."""

from __future__ import annotations

from infra import iam
from infra.components.alerts import Alerts
from infra.components.data import INSPECTION_INDEXES, Data
from sightline.domain.images import IMAGES_PREFIX, MAPS_PREFIX
from sightline.domain.lookout.uploads import UPLOADS_PREFIX


def statements(data: Data, alerts: Alerts) -> list[iam.Statement]:
    """Grants for the service's role. Pictures are read and put by the URLs that it signs."""
    return [
        data.inspections.allow("GetItem", "UpdateItem"),
        data.inspections.allow_query(*INSPECTION_INDEXES),
        data.cameras.allow("GetItem", "PutItem", "Scan", "UpdateItem"),
        data.registry.allow("GetItem", "UpdateItem"),
        *data.images.allow_read(f"{IMAGES_PREFIX}*", versions=True),
        data.images.allow_get(f"{MAPS_PREFIX}*"),
        data.models.allow_write(f"{UPLOADS_PREFIX}*"),
        iam.allow(["sns:ListSubscriptionsByTopic", "sns:Subscribe"], [alerts.arn]),
        iam.allow_unscoped("SeeToSubscriptions"),
    ]


def reading_pictures(data: Data) -> list[iam.Statement]:
    """Grants for the jobs, which copy reviewed pictures into datasets."""
    return data.images.allow_read(f"{IMAGES_PREFIX}*", versions=True)
