"""Upload: a camera announces pictures and learns where to put them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sightline.domain import images, times
from sightline.domain.cameras import Camera
from sightline.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    SightlineError,
    TooLargeError,
    UnavailableError,
)
from sightline.domain.images import Reservation, UploadRequest
from sightline.workflow.ports import CameraRegistry, ImageStore, InspectionTable, SignedUpload

IMAGES_MAX = 100
SEEN_EVERY = timedelta(minutes=1)
WORKERS = 10  # most of a reservation is waiting for the table; boto3 keeps 10 connections

LEGACY_CONTENT_TYPE = "image/jpeg"
LEGACY_EXTENSIONS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class IngestDeps:
    """What the ingest service works with."""

    cameras: CameraRegistry
    inspections: InspectionTable
    images: ImageStore
    clock: times.Clock
    max_bytes: int
    url_seconds: int


@dataclass(frozen=True)
class Upload:
    """Where one picture goes: its reservation as it stands, and the permission to fill it."""

    reservation: Reservation
    signed: SignedUpload

    @property
    def inspected(self) -> bool:
        """Whether the picture is there already and has its verdict."""
        return self.reservation.verdict is not None


@dataclass(frozen=True)
class LegacyRequest:
    """What a camera made for the AWS sample says of itself and of one picture."""

    camera_id: str
    line: str
    image_id: str


def upload(requests: Sequence[UploadRequest], camera: Camera, deps: IngestDeps) -> list[Upload]:
    """Places for a camera's pictures, in the order of the requests.

    All requests are checked before anything is stored. Asking again for an image id gives the
    place that it has; announcing it with another size or content type is a `ConflictError`.
    """
    at = deps.clock()
    planned = _plan(requests, camera, deps.max_bytes, at)

    def place(wanted: Reservation) -> Upload:
        standing = _agreed(deps.inspections.reserve(wanted), wanted)
        signed = deps.images.sign_upload(standing, seconds=deps.url_seconds, at=at)
        return Upload(standing, signed)

    if len(planned) == 1:
        uploads = [place(planned[0])]
    else:
        with ThreadPoolExecutor(min(WORKERS, len(planned))) as pool:
            uploads = list(pool.map(place, planned))
    _seen(camera, deps.cameras, at)
    return uploads


def upload_legacy(request: LegacyRequest, camera: Camera, deps: IngestDeps) -> str:
    """A PUT URL in the manner of the AWS sample: always JPEG, of unknown size, captured now.

    The URL cannot forbid overwriting, so none is given for a picture that has its verdict.
    """
    if request.camera_id != camera.camera_id:
        raise ForbiddenError("cameraid is not the camera of this token.")
    if request.line != camera.line:
        raise ForbiddenError("assemblylineid is not the line that this camera is registered on.")
    at = deps.clock()
    wanted = images.reserve(
        camera,
        UploadRequest(_without_extension(request.image_id), LEGACY_CONTENT_TYPE, None, at),
        at=at,
        max_bytes=deps.max_bytes,
    )
    standing = _agreed(deps.inspections.reserve(wanted), wanted)
    if standing.verdict is not None:
        raise ConflictError(
            f"Image {standing.ref.image_id!r} has been inspected; "
            "a new picture needs a new imageid."
        )
    _seen(camera, deps.cameras, at)
    return deps.images.sign_legacy_upload(standing, seconds=deps.url_seconds)


def _plan(
    requests: Sequence[UploadRequest], camera: Camera, max_bytes: int, at: datetime
) -> list[Reservation]:
    if not 1 <= len(requests) <= IMAGES_MAX:
        raise InvalidError(f"One call takes 1 to {IMAGES_MAX} images, not {len(requests)}.")
    planned: dict[str, Reservation] = {}
    for request in requests:
        try:
            _check_age(request.captured_at, at)
            wanted = images.reserve(camera, request, at=at, max_bytes=max_bytes)
        except TooLargeError as error:
            raise TooLargeError(_about(request, error)) from error
        except InvalidError as error:
            raise InvalidError(_about(request, error)) from error
        if wanted.ref.image_id in planned:
            raise InvalidError(f"imageId {wanted.ref.image_id!r} is given more than once.")
        planned[wanted.ref.image_id] = wanted
    return list(planned.values())


def _check_age(captured_at: datetime, at: datetime) -> None:
    hint = "is the camera's clock right?"
    if captured_at - at > images.CAPTURE_AHEAD_MAX:
        raise InvalidError(
            f"capturedAt {times.to_wire(captured_at)} is more than "
            f"{images.CAPTURE_AHEAD_MAX.days} day in the future; {hint}"
        )
    if at - captured_at > images.CAPTURE_AGE_MAX:
        raise InvalidError(
            f"capturedAt {times.to_wire(captured_at)} is more than "
            f"{images.CAPTURE_AGE_MAX.days} days ago; {hint}"
        )


def _agreed(standing: Reservation, wanted: Reservation) -> Reservation:
    """The reservation that stands, if it can be of the picture that is wanted now."""
    sizes = {size for size in (standing.size, wanted.size) if size is not None}
    if standing.content_type != wanted.content_type or len(sizes) > 1:
        raise ConflictError(
            f"Image {standing.ref.image_id!r} was announced as {_described(standing)} before and "
            f"is {_described(wanted)} now; a new picture needs a new imageId."
        )
    return replace(standing, size=min(sizes, default=None))


def _seen(camera: Camera, cameras: CameraRegistry, at: datetime) -> None:
    if camera.last_seen_at is not None and at - camera.last_seen_at < SEEN_EVERY:
        return
    with contextlib.suppress(UnavailableError):  # the pictures matter more
        cameras.touch(camera.camera_id, at)


def _without_extension(file_name: str) -> str:
    for extension in LEGACY_EXTENSIONS:
        if file_name.lower().endswith(extension):
            return file_name[: -len(extension)]
    return file_name


def _about(request: UploadRequest, error: SightlineError) -> str:
    return f"Image {request.image_id!r}: {error}"


def _described(reservation: Reservation) -> str:
    size = "unknown size" if reservation.size is None else f"{reservation.size} bytes"
    return f"{reservation.content_type} of {size}"
