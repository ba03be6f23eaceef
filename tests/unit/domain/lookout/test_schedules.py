from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.schedules import DAYS, Schedule, Shift

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = DAYS[:5]


def at(text: str) -> datetime:
    """A moment in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def schedule(*shifts: Shift, acted: str = "2026-03-09T00:00", **changes: Any) -> Schedule:
    found = Schedule(
        project="castings",
        version="1",
        timezone="Europe/Berlin",
        units=1,
        shifts=shifts or (Shift(WEEKDAYS, "06:00", "14:00"), Shift(WEEKDAYS, "14:00", "22:00")),
        acted_at=at(acted),
    )
    return replace(found, **changes)


@pytest.mark.parametrize(
    ("acted", "now", "due"),
    [
        ("2026-03-09T05:00", "2026-03-09T05:59", None),
        ("2026-03-09T05:59", "2026-03-09T06:00", True),
        ("2026-03-09T06:00", "2026-03-09T13:00", None),
        ("2026-03-09T13:59", "2026-03-09T14:00", None),  # the next shift goes on
        ("2026-03-09T21:59", "2026-03-09T22:01", False),
        ("2026-03-09T05:00", "2026-03-09T23:00", False),  # both were missed: it is over
        ("2026-03-13T22:30", "2026-03-15T12:00", None),  # the weekend
        ("2026-01-01T00:00", "2026-03-09T12:00", True),  # the system was away for long
    ],
)
def test_only_edges_that_switch_something_are_due(acted: str, now: str, due: bool | None) -> None:
    assert schedule(acted=acted).due(at(now)) is due


def test_a_night_shift_ends_the_next_day() -> None:
    night = schedule(Shift(("sun",), "22:00", "06:00"))
    assert night.is_on(at("2026-03-08T23:00"))
    assert night.is_on(at("2026-03-09T05:59"))
    assert not night.is_on(at("2026-03-09T06:00"))
    assert not night.is_on(at("2026-03-09T22:30"))


def test_shifts_follow_the_clock_on_the_wall() -> None:
    early = schedule(Shift(DAYS, "06:00", "14:00"))
    # On 29 March 2026 the clocks in Berlin go forward: 06:00 is 04:00 UTC from then on.
    assert early.is_on(datetime.fromisoformat("2026-03-28T05:00:00Z"))
    assert not early.is_on(datetime.fromisoformat("2026-03-28T04:30:00Z"))
    assert early.is_on(datetime.fromisoformat("2026-03-29T04:30:00Z"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shifts": ()}, "Shifts must have 1 to 21 entries"),
        ({"shifts": (Shift(("monday",), "06:00", "14:00"),)}, "must be of mon, tue"),
        ({"shifts": (Shift((), "06:00", "14:00"),)}, "must be of mon, tue"),
        ({"shifts": (Shift(DAYS, "6:00", "14:00"),)}, "'6:00' is not a time of day"),
        ({"shifts": (Shift(DAYS, "06:00", "24:00"),)}, "'24:00' is not a time of day"),
        ({"shifts": (Shift(DAYS, "06:00", "06:00"),)}, "at the same time"),
        ({"timezone": "Mars/Olympus"}, "is not one like Europe/Berlin"),
        ({"timezone": "../etc/passwd"}, "is not one like Europe/Berlin"),
        ({"timezone": ""}, "is not one like Europe/Berlin"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        replace(schedule(), **changes).check()
    schedule().check()
