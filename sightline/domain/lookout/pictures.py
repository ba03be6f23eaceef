"""What the first bytes of a PNG or JPEG say, without decoding it."""

from __future__ import annotations

from sightline.domain.lookout import limits
from sightline.domain.lookout.errors import ValidationError, shown

PNG, JPEG = "image/png", "image/jpeg"
CONTENT_TYPES = (PNG, JPEG)

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_JPEG_MAGIC = b"\xff\xd8\xff"
# Start-of-frame markers; the four left out are other tables (DHT, JPG, DAC, and none).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xDA)})  # markers without a length


def dimensions(data: bytes) -> tuple[int, int]:
    """`(width, height)` in pixels as the header says; `ValidationError` for other data."""
    size = None
    if data.startswith(_PNG_MAGIC):
        size = _png(data)
    elif data.startswith(_JPEG_MAGIC):
        size = _jpeg(data)
    if size is None:
        raise ValidationError("The image is not a readable PNG or JPEG.")
    return size


def content_type(data: bytes) -> str:
    """The content type that the bytes have, whatever was declared."""
    return PNG if data.startswith(_PNG_MAGIC) else JPEG


def check_size(width: int, height: int, what: str) -> None:
    """Raise `ValidationError` unless both sides are within the service's limits."""
    low, high = limits.SIDE_MIN, limits.SIDE_MAX
    if not (low <= width <= high and low <= height <= high):
        raise ValidationError(
            f"{what} has {width} x {height} pixels; each side must have {low} to {high}."
        )


def check_declared(declared: str) -> None:
    """Raise `ValidationError` unless the content type is one that the service takes."""
    if declared.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        raise ValidationError(
            f"ContentType {shown(declared)} must be one of {', '.join(CONTENT_TYPES)}."
        )


def _png(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            width = int.from_bytes(data[at + 7 : at + 9], "big")
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None
