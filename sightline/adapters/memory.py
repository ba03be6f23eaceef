"""Every port in memory: what tests use instead of AWS, held to the same contract tests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sightline.domain.alerts import Alert, AlertState, Notification
from sightline.domain.cameras import Camera
from sightline.domain.errors import ConflictError, NotFoundError, SightlineError
from sightline.domain.images import ImageRef, Reservation
from sightline.domain.inspections import Recorded
from sightline.domain.models import ModelRecord
from sightline.workflow.ports import HostedResult, ParkedInput, SignedUpload, StoredImage


class MemoryCameraRegistry:
    """`CameraRegistry`."""

    def __init__(self, *cameras: Camera) -> None:
        self.items = {camera.camera_id: camera for camera in cameras}

    def get(self, camera_id: str) -> Camera | None:
        return self.items.get(camera_id)

    def add(self, camera: Camera) -> None:
        if camera.camera_id in self.items:
            raise ConflictError(f"Camera {camera.camera_id!r} exists already.")
        self.items[camera.camera_id] = camera

    def change(self, camera_id: str, members: Mapping[str, Any]) -> Camera:
        if camera_id not in self.items:
            raise NotFoundError(f"There is no camera {camera_id!r}.")
        self.items[camera_id] = replace(self.items[camera_id], **members)
        return self.items[camera_id]

    def list(self) -> Sequence[Camera]:
        return [self.items[camera_id] for camera_id in sorted(self.items)]

    def touch(self, camera_id: str, at: datetime) -> None:
        if camera_id in self.items:
            self.items[camera_id] = replace(self.items[camera_id], last_seen_at=at)


class MemoryInspectionTable:
    """`InspectionTable`."""

    def __init__(self) -> None:
        self.reservations: dict[str, Reservation] = {}
        self.results: dict[str, Recorded] = {}
        self._lock = threading.Lock()

    def reserve(self, reservation: Reservation) -> Reservation:
        with self._lock:
            self.reservations.setdefault(reservation.ref.pk, reservation)
        found = self.reservation(reservation.ref)
        assert found is not None  # noqa: S101 - stored above
        return found

    def reservation(self, ref: ImageRef) -> Reservation | None:
        found = self.reservations.get(ref.pk)
        result = self.results.get(ref.pk)
        return replace(found, verdict=result.inspection.verdict) if found and result else found

    def record(self, recorded: Recorded) -> Recorded | None:
        with self._lock:
            standing = self.results.get(recorded.inspection.ref.pk)
            if standing is None:
                self.results[recorded.inspection.ref.pk] = recorded
            return standing

    def recorded(self, ref: ImageRef) -> Recorded | None:
        return self.results.get(ref.pk)

    def of_line(self, facility: str, line: str, day: str, before: datetime) -> list[Recorded]:
        found = [
            recorded
            for recorded in self.results.values()
            if (recorded.inspection.facility, recorded.inspection.line) == (facility, line)
            and f"{recorded.inspection.captured_at:%Y-%m-%d}" == day
            and recorded.inspection.captured_at < before
        ]
        return sorted(found, key=lambda recorded: recorded.position, reverse=True)


class MemoryAlertTable:
    """`AlertTable`."""

    def __init__(self) -> None:
        self.alerts: dict[tuple[str, str], Alert] = {}
        self.counts: Counter[str] = Counter()
        self.digests: dict[str, str] = {}
        self._lock = threading.Lock()

    def claim(self, alert: Alert) -> Alert:
        with self._lock:
            return self.alerts.setdefault((alert.line_minute, alert.ref.pk), alert)

    def settle(self, alert: Alert) -> None:
        self.alerts[alert.line_minute, alert.ref.pk] = alert

    def release(self, alert: Alert) -> None:
        self.alerts.pop((alert.line_minute, alert.ref.pk), None)

    def next_position(self, line_minute: str) -> int:
        with self._lock:
            self.counts[line_minute] += 1
            return self.counts[line_minute]

    def fold(self, alert: Alert) -> bool:
        with self._lock:
            if alert.line_minute in self.digests:
                return False
            self.settle(replace(alert, state=AlertState.FOLDED))
            return True

    def close_digest(self, line_minute: str) -> bool:
        with self._lock:
            return self.digests.setdefault(line_minute, "closed") != "sent"

    def folded(self, line_minute: str) -> Sequence[Alert]:
        found = [
            alert
            for (minute, _), alert in self.alerts.items()
            if minute == line_minute and alert.state is AlertState.FOLDED
        ]
        return sorted(found, key=lambda alert: (alert.claimed_at, alert.ref.pk))

    def settle_digest(self, line_minute: str) -> None:
        self.digests[line_minute] = "sent"


@dataclass
class MemoryImageStore:
    """`ImageStore`: signed URLs are made up, objects are put with `put`."""

    bucket: str = "images"
    objects: dict[tuple[str, str], StoredImage] = field(default_factory=dict)
    maps: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def sign_upload(self, reservation: Reservation, *, seconds: int, at: datetime) -> SignedUpload:
        return SignedUpload(
            url=f"https://{self.bucket}.example/{reservation.key}?signed",
            headers={"Content-Type": reservation.content_type, "If-None-Match": "*"},
            expires_at=at + timedelta(seconds=seconds),
        )

    def sign_legacy_upload(self, reservation: Reservation, *, seconds: int) -> str:
        return f"https://{self.bucket}.example/{reservation.key}?signed&expires={seconds}"

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "image/jpeg") -> None:
        self.objects[bucket, key] = StoredImage(data, content_type, None)

    def read(self, bucket: str, key: str, version_id: str | None) -> StoredImage:
        try:
            return self.objects[bucket, key]
        except KeyError:
            raise NotFoundError(f"There is no object {key!r} in {bucket!r}.") from None

    def write_map(self, bucket: str, key: str, png: bytes) -> None:
        self.maps[bucket, key] = png


class MemoryModelRegistry:
    """`ModelRegistry`."""

    def __init__(self, *records: ModelRecord) -> None:
        self.items = {record.project: record for record in records}

    def get(self, project: str) -> ModelRecord | None:
        return self.items.get(project)

    def put(self, record: ModelRecord) -> None:
        self.items[record.project] = record

    def decide_by(self, project: str, version: str, threshold: float | None) -> None:
        found = self.items.get(project)
        if found is not None and found.version == version:
            self.items[project] = replace(found, threshold=threshold)


@dataclass
class MemoryModelHost:
    """`ModelHost` that gives one answer to every picture, or fails for the pictures listed."""

    answer: HostedResult
    refuses: Mapping[bytes, SightlineError] = field(default_factory=dict)

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        if data in self.refuses:
            raise self.refuses[data]
        return self.answer


@dataclass
class MemoryTopic:
    """`Topic`."""

    published: list[Notification] = field(default_factory=list)

    def publish(self, notification: Notification) -> None:
        self.published.append(notification)


@dataclass
class MemoryDigestTimer:
    """`DigestTimer`."""

    started: dict[str, datetime] = field(default_factory=dict)

    def start(self, line_minute: str, due: datetime) -> None:
        self.started.setdefault(line_minute, due)


@dataclass
class MemoryMetrics:
    """`Metrics`."""

    emitted: list[tuple[dict[str, tuple[float, str]], tuple[dict[str, str], ...]]] = field(
        default_factory=list
    )

    def emit(self, values: Mapping[str, tuple[float, str]], *dimensions: Mapping[str, str]) -> None:
        self.emitted.append((dict(values), tuple(map(dict, dimensions))))

    def total(self, name: str) -> float:
        """The sum of one metric over everything emitted."""
        return sum(values[name][0] for values, _ in self.emitted if name in values)


@dataclass
class MemoryParkingQueue:
    """`ParkingQueue`: what was received is hidden until `reappear`."""

    parked: list[ParkedInput] = field(default_factory=list)
    hidden: list[ParkedInput] = field(default_factory=list)

    def receive(self) -> Sequence[ParkedInput]:
        taken, self.parked = self.parked[:10], self.parked[10:]
        self.hidden.extend(taken)
        return taken

    def forget(self, parked: ParkedInput) -> None:
        self.hidden.remove(parked)

    def reappear(self) -> None:
        """The visibility timeout of everything received has passed."""
        self.parked, self.hidden = self.parked + self.hidden, []


@dataclass
class MemoryWorkflow:
    """`Workflow`."""

    started: list[tuple[str | None, Mapping[str, Any]]] = field(default_factory=list)

    def start(self, event: Mapping[str, Any], *, state_machine: str | None = None) -> None:
        self.started.append((state_machine, event))


@dataclass
class MemoryArtifactStore:
    """`ArtifactStore` over a local folder."""

    root: Path

    def fetch(self, model: ModelRecord) -> Path:
        folder = self.root / model.artifact
        if not folder.is_dir():
            raise NotFoundError(f"There is no artifact {model.artifact!r}.")
        return folder

    def upload(self, folder: Path, artifact: str) -> None:
        target = self.root / artifact
        target.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            if file.is_file():
                (target / file.name).write_bytes(file.read_bytes())
