"""Cameras: register, list, revoke and rotate tokens, over the registry port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sightline.domain import cameras, names, times
from sightline.domain.cameras import Camera
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
    clock: times.Clock = times.now,
) -> tuple[Camera, str]:
    """A new camera and its token, which exists nowhere else from then on.

    Raises `InvalidError` for a bad name and `ConflictError` when the id is taken.
    """
    camera, token = cameras.register(
        camera_id, line=line, facility=facility, project=project, at=clock(), name=name
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
    camera = _get(registry, camera_id)
    if camera.revoked_at is not None:
        return camera
    revoked = replace(camera, revoked_at=clock())
    registry.replace(revoked)
    return revoked


def rotate(registry: CameraRegistry, camera_id: str) -> tuple[Camera, str]:
    """The camera with a new token; the old one is void, and a revoked camera may send again.

    Raises `NotFoundError` for an unknown camera.
    """
    camera, token = cameras.rotate(_get(registry, camera_id))
    registry.replace(camera)
    return camera, token


def _get(registry: CameraRegistry, camera_id: str) -> Camera:
    camera = registry.get(names.slug(camera_id, "Camera id"))
    if camera is None:
        raise NotFoundError(f"There is no camera {camera_id!r}.")
    return camera
