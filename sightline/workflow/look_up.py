"""Look up: what has become of a camera's picture?"""

from __future__ import annotations

from sightline.domain import names
from sightline.domain.cameras import Camera
from sightline.domain.errors import NotFoundError
from sightline.domain.images import ImageRef, Reservation
from sightline.domain.inspections import Recorded
from sightline.workflow.ports import InspectionTable


def look_up(image_id: str, camera: Camera, table: InspectionTable) -> Recorded | Reservation:
    """The verdict of the camera's own image, or its reservation while there is none.

    Raises `NotFoundError` for an id that this camera never announced, whoever else did.
    """
    ref = ImageRef(camera.camera_id, names.image_id(image_id))
    found = table.recorded(ref) or table.reservation(ref)
    if found is None:
        raise NotFoundError(f"This camera has no image {ref.image_id!r}.")
    return found
