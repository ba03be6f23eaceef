"""The plant's clock: the hour, the weekday and the shift in which a picture was taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sightline.domain.errors import InvalidError

_SHIFT = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,30})=([01]\d|2[0-3]):([0-5]\d)\Z")


@dataclass(frozen=True)
class Shift:
    """A shift goes on until the next one starts, over midnight too."""

    name: str
    start: time


@dataclass(frozen=True)
class Plant:
    """Where the lines are in time; `shifts` are sorted by their starts."""

    zone: ZoneInfo
    shifts: tuple[Shift, ...]

    @classmethod
    def parse(cls, zone: str, shifts: Sequence[str]) -> Self:
        """From an IANA zone and shifts such as `early=06:00`; `InvalidError` says what is wrong."""
        found = sorted((_shift(text) for text in shifts), key=lambda shift: shift.start)
        if not found:
            raise InvalidError("A plant has at least one shift.")
        for what in ("name", "start"):
            if len({getattr(shift, what) for shift in found}) < len(found):
                raise InvalidError(f"Two shifts have the same {what}: {', '.join(shifts)}.")
        return cls(time_zone(zone), tuple(found))

    def local(self, moment: datetime) -> datetime:
        """An aware moment on the plant's clock."""
        return moment.astimezone(self.zone)

    def shift(self, moment: datetime) -> str:
        """The name of the shift at an aware moment."""
        clock = self.local(moment).time()
        begun = [shift for shift in self.shifts if shift.start <= clock]
        return (begun or self.shifts)[-1].name


@cache
def time_zone(name: str) -> ZoneInfo:
    """An IANA time zone; `InvalidError` when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(
            f"{name!r} is not a time zone; use an IANA name such as Europe/Berlin or UTC."
        ) from error


def _shift(text: str) -> Shift:
    if not (found := _SHIFT.match(text)):
        raise InvalidError(f"{text!r} is not a shift such as early=06:00.")
    name, hour, minute = found.groups()
    return Shift(name, time(int(hour), int(minute)))
