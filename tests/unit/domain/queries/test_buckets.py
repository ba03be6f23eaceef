from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.errors import InvalidError
from sightline.domain.queries import buckets

ZONES = [
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca"),
]
LONGEST = {"minute": 1 / 24, "hour": 30, "day": 400, "week": 1000, "month": 3650}  # days


def steps(begin: str, end: str, bucket: str, zone: str) -> list[str]:
    place = buckets.zone(zone)
    first, last = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (begin, end))
    return [buckets.local(found, place) for found in buckets.starts(first, last, bucket, place)]


@pytest.mark.parametrize(
    ("begin", "end", "bucket", "zone", "expected"),
    [
        (
            *("2026-10-24T23:30", "2026-10-25T02:00", "hour", "Europe/Berlin"),  # back by an hour
            [f"2026-10-25T0{hour}" for hour in ("1:00:00+02:00", "2:00:00+02:00", "2:00:00+01:00")],
        ),
        (
            *("2026-03-29T00:00", "2026-03-29T02:00", "hour", "Europe/Berlin"),  # forward
            ["2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"],
        ),
        (
            *("2026-10-24T22:00", "2026-10-26T23:00", "day", "Europe/Berlin"),  # a day of 25 hours
            [
                "2026-10-25T00:00:00+02:00",
                "2026-10-26T00:00:00+01:00",
            ],
        ),
        (
            *("2026-03-14T12:10", "2026-03-14T13:00", "hour", "Asia/Kolkata"),  # 5:30 ahead
            ["2026-03-14T17:00:00+05:30", "2026-03-14T18:00:00+05:30"],
        ),
        (
            *("2026-03-14T12:00", "2026-03-17T00:00", "week", "UTC"),  # from Monday on
            ["2026-03-09T00:00:00+00:00", "2026-03-16T00:00:00+00:00"],
        ),
        (
            *("2026-01-31T12:00", "2026-03-01T00:00", "month", "UTC"),
            ["2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"],
        ),
        (
            *("2011-12-29T12:00", "2011-12-31T12:00", "day", "Pacific/Apia"),  # without the 30th
            [
                "2011-12-29T00:00:00-10:00",
                "2011-12-31T00:00:00+14:00",
                "2012-01-01T00:00:00+14:00",
            ],
        ),
    ],
)
def test_steps_are_those_of_the_clocks_on_the_wall(
    begin: str, end: str, bucket: str, zone: str, expected: list[str]
) -> None:
    assert steps(begin, end, bucket, zone) == expected


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(sorted(LONGEST)),
    st.floats(0.001, 1),
    st.sampled_from(ZONES),
)
def test_every_moment_falls_into_one_step(
    begin: datetime, bucket: str, share: float, zone: str
) -> None:
    end = begin + timedelta(days=LONGEST[bucket]) * share
    found = buckets.starts(begin, end, bucket, buckets.zone(zone))
    assert found[0] <= begin
    assert found[-1] < end
    assert list(found) == sorted(set(found))
    assert all(start > begin for start in found[1:])
    longest = {"minute": 60, "hour": 3600, "day": 49 * 3600, "week": 9 * 86400, "month": 32 * 86400}
    gaps = [later - start for start, later in zip(found, [*found[1:], end], strict=True)]
    assert max(gaps) <= timedelta(seconds=longest[bucket])


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=1000)),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(ZONES),
)
def test_offsets_are_those_of_the_clocks_on_the_wall(
    begin: datetime, length: timedelta, share: float, zone: str
) -> None:
    place, end = ZoneInfo(zone), begin + length
    found = buckets.offsets(begin, end, place)
    assert [since for since, _ in found] == sorted({since for since, _ in found})
    assert found[0][0] == begin
    changes = [since for since, _ in found[1:]]
    assert all(begin < change < end for change in changes)
    moments = [begin, begin + length * share, *changes]
    before = [change - timedelta(milliseconds=1) for change in changes]
    for moment in [*moments, *(moment for moment in before if moment >= begin)]:
        minutes = [minutes for since, minutes in found if since <= moment][-1]
        assert moment.astimezone(place).utcoffset() == timedelta(minutes=minutes)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sampled_from(ZONES))
def test_a_day_begins_when_its_date_does(day: date, zone: str) -> None:
    place = ZoneInfo(zone)
    begin = buckets.midnight(day, place)
    # Apia has no 30 December 2011: that "day" begins where the next one does.
    assert (begin.astimezone(place).date() - day).days in {0, 1}
    assert (begin - timedelta(seconds=1)).astimezone(place).date() < day


@pytest.mark.parametrize("bucket", ["minute", "hour", "day"])
def test_more_steps_than_anybody_can_see_are_refused(bucket: str) -> None:
    begin, most = datetime(2026, 1, 1, tzinfo=UTC), buckets.BUCKETS_MAX
    length = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
    span = most * length[bucket]
    assert len(buckets.starts(begin, begin + span, bucket, ZoneInfo("UTC"))) == most
    with pytest.raises(InvalidError, match=rf"more than {most} steps of one {bucket}"):
        buckets.starts(begin, begin + span + timedelta(seconds=1), bucket, ZoneInfo("UTC"))


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../../etc/passwd", "europe/berlin"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="Europe/Berlin"):
        buckets.zone(name)
