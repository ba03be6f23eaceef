"""What the analytics service should answer, worked out by pandas and scipy from known rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from tests.integration.analytics import expected

Rows = list[dict[str, Any]]
Check = Callable[[Rows], None]
AT_LEAST = 5
"""Images of a camera, for it to be one of the worst."""


def questions(
    rows: pd.DataFrame, begin: str, end: str
) -> Sequence[tuple[str, Mapping[str, Any], Check]]:
    """Queries with the parameters that are their own, and what is to be checked of the answers.

    `rows` are those of the time asked for, in their latest form.
    """
    zone = {"zone": expected.Z}
    bands = expected.confidence(rows, [0.0, 0.7, 0.9, 1.0])
    bands.insert(0, "band", ["low", "medium", "high"])
    bins = expected.confidence(rows, [n / 20 for n in range(21)])
    bins.insert(0, "bin", range(20))
    steps = {step: expected.over_time(rows, begin, end, step) for step in ("hour", "day", "week")}
    worst = expected.worst_cameras(rows, 3, AT_LEAST)
    return [
        ("totals", {}, _same(expected.totals(rows))),
        ("by_facility", {}, _counts(rows, expected.LINE[:2])),
        ("by_line", {}, _counts(rows, expected.LINE)),
        ("by_camera", {}, _counts(rows, expected.CAMERA)),
        ("by_model", {}, _same(expected.by_model(rows))),
        *(("over_time", {"bucket": step, **zone}, _same(steps[step])) for step in steps),
        ("line_by_hour", zone, _same(expected.line_by_hour(rows, expected.Z))),
        ("confidence_bands", {}, _same(bands.to_dict("records"))),
        ("confidence_histogram", {}, _same(bins.to_dict("records"))),
        ("worst_cameras", {"limit": 3, "at_least": AT_LEAST}, _same(worst)),
        ("defect_types", {}, _same(expected.defect_types(rows))),
        ("review_outcomes", {}, _same(expected.review_outcomes(rows))),
        ("latency", {}, lambda found: expected.right_latency(found, rows)),
    ]


def _counts(rows: pd.DataFrame, keys: list[str]) -> Check:
    return _same(expected.counts(rows, keys, keys[::2]))


def _same(wanted: Rows) -> Check:
    return lambda found: expected.same(found, wanted)
