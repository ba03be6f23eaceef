"""Which cameras have fallen silent.

A line that stands still must not alarm anybody, so a camera is only called silent when a neighbour
of it works: another camera of its line or, where it is alone there, of its facility. A camera that
is alone in its facility cannot be told from a line that stands still.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sightline.domain.cameras import Camera

FORGOTTEN = timedelta(days=1)
"""A camera that has not been seen for this long is out of use, not silent."""


def silent_cameras(cameras: Iterable[Camera], *, now: datetime, after: timedelta) -> list[Camera]:
    """The cameras, by id, not seen for `after` or longer while a neighbour was."""
    seen = {
        camera: now - camera.last_seen_at
        for camera in cameras
        if camera.revoked_at is None and camera.last_seen_at is not None
    }
    working = [camera for camera, since in seen.items() if since < after]
    return sorted(
        (
            camera
            for camera, since in seen.items()
            if after <= since < FORGOTTEN and _any_neighbour(camera, list(seen), working)
        ),
        key=lambda camera: camera.camera_id,
    )


def _any_neighbour(camera: Camera, known: Sequence[Camera], working: Sequence[Camera]) -> bool:
    def on_line(other: Camera) -> bool:
        return (other.facility, other.line) == (camera.facility, camera.line)

    alone = not any(on_line(other) for other in known if other is not camera)
    return any(other.facility == camera.facility if alone else on_line(other) for other in working)
