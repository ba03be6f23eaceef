"""Cameras: register, list, revoke and rotate tokens, over the registry port."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.domain import cameras, names, times
from sightline.domain.cameras import Camera, Change
from sightline.domain.errors import NotFoundError
from sightline.workflow.ports import CameraRegistry


def register(
    registry: CameraRegistry,
    camera_id: str,
    *,
    line: str,
    facility: str,
    project: str,
    name: str = "",
    line_name: str = "",
    facility_name: str = "",
    clock: times.Clock = times.now,
) -> tuple[Camera, str]:
    """A new camera and its token, which exists nowhere else from then on.

    Raises `InvalidError` for a bad name and `ConflictError` when the id is taken.
    """
    now = clock()
    camera, token = cameras.register(
        camera_id,
        line=line,
        facility=facility,
        project=project,
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        name=name,
        line_name=line_name,
        facility_name=facility_name,
    )
    registry.add(camera)
    return camera, token


def all_cameras(registry: CameraRegistry) -> Sequence[Camera]:
    """All cameras by id, revoked ones too."""
    return registry.list()


def revoke(registry: CameraRegistry, camera_id: str, *, clock: times.Clock = times.now) -> Camera:
    """Refuse the camera's token from now on; a camera revoked before keeps its date.

    Raises `NotFoundError` for an unknown camera.
    """
    camera = get(registry, camera_id)
    if camera.revoked_at is not None:
        return camera
    return registry.change(camera.camera_id, {"revoked_at": clock()})


def rotate(registry: CameraRegistry, camera_id: str) -> tuple[Camera, str]:
    """The camera with a new token; the old one is void, and a revoked camera may send again.

    Raises `NotFoundError` for an unknown camera.
    """
    fresh, token = cameras.rotate(get(registry, camera_id))
    changed = {"token_hash": fresh.token_hash, "revoked_at": None}
    return registry.change(fresh.camera_id, changed), token


def change(registry: CameraRegistry, camera_id: str, wanted: Change) -> Camera:
    """Move a camera to another line or project, or name it. Its pictures so far stay as they are.

    Only these members are written: whoever revokes the camera at this moment is not undone.
    """
    camera = get(registry, camera_id)
    members = wanted.checked()
    return registry.change(camera.camera_id, members) if members else camera


def get(registry: CameraRegistry, camera_id: str) -> Camera:
    """One camera; `NotFoundError` for an unknown one."""
    camera = registry.get(names.slug(camera_id, "Camera id"))
    if camera is None:
        raise NotFoundError(f"There is no camera {camera_id!r}.")
    return camera
