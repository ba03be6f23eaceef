"""Shift calendars: when a model is to run, week after week.

A schedule acts at the beginnings and ends of shifts only; in between people may start and stop the
model as they like, and the schedule does not fight them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sightline.domain.lookout.errors import ValidationError, shown
from sightline.domain.lookout.models import version_name
from sightline.domain.lookout.records import Record

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIFTS_MAX = 21
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOMENT = timedelta(seconds=1)
_LOOK_BACK = 8  # days: a week, and a shift that began the day before


@dataclass(frozen=True)
class Shift:
    """On these days from `start` to `end` (`hh:mm`); an end before the start is the next day's."""

    days: tuple[str, ...]
    start: str
    end: str

    def check(self) -> None:
        """Raise `ValidationError` for days and times that are none."""
        if not self.days or not set(self.days) <= set(DAYS):
            raise ValidationError(f"Days {shown(list(self.days))} must be of {', '.join(DAYS)}.")
        for text in (self.start, self.end):
            if not _TIME.fullmatch(text):
                raise ValidationError(f"{shown(text)} is not a time of day like 06:00.")
        if self.start == self.end:
            raise ValidationError("A shift must not begin and end at the same time.")


@dataclass(frozen=True, kw_only=True)
class Schedule(Record):
    """When one model version runs. `acted_at` is the last moment that was seen to."""

    project: str
    version: str
    timezone: str
    units: int
    shifts: tuple[Shift, ...]
    acted_at: datetime

    @property
    def identity(self) -> tuple[str, str]:
        return schedule_identity(self.project, self.version)

    def check(self) -> None:
        """Raise `ValidationError` when the calendar makes no sense."""
        if not 1 <= len(self.shifts) <= SHIFTS_MAX:
            raise ValidationError(f"Shifts must have 1 to {SHIFTS_MAX} entries.")
        for shift in self.shifts:
            shift.check()
        zone(self.timezone)

    def due(self, now: datetime) -> bool | None:
        """True when the model should be started now, False when stopped, None when left alone."""
        edges = {edge for span in self._spans(now) for edge in span}
        passed = (edge for edge in edges if self.acted_at < edge <= now)
        # Where shifts meet or overlap, an edge of one of them switches nothing.
        if not any(self.is_on(edge) != self.is_on(edge - _MOMENT) for edge in passed):
            return None
        return self.is_on(now)

    def is_on(self, moment: datetime) -> bool:
        """Whether the moment lies in a shift."""
        return any(start <= moment < end for start, end in self._spans(moment))

    def _spans(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        here = zone(self.timezone)
        today = moment.astimezone(here).date()
        spans = []
        for back in range(-1, _LOOK_BACK):
            day = today - timedelta(days=back)
            for shift in self.shifts:
                if DAYS[day.weekday()] in shift.days:
                    overnight = timedelta(days=int(shift.end < shift.start))
                    start = datetime.combine(day, _time(shift.start), here)
                    end = datetime.combine(day + overnight, _time(shift.end), here)
                    spans.append((start.astimezone(UTC), end.astimezone(UTC)))
        return spans


def schedule_identity(project: str, version: str) -> tuple[str, str]:
    """Where a version's schedule is kept."""
    return "", f"{project}#{version_name(version)}"


def zone(name: str) -> ZoneInfo:
    """A time zone by its name; `ValidationError` when there is none like it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(f"Timezone {shown(name)} is not one like Europe/Berlin.") from error


def _time(text: str) -> time:
    hours, _, minutes = text.partition(":")
    return time(int(hours), int(minutes))
