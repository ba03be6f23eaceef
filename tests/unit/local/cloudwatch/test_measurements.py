"""What functions print and services say becomes metrics, and metrics become numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.aws.metrics import EmfMetrics
from sightline.local.cloudwatch.measurements import (
    KEPT_SECONDS,
    Measurements,
    metric,
    read_emf,
    statistic,
)

EVERYTHING = {"Scope": "all"}
PRESS = {"Project": "castings", "Line": "press-1"}


def test_a_line_of_ours_counts_once_under_each_set_of_dimensions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    EmfMetrics("Sightline/dev").emit({"Defects": (2, "Count")}, PRESS, EVERYTHING)
    found = read_emf(capsys.readouterr().out)
    assert [(what, value) for what, value, _ in found] == [
        (metric("Sightline/dev", "Defects", PRESS), 2),
        (metric("Sightline/dev", "Defects", EVERYTHING), 2),
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("_aws"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["_aws", "CloudWatchMetrics", "x"]), inner, max_size=3
            )
        ),
    ).map(json.dumps)
    | st.text(max_size=30)
)
def test_any_other_output_is_no_metric(line: str) -> None:
    assert read_emf(line) == []


def test_values_are_found_by_time_also_when_they_come_late() -> None:
    measured, what = Measurements(), metric("n", "m", EVERYTHING)
    for at in (10.0, 30.0, 20.0):
        measured.put(what, at, at)
    assert measured.values(what, 10, 30) == [20.0, 30.0]
    measured.put(what, 1, 30 + KEPT_SECONDS)
    assert measured.values(what, 0, 1e9) == [1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sum", 15),
        ("Average", 3),
        ("Minimum", 1),
        ("Maximum", 5),
        ("SampleCount", 5),
        ("p50", 3),
        ("p99", 5),
        ("p0", 1),
    ],
)
def test_statistics(name: str, value: float) -> None:
    assert statistic([5, 1, 3, 2, 4], name) == value
    assert statistic([], name) is None
