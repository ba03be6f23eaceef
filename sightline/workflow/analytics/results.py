"""Rows as callers get them, from what a query selected."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sightline.domain import times
from sightline.domain.queries import buckets, rates
from sightline.domain.queries.declaration import Query
from sightline.domain.queries.values import Value, period
from sightline.domain.queries.vocabulary import LOCAL_TIMES, ColumnType

Cell = str | int | float | None
Row = dict[str, Cell]


def typed(query: Query, texts: Mapping[str, str | None]) -> Row:
    """A row from the texts that Athena gives."""
    return {
        column.name: None if (text := texts[column.name]) is None else _READ[column.type](text)
        for column in query.selected
    }


def finished(query: Query, values: Mapping[str, Value], selected: Sequence[Row]) -> list[Row]:
    """The rows of the answer: all steps of time, and the rates."""
    stepped = any(column.name == LOCAL_TIMES for column in query.selected)
    rows = _stepped(query, values, selected) if stepped else [dict(row) for row in selected]
    for row in rows:
        for rate in query.rates:
            found = rates.interval(int(row[rate.of] or 0), int(row[rate.among] or 0))
            names = (column.name for column in rate.columns())
            row.update(zip(names, found or (None, None, None), strict=True))
    return rows


def _stepped(query: Query, values: Mapping[str, Value], selected: Sequence[Row]) -> list[Row]:
    """One row for each step between `from` and `to`; what was selected falls into the steps."""
    place = buckets.zone(str(values["zone"]))
    starts = buckets.starts(*period(values), str(values["bucket"]), place)
    counts = [column.name for column in query.selected if column.name != LOCAL_TIMES]
    rows: list[Row] = [
        {LOCAL_TIMES: buckets.local(start, place), **dict.fromkeys(counts, 0)} for start in starts
    ]
    for found in selected:
        step = rows[bisect_right(starts, times.from_wire(str(found[LOCAL_TIMES]))) - 1]
        for name in counts:
            step[name] = int(step[name] or 0) + int(found[name] or 0)
    return rows


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _time(text: str) -> str:
    return times.to_wire(datetime.fromisoformat(text + "+00:00"))


_READ: Mapping[ColumnType, Callable[[str], Cell]] = {
    ColumnType.TEXT: str,
    ColumnType.INTEGER: int,
    ColumnType.NUMBER: _number,
    ColumnType.TIME: _time,
}
