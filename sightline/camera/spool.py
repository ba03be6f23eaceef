"""Pictures that wait on disk for the network.

`pending/` holds two files per picture: the image, then its sidecar. The sidecar is the promise: a
picture is in the spool from the moment its sidecar has its name until that name is gone. Whatever
a crash leaves beside that (parts, images without sidecar) was never promised, or has been sent.
`rejected/` holds what the server will never take, each with the reason in its sidecar.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightline.camera.disk import Disk, LocalDisk
from sightline.camera.picture import Picture
from sightline.camera.retry import TryAgainError
from sightline.domain import times
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.images import EXTENSIONS

PENDING = "pending"
REJECTED = "rejected"
DEFAULT_MAX_BYTES = 2 * 1024**3


class SpoolFullError(UnavailableError):
    """The spool has no room for another picture, which was therefore *not* kept."""


@dataclass(frozen=True)
class SpoolUsage:
    """How full a spool is; bytes include sidecars."""

    pending: int
    pending_bytes: int
    rejected: int
    rejected_bytes: int
    max_bytes: int


def open_spool(folder: Path, camera_id: str, max_bytes: int = DEFAULT_MAX_BYTES) -> Spool:
    """The camera's spool below `folder`: cameras may share the folder, never the pictures."""
    return Spool(LocalDisk(folder / camera_id, (PENDING, REJECTED)), max_bytes=max_bytes)


