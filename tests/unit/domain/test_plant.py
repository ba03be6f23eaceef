from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.errors import InvalidError
from sightline.domain.plant import Plant

SHIFTS = ["early=06:00", "late=14:00", "night=22:00"]
BERLIN = Plant.parse("Europe/Berlin", SHIFTS)


@pytest.mark.parametrize(
    ("moment", "shift"),
    [
        ("2026-01-12T04:59:59+00:00", "night"),  # 05:59 in Berlin
        ("2026-01-12T05:00:00+00:00", "early"),
        ("2026-07-12T04:00:00+00:00", "early"),  # summer time: an hour earlier in UTC
        ("2026-01-12T12:59:59+00:00", "early"),
        ("2026-01-12T13:00:00+00:00", "late"),
        ("2026-01-12T22:30:00+00:00", "night"),
    ],
)
def test_a_shift_goes_on_until_the_next_one_over_midnight_too(moment: str, shift: str) -> None:
    assert BERLIN.shift(datetime.fromisoformat(moment)) == shift


def test_hour_and_weekday_are_those_of_the_plants_clock() -> None:
    local = BERLIN.local(datetime(2026, 3, 15, 23, 30, tzinfo=UTC))  # a Sunday in UTC
    assert (local.hour, local.isoweekday()) == (0, 1)


@given(st.datetimes(min_value=datetime(1990, 1, 2), timezones=st.just(UTC)))
def test_every_moment_is_in_one_shift(moment: datetime) -> None:
    assert BERLIN.shift(moment) in {"early", "late", "night"}


@pytest.mark.parametrize(
    ("zone", "shifts", "said"),
    [
        ("Europe/Nowhere", SHIFTS, "not a time zone"),
        ("../../etc/passwd", SHIFTS, "not a time zone"),
        ("", SHIFTS, "not a time zone"),
        ("UTC", [], "at least one shift"),
        ("UTC", ["early=6:00"], "not a shift"),
        ("UTC", ["early=24:00"], "not a shift"),
        ("UTC", ["=06:00"], "not a shift"),
        ("UTC", ["a=06:00", "a=07:00"], "same name"),
        ("UTC", ["a=06:00", "b=06:00"], "same start"),
    ],
)
def test_a_plant_that_cannot_be_is_refused_with_the_reason(
    zone: str, shifts: list[str], said: str
) -> None:
    with pytest.raises(InvalidError, match=said):
        Plant.parse(zone, shifts)
