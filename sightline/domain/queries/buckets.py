"""Steps of time as people count them: hours and days of a time zone, summer time and all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from sightline.domain.errors import InvalidError

BUCKETS_MAX = 1_500  # a day by the minute is 1,440
_FIXED = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name; `InvalidError` when there is none of that name."""
    if name not in _names():
        raise InvalidError(f"{name!r} is not a time zone; zones are named as in Europe/Berlin.")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def starts(begin: datetime, end: datetime, bucket: str, place: ZoneInfo) -> tuple[datetime, ...]:
    """The moments (UTC) at which the buckets of `[begin, end)` start, in order.

    The first may lie before `begin`. `InvalidError` when there are more than `BUCKETS_MAX`.
    """
    length = _FIXED.get(bucket)
    if length and (end - begin) / length > BUCKETS_MAX:
        raise _too_many(bucket)
    moments = _fixed(begin, length, place) if length else _calendar(begin, bucket, place)
    within = _before(moments, end)
    found = tuple(islice(within, BUCKETS_MAX + 1))
    if len(found) > BUCKETS_MAX:
        raise _too_many(bucket)
    return found


def local(moment: datetime, place: ZoneInfo) -> str:
    """`2026-10-25T02:00:00+02:00` of a moment."""
    return moment.astimezone(place).isoformat(timespec="seconds")


def offsets(begin: datetime, end: datetime, place: ZoneInfo) -> list[tuple[datetime, int]]:
    """By how many minutes the place's clocks are ahead of UTC in `[begin, end)`.

    Pairs of when an offset begins (UTC; the first one at `begin`) and the offset, in order.
    """
    found = [(begin, _ahead(begin, place))]
    moment = begin
    while moment < end:
        day_later = min(moment + timedelta(days=1), end)
        if _ahead(day_later, place) != found[-1][1]:
            change = _change(moment, day_later, place)
            if change < end:
                found.append((change, _ahead(change, place)))
        moment = day_later
    return found


def midnight(day: date, place: ZoneInfo) -> datetime:
    """When a day begins, in UTC; the first of two midnights, and the moment after a skipped one."""
    return datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC)


def _ahead(moment: datetime, place: ZoneInfo) -> int:
    offset = moment.astimezone(place).utcoffset() or timedelta()
    return offset // timedelta(minutes=1)


def _change(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The first second at which clocks show what they do at `after`; clocks change on seconds."""
    old, before = _ahead(before, place), before.replace(microsecond=0)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        before, after = (middle, after) if _ahead(middle, place) == old else (before, middle)
    return after.replace(microsecond=0)


def _fixed(begin: datetime, length: timedelta, place: ZoneInfo) -> Iterator[datetime]:
    """Hours begin at full hours of the place, whose offset need not be whole hours.

    Where the offset changes by part of an hour, a shorter bucket follows.
    """
    moment = begin.astimezone(UTC)
    end = datetime.min.replace(tzinfo=UTC)
    while True:
        here = moment.astimezone(place)
        into = timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
        start = moment - (into % length)
        yield max(start, end)
        end = moment = start + length


def _calendar(begin: datetime, bucket: str, place: ZoneInfo) -> Iterator[datetime]:
    day = begin.astimezone(place).date()
    if bucket == "week":
        day -= timedelta(days=day.weekday())
    elif bucket == "month":
        day = day.replace(day=1)
    last = None
    while True:
        start = midnight(day, place)
        if start != last:  # a day that a zone has left out begins where the next one does
            yield start
        last = start
        if bucket == "month":
            day = (day + timedelta(days=31)).replace(day=1)
        else:
            day += timedelta(days=7 if bucket == "week" else 1)


def _before(moments: Iterator[datetime], end: datetime) -> Iterator[datetime]:
    for moment in moments:
        if moment >= end:
            return
        yield moment


def _too_many(bucket: str) -> InvalidError:
    return InvalidError(
        f"from, to, bucket: these are more than {BUCKETS_MAX} steps of one {bucket}; "
        "take a longer bucket or a shorter time."
    )
