"""Cameras: register, look at, move, name, give a new token, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sightline.domain import times
from sightline.domain.cameras import Camera, Change
from sightline.domain.silence import silent_cameras
from sightline.http.floor.shapes import Asked, Route, Shape, Time
from sightline.workflow import cameras
from sightline.workflow.floor.ports import FloorDeps

CAMERA = "CAMERA"
CAMERAS = "/sightline/cameras"
ONE = CAMERAS + "/{cameraId}"


class CameraIn(Shape):
    """A new camera."""

    camera_id: str
    line: str
    facility: str
    project: str
    name: str = ""
    line_name: str = ""
    facility_name: str = ""


class CameraChangeIn(Shape):
    """What is to change; what is not given stays."""

    line: str | None = None
    facility: str | None = None
    project: str | None = None
    name: str | None = None
    line_name: str | None = None
    facility_name: str | None = None

    def change(self) -> Change:
        """What the use case takes."""
        return Change(**self.model_dump())


class CameraOut(Shape):
    """A camera. `SilentSince` is when it was last seen, if it is silent while others work."""

    camera_id: str
    name: str
    line: str
    line_name: str
    facility: str
    facility_name: str
    project: str
    created_at: Time
    last_seen_at: Time | None
    revoked_at: Time | None
    silent_since: Time | None


class Cameras(Shape):
    """All cameras, by id."""

    cameras: list[CameraOut]


class OneCamera(Shape):
    """One camera."""

    camera: CameraOut


class CameraAndToken(OneCamera):
    """A camera and its token, which is shown this once."""

    token: str


def list_cameras(asked: Asked) -> Cameras:
    """All cameras, revoked ones too."""
    known = cameras.all_cameras(asked.deps.cameras)
    silent = _silent(known, asked.deps)
    return Cameras(cameras=[camera_out(camera, silent) for camera in known])


def register_camera(asked: Asked) -> CameraAndToken:
    """Register a camera; its token is shown this once."""
    found: CameraIn = asked.body
    registry, clock = asked.deps.cameras, asked.deps.clock
    camera, token = cameras.register(registry, **found.model_dump(), clock=clock)
    return CameraAndToken(camera=camera_out(camera), token=token)


def describe_camera(asked: Asked) -> OneCamera:
    """One camera."""
    camera = cameras.get(asked.deps.cameras, asked.path["cameraId"])
    silent = _silent(cameras.all_cameras(asked.deps.cameras), asked.deps)
    return OneCamera(camera=camera_out(camera, silent))


def change_camera(asked: Asked) -> OneCamera:
    """Move a camera to another line or project, or name it; pictures so far stay as they are."""
    wanted: Change = asked.body.change()
    changed = cameras.change(asked.deps.cameras, asked.path["cameraId"], wanted)
    return OneCamera(camera=camera_out(changed))


def rotate_camera_token(asked: Asked) -> CameraAndToken:
    """Give a camera a new token, revoked or not; the old one is void at once."""
    camera, token = cameras.rotate(asked.deps.cameras, asked.path["cameraId"])
    return CameraAndToken(camera=camera_out(camera), token=token)


def revoke_camera(asked: Asked) -> OneCamera:
    """Refuse a camera's token from now on; the camera stays listed."""
    registry, clock = asked.deps.cameras, asked.deps.clock
    revoked = cameras.revoke(registry, asked.path["cameraId"], clock=clock)
    return OneCamera(camera=camera_out(revoked))


def camera_out(camera: Camera, silent: frozenset[str] = frozenset()) -> CameraOut:
    """A camera, without what belongs to its token."""
    is_silent = camera.camera_id in silent
    return CameraOut(
        camera_id=camera.camera_id,
        name=camera.name,
        line=camera.line,
        line_name=camera.line_name,
        facility=camera.facility,
        facility_name=camera.facility_name,
        project=camera.project,
        created_at=times.to_wire(camera.created_at),
        last_seen_at=_wire(camera.last_seen_at),
        revoked_at=_wire(camera.revoked_at),
        silent_since=_wire(camera.last_seen_at) if is_silent else None,
    )


def _silent(known: Sequence[Camera], deps: FloorDeps) -> frozenset[str]:
    silent = silent_cameras(known, now=deps.clock(), after=deps.silent_after)
    return frozenset(camera.camera_id for camera in silent)


def _wire(moment: datetime | None) -> str | None:
    return times.to_wire(moment) if moment else None


ROUTES: Sequence[Route] = (
    Route("GET", CAMERAS, list_cameras, Cameras, CAMERA),
    Route("POST", CAMERAS, register_camera, CameraAndToken, CAMERA, 201, body=CameraIn),
    Route("GET", ONE, describe_camera, OneCamera, CAMERA),
    Route("PATCH", ONE, change_camera, OneCamera, CAMERA, body=CameraChangeIn),
    Route("POST", ONE + "/token", rotate_camera_token, CameraAndToken, CAMERA),
    Route("DELETE", ONE, revoke_camera, OneCamera, CAMERA),
)
