"""Uploaded images: what a camera asks for, and the key that the server chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sightline.domain import names
from sightline.domain.cameras import Camera
from sightline.domain.errors import InvalidError, TooLargeError

IMAGES_PREFIX = "images/"
MAPS_PREFIX = "maps/"
# Capture times are taken from these far back (a camera may have been cut off and kept its pictures)
# to this far ahead (its clock may be a zone off).
CAPTURE_AGE_MAX = timedelta(days=30)
CAPTURE_AHEAD_MAX = timedelta(days=1)
EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/bmp": "bmp",
    "image/tiff": "tif",
}


@dataclass(frozen=True)
class ImageRef:
    """The identity of an image: a camera's own id is unique only within that camera."""

    camera_id: str
    image_id: str

    @property
    def pk(self) -> str:
        """The table's key; `#` can be in neither part."""
        return f"{self.camera_id}#{self.image_id}"


@dataclass(frozen=True)
class UploadRequest:
    """What a camera declares of one picture. `size` is in bytes and None where unknown."""

    image_id: str
    content_type: str
    size: int | None
    captured_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reservation:
    """A place kept for one picture: asked for twice, it is the same place."""

    ref: ImageRef
    key: str
    line: str
    facility: str
    project: str
    content_type: str
    size: int | None
    captured_at: datetime
    reserved_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    verdict: str | None = None


def reserve(camera: Camera, request: UploadRequest, *, at: datetime, max_bytes: int) -> Reservation:
    """The reservation that a camera's request leads to, or `InvalidError` saying why not."""
    extension = EXTENSIONS.get(request.content_type)
    if extension is None:
        raise InvalidError(
            f"Content type {request.content_type!r} is not one of {', '.join(EXTENSIONS)}."
        )
    if request.size is not None and request.size < 1:
        raise InvalidError("size must be at least 1 byte.")
    if request.size is not None and request.size > max_bytes:
        raise TooLargeError(f"size {request.size} is over the limit of {max_bytes} bytes.")
    image_id = names.image_id(request.image_id)
    day = request.captured_at.strftime("%Y/%m/%d")
    folder = f"{IMAGES_PREFIX}{camera.facility}/{camera.line}/{camera.camera_id}/{day}"
    return Reservation(
        ref=ImageRef(camera.camera_id, image_id),
        key=f"{folder}/{image_id}.{extension}",
        line=camera.line,
        facility=camera.facility,
        project=camera.project,
        content_type=request.content_type,
        size=request.size,
        captured_at=request.captured_at,
        reserved_at=at,
        metadata=names.metadata(request.metadata),
    )


@dataclass(frozen=True)
class KeyParts:
    """What an image's key says of it."""

    facility: str
    line: str
    ref: ImageRef


def parse_key(key: str) -> KeyParts:
    """The parts of a key that `reserve` made; `InvalidError` for any other key."""
    parts = key.split("/")
    if len(parts) != 8 or f"{parts[0]}/" != IMAGES_PREFIX:
        raise InvalidError(f"{key!r} is not the key of an uploaded image.")
    _, facility, line, camera_id, *_, file_name = parts
    stem, dot, _ = file_name.rpartition(".")
    if not (stem and dot):
        raise InvalidError(f"{key!r} has no file extension.")
    return KeyParts(
        facility=names.slug(facility, "Facility"),
        line=names.slug(line, "Line"),
        ref=ImageRef(names.slug(camera_id, "Camera id"), names.image_id(stem)),
    )


def map_key(image_key: str) -> str:
    """Where the anomaly map of an image is kept."""
    return f"{MAPS_PREFIX}{image_key.removeprefix(IMAGES_PREFIX)}.png"
