"""What a report is about: a time, in the plant's zone, and perhaps one line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sightline.domain import times
from sightline.domain.errors import InvalidError
from sightline.domain.queries import buckets

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_HOURLY_DAYS = 3  # longer reports are drawn by the day


@dataclass(frozen=True)
class Subject:
    """From `begin` up to `end`, both in `zone`; `filters` as the queries have them."""

    begin: datetime
    end: datetime
    zone: str
    filters: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The time in words, such as `Monday, 23 November 2026`."""
        last = self.end - timedelta(microseconds=1)
        if self.begin.date() == last.date():
            return f"{self.begin:%A}, {_day(self.begin)}"
        return f"{_day(self.begin)} to {_day(last)}"

    @property
    def before(self) -> Subject:
        """The same length of time just before, for comparison."""
        return Subject(self.begin - (self.end - self.begin), self.begin, self.zone, self.filters)

    @property
    def parameters(self) -> dict[str, str]:
        """What every query is asked with."""
        utc = {"from": times.to_wire(self.begin), "to": times.to_wire(self.end)}
        return {**utc, **self.filters}

    @property
    def bucket(self) -> str:
        """The steps in which time is drawn."""
        return "hour" if self.end - self.begin <= timedelta(days=_HOURLY_DAYS) else "day"


def day_of(text: str, zone: str, filters: dict[str, str]) -> Subject:
    """The subject of a day, `yyyy-mm-dd`; `InvalidError` for what is none."""
    try:
        first = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise InvalidError(f"Day {text!r} is not of the form 2026-11-23.") from error
    return _days(first, 1, zone, filters)


def week_of(text: str, zone: str, filters: dict[str, str]) -> Subject:
    """The subject of an ISO week, `yyyy-Www`, from Monday on; `InvalidError` for what is none."""
    found = _WEEK.fullmatch(text)
    try:
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None:
        raise InvalidError(f"Week {text!r} is not of the form 2026-W48.")
    return _days(first, 7, zone, filters)


def _days(first: date, count: int, zone: str, filters: dict[str, str]) -> Subject:
    place = buckets.zone(zone)
    begin, end = (
        datetime.combine(first + timedelta(days=days), time.min, place) for days in (0, count)
    )
    return Subject(begin, end, zone, filters)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
