"""What the use cases need from the world outside, as protocols.

`sightline.adapters.aws` and `sightline.adapters.memory` implement them; one contract test class per
port runs against both. All of them raise `UnavailableError` for what may pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sightline.domain.alerts import Alert, Notification
from sightline.domain.cameras import Camera
from sightline.domain.images import ImageRef, Reservation
from sightline.domain.inspections import Recorded
from sightline.domain.models import ModelRecord


class CameraRegistry(Protocol):
    """The cameras table."""

    def get(self, camera_id: str) -> Camera | None: ...

    def add(self, camera: Camera) -> None:
        """Store a new camera; `ConflictError` when the id is taken."""

    def change(self, camera_id: str, members: Mapping[str, Any]) -> Camera:
        """Set these members and no others, at least one of them to a value; None removes one.

        `NotFoundError` when there is no such camera.
        """

    def list(self) -> Sequence[Camera]:
        """All cameras, by id."""

    def touch(self, camera_id: str, at: datetime) -> None:
        """Remember when the camera was last seen; unknown cameras are ignored."""


class InspectionTable(Protocol):
    """The inspections table: one item per image, from its reservation on."""

    def reserve(self, reservation: Reservation) -> Reservation:
        """Store the reservation unless the image has one; the one that stands is returned."""

    def reservation(self, ref: ImageRef) -> Reservation | None: ...

    def record(self, recorded: Recorded) -> Recorded | None:
        """Store a result once. None when it was stored now; otherwise the one that stands."""

    def recorded(self, ref: ImageRef) -> Recorded | None: ...

    def of_line(self, facility: str, line: str, day: str, before: datetime) -> Iterable[Recorded]:
        """A line's day (`yyyy-mm-dd` of capture) up to `before`, newest first."""


class AlertTable(Protocol):
    """One entry per alert, so that it is sent once and storms fold into digests."""

    def claim(self, alert: Alert) -> Alert:
        """Store the alert unless the image has one; the one that stands is returned."""

    def settle(self, alert: Alert) -> None:
        """Store the alert's new state."""

    def release(self, alert: Alert) -> None:
        """Take a claim back, so that the next attempt can claim at once."""

    def next_position(self, line_minute: str) -> int:
        """How many alerts the line's minute has had, this one included; starts at 1."""

    def fold(self, alert: Alert) -> bool:
        """Leave the alert to the minute's digest; False when that is closed already."""

    def close_digest(self, line_minute: str) -> bool:
        """Let no more alerts fold into the digest; False when it has been sent already."""

    def folded(self, line_minute: str) -> Sequence[Alert]:
        """The alerts folded into a minute's digest, oldest first."""

    def settle_digest(self, line_minute: str) -> None:
        """Remember that the digest was sent."""


@dataclass(frozen=True)
class StoredImage:
    """An object of the image bucket."""

    data: bytes
    content_type: str
    version_id: str | None


@dataclass(frozen=True)
class SignedUpload:
    """A presigned PUT: exactly these headers must be sent."""

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class ImageStore(Protocol):
    """The image bucket."""

    def sign_upload(
        self, reservation: Reservation, *, seconds: int, at: datetime
    ) -> SignedUpload: ...

    def sign_legacy_upload(self, reservation: Reservation, *, seconds: int) -> str:
        """A PUT URL that needs no header but `Content-Type`, as the AWS sample's cameras send."""

    def read(self, bucket: str, key: str, version_id: str | None) -> StoredImage:
        """`NotFoundError` when the object is gone."""

    def write_map(self, bucket: str, key: str, png: bytes) -> None: ...


class ModelRegistry(Protocol):
    """Which model serves a project."""

    def get(self, project: str) -> ModelRecord | None: ...

    def put(self, record: ModelRecord) -> None: ...

    def decide_by(self, project: str, version: str, threshold: float | None) -> None:
        """Set the threshold of the project's model, or take it back; not of another version."""


class ModelHost(Protocol):
    """Runs a model on one picture, wherever it is hosted."""

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        """`UnusableImageError` when the picture cannot be inspected."""


@dataclass(frozen=True)
class HostedResult:
    """A hosted model's answer: plain values, and the anomaly map as an 8-bit grey PNG."""

    score: float
    threshold: float
    confidence: float
    anomalous: bool
    width: int
    height: int
    regions: Sequence[Mapping[str, Any]]
    map_png: bytes


class Topic(Protocol):
    """The alert topic."""

    def publish(self, notification: Notification) -> None: ...


class DigestTimer(Protocol):
    """Starts the digest of a line's minute once the minute is over."""

    def start(self, line_minute: str, due: datetime) -> None:
        """Starting it again for the same minute changes nothing."""


class Metrics(Protocol):
    """Where counts and measurements go."""

    def emit(self, values: Mapping[str, tuple[float, str]], *dimensions: Mapping[str, str]) -> None:
        """Each value is `(number, CloudWatch unit)`; it counts once under each of `dimensions`."""


@dataclass(frozen=True)
class ParkedInput:
    """An input that could not be processed; `state_machine` is None for the inspection's own."""

    receipt: str
    input: Mapping[str, Any]
    state_machine: str | None
    error: str
    cause: str
    parked_at: datetime


class ParkingQueue(Protocol):
    """The dead-letter queue of the workflow."""

    def receive(self) -> Sequence[ParkedInput]:
        """Some parked inputs, or none; each is hidden from other receivers for a while."""

    def forget(self, parked: ParkedInput) -> None: ...


class Workflow(Protocol):
    """The state machines; the inspection's own unless another is named."""

    def start(self, event: Mapping[str, Any], *, state_machine: str | None = None) -> None: ...


class ArtifactStore(Protocol):
    """The models bucket."""

    def fetch(self, model: ModelRecord) -> Path:
        """A local folder with the model's files, fetched once per container."""

    def upload(self, folder: Path, artifact: str) -> None: ...