class Spool:
    """Safe among threads and processes, and after a crash at any point.

    `max_bytes` bounds pending and rejected pictures together. A picture that does not fit is
    refused with `SpoolFullError`; nothing is ever thrown away to make room.
    """

    def __init__(self, disk: Disk, *, max_bytes: int) -> None:
        self._disk = disk
        self._max_bytes = max_bytes
        self.recover()

    def add(self, picture: Picture) -> str:
        """Keep a picture and return its name; one that waits already is not kept twice.

        Raises `SpoolFullError` when the limit or the disk leaves no room.
        """
        mark = _mark(picture.image_id)
        sidecar = _to_json(picture)
        with self._disk.lock("write.lock", wait=True):
            files = self._disk.sizes(PENDING)
            waiting = next((name for name in files if name.endswith(f"-{mark}.json")), None)
            if waiting:
                return waiting.removesuffix(".json")
            size = len(picture.data) + len(sidecar)
            self._require_room(size, picture.image_id, sum(files.values()))
            name = f"{max(0, int(picture.captured_at.timestamp() * 1000)):014d}-{mark}"
            image = f"{name}.{EXTENSIONS[picture.content_type]}"
            try:
                self._put(PENDING, image, picture.data)
                self._put(PENDING, f"{name}.json", sidecar)
            except OSError as error:
                self._disk.unlink(f"{PENDING}/{name}.json")
                self._disk.unlink(f"{PENDING}/{image}")
                raise SpoolFullError(
                    f"Picture {picture.image_id!r} was not kept, "
                    f"the spool's disk refused it: {error}"
                ) from error
        return name

    def names(self) -> list[str]:
        """The pictures that wait, oldest capture first."""
        return sorted(
            name.removesuffix(".json")
            for name in self._disk.sizes(PENDING)
            if name.endswith(".json")
        )

    def holds(self, image_id: str) -> bool:
        """Whether the image waits here."""
        return any(name.endswith(f"-{_mark(image_id)}") for name in self.names())

    def read(self, name: str) -> Picture:
        """A waiting picture; `InvalidError` when its files were damaged or taken away.

        `TryAgainError` when the disk cannot be read just now.
        """
        try:
            fields = json.loads(self._disk.read(f"{PENDING}/{name}.json"))
            image = f"{PENDING}/{name}.{EXTENSIONS[fields['contentType']]}"
            picture = Picture(
                image_id=str(fields["imageId"]),
                data=self._disk.read(image),
                content_type=fields["contentType"],
                captured_at=times.from_wire(fields["capturedAt"]),
                metadata=dict(fields["metadata"]),
            )
        except FileNotFoundError as error:
            raise InvalidError(f"A file of spooled picture {name} is missing.") from error
        except OSError as error:
            raise TryAgainError(f"Spooled picture {name} cannot be read: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidError(f"The sidecar of spooled picture {name} is damaged.") from error
        if len(picture.data) != fields.get("size"):
            raise InvalidError(f"Spooled picture {name} has lost bytes.")
        return picture

    def remove(self, name: str) -> None:
        """Forget a picture that the server has."""
        self._disk.unlink(f"{PENDING}/{name}.json")
        # Without this, a power cut could keep the sidecar and lose the image it speaks of.
        self._disk.sync(PENDING)
        for extension in EXTENSIONS.values():
            self._disk.unlink(f"{PENDING}/{name}.{extension}")

    def reject(self, name: str, reason: str) -> None:
        """Move a picture that the server will never take out of the way, with the reason."""
        with self._disk.lock("write.lock", wait=True):
            files = self._disk.sizes(PENDING)
            for extension in EXTENSIONS.values():
                image = f"{name}.{extension}"
                if image in files:
                    self._put(REJECTED, image, self._disk.read(f"{PENDING}/{image}"))
            self._put(REJECTED, f"{name}.json", self._rejected_sidecar(name, reason))
            self.remove(name)

    def take_back(self) -> int:
        """Let all rejected pictures wait again, say after the camera's clock was set right.

        Returns how many; a sidecar that names no picture stays where it is.
        """
        taken = 0
        with self._disk.lock("write.lock", wait=True):
            files = self._disk.sizes(REJECTED)
            for sidecar in (name for name in files if name.endswith(".json")):
                stem = sidecar.removesuffix(".json")
                images = [n for n in files if n != sidecar and n.startswith(f"{stem}.")]
                fields = self._fields(f"{REJECTED}/{sidecar}")
                if not images or "imageId" not in fields:
                    continue
                for image in images:
                    self._put(PENDING, image, self._disk.read(f"{REJECTED}/{image}"))
                kept = {k: v for k, v in fields.items() if k not in {"reason", "rejectedAt"}}
                self._put(PENDING, sidecar, _dump(kept))
                self._disk.unlink(f"{REJECTED}/{sidecar}")
                for image in images:
                    self._disk.unlink(f"{REJECTED}/{image}")
                taken += 1
        return taken

    def recover(self) -> None:
        """Sweep up what a crash has left half done; called at start."""
        with self._disk.lock("write.lock", wait=True):
            for folder in (PENDING, REJECTED):
                for name in self._disk.sizes(folder):
                    if name.endswith(".part"):
                        self._disk.unlink(f"{folder}/{name}")
            # The listing comes before the look for a sidecar, and `remove` takes the sidecar
            # first: an image seen here without one is an orphan, never one being removed.
            files = self._disk.sizes(PENDING)
            for name in files:
                if not name.endswith(".json") and f"{name.rpartition('.')[0]}.json" not in files:
                    self._disk.unlink(f"{PENDING}/{name}")

    def usage(self) -> SpoolUsage:
        """Counts and bytes as of now."""
        pending, rejected = self._disk.sizes(PENDING), self._disk.sizes(REJECTED)
        return SpoolUsage(
            pending=sum(name.endswith(".json") for name in pending),
            pending_bytes=sum(pending.values()),
            rejected=sum(name.endswith(".json") for name in rejected),
            rejected_bytes=sum(rejected.values()),
            max_bytes=self._max_bytes,
        )

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """True for the one sender, of all threads and processes; False while another sends."""
        with self._disk.lock("send.lock", wait=False) as mine:
            yield mine

    def _put(self, folder: str, name: str, data: bytes) -> None:
        part = f"{folder}/{name}.part"
        self._disk.write(part, data)
        self._disk.rename(part, f"{folder}/{name}")
        self._disk.sync(folder)

    def _require_room(self, size: int, image_id: str, pending: int) -> None:
        rejected = sum(self._disk.sizes(REJECTED).values())
        if pending + rejected + size > self._max_bytes:
            raise SpoolFullError(
                f"Picture {image_id!r} ({size} bytes) was not kept: the spool holds {pending} "
                f"bytes that wait and {rejected} that were rejected, of {self._max_bytes} allowed."
            )

    def _rejected_sidecar(self, name: str, reason: str) -> bytes:
        fields = self._fields(f"{PENDING}/{name}.json")
        return _dump({**fields, "reason": reason, "rejectedAt": times.to_wire(times.now())})

    def _fields(self, sidecar: str) -> dict[str, Any]:
        """A sidecar's members; none when it is damaged."""
        try:
            return dict(json.loads(self._disk.read(sidecar)))
        except (OSError, ValueError, TypeError):
            return {}


def _mark(image_id: str) -> str:
    """The id as a file name can carry it: any script, any length."""
    return hashlib.sha256(image_id.encode()).hexdigest()[:24]


def _to_json(picture: Picture) -> bytes:
    return _dump(
        {
            "imageId": picture.image_id,
            "contentType": picture.content_type,
            "size": len(picture.data),
            "capturedAt": times.to_wire(picture.captured_at),
            "metadata": dict(picture.metadata),
        }
    )


def _dump(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, indent=1).encode()
