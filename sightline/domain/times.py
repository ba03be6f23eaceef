"""Times: always UTC, ISO 8601 with `Z` and milliseconds on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sightline.domain.errors import InvalidError

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment in UTC; the default clock."""
    return datetime.now(UTC)


def to_wire(moment: datetime) -> str:
    """`2026-01-31T08:15:00.250Z` for an aware datetime; a naive one is refused."""
    if moment.tzinfo is None:
        raise InvalidError("A time without a time zone was given; times are UTC.")
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def from_wire(text: str) -> datetime:
    """Parse ISO 8601 with any offset into UTC, cut to milliseconds as the wire carries them.

    Raises `InvalidError` when the text is no time or has no offset.
    """
    try:
        moment = datetime.fromisoformat(text)
        aware = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidError(f"{text!r} is not an ISO 8601 time.") from error
    if moment.tzinfo is None:
        raise InvalidError(f"{text!r} has no time zone; end it with Z for UTC.")
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)
