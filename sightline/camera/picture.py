"""One picture on its way: its bytes, what they are, and the id that makes retries harmless."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from sightline.domain import names, times
from sightline.domain.errors import UnusableImageError
from sightline.domain.images import CAPTURE_AGE_MAX, CAPTURE_AHEAD_MAX

_DIB_HEADER_SIZES = {12, 40, 52, 56, 64, 108, 124}

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview


@dataclass(frozen=True)
class Picture:
    """A picture with all that the ingest service asks for; `captured_at` is aware."""

    image_id: str
    data: bytes = field(repr=False)
    content_type: str
    captured_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


def load(
    source: Source,
    *,
    image_id: str | None = None,
    captured_at: datetime | None = None,
    metadata: Mapping[str, str] | None = None,
    clock: times.Clock = times.now,
) -> Picture:
    """Read and check a picture.

    A file's capture time is by default its modification time, or now when that is more than 30
    days ago or a day ahead, which the service would not believe.

    Raises `UnusableImageError` when the bytes are no picture, `InvalidError` when the id, the time
    or the metadata break the rules of `sightline.domain.names`, and `OSError` for unreadable files.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, modified = bytes(source), None
    else:
        data, modified = _read(Path(source))
    content_type = sniff(data)
    now = clock()
    oldest, newest = now - CAPTURE_AGE_MAX, now + CAPTURE_AHEAD_MAX
    believable = modified is not None and oldest < modified < newest
    captured = captured_at or (modified if believable else None) or now
    return Picture(
        image_id=names.image_id(image_id or _default_id(data, captured_at or modified, now)),
        data=data,
        content_type=content_type,
        captured_at=times.from_wire(times.to_wire(captured)),
        metadata=names.metadata(metadata or {}),
    )


def sniff(data: bytes) -> str:
    """The content type that the first bytes prove: JPEG, PNG, BMP or TIFF.

    Raises `UnusableImageError` (`not_an_image`, `unsupported`) for anything else.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] in {b"II*\x00", b"MM\x00*"}:
        return "image/tiff"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _DIB_HEADER_SIZES:
        return "image/bmp"
    if not data:
        raise UnusableImageError("not_an_image", "The picture is empty (0 bytes).")
    known = _foreign(data)
    if known:
        raise UnusableImageError(
            "unsupported", f"This is {known}; Sightline takes JPEG, PNG, BMP and TIFF."
        )
    raise UnusableImageError(
        "not_an_image",
        f"These {len(data)} bytes are no picture: they begin with {data[:8].hex(' ')}, "
        "which is neither JPEG, PNG, BMP nor TIFF.",
    )


def _foreign(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP picture"
    if data[4:8] == b"ftyp":
        return "an HEIF/AVIF picture or a video"
    if data[:4] in {b"II+\x00", b"MM\x00+"}:
        return "a BigTIFF file"
    starts = {b"GIF8": "a GIF picture", b"%PDF": "a PDF", b"\x00\x00\x00\x0cjP": "a JPEG 2000"}
    return next((what for start, what in starts.items() if data.startswith(start)), None)


def _read(path: Path) -> tuple[bytes, datetime]:
    """The bytes and the modification time of one and the same state of the file."""
    with path.open("rb") as file:
        modified = os.fstat(file.fileno()).st_mtime
        data = file.read()
    return data, datetime.fromtimestamp(modified, UTC)


def _default_id(data: bytes, known: datetime | None, now: datetime) -> str:
    """Time first, so that ids sort as pictures were taken.

    With a known time the rest is the content's hash, and sending the same picture again is the
    same image; without one every call is a new image, so the rest is random.
    """
    stamp = times.to_wire(known or now).replace("-", "").replace(":", "").replace(".", "")
    rest = hashlib.sha256(data).hexdigest()[:16] if known else secrets.token_hex(8)
    return f"{stamp}-{rest}"
