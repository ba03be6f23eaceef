"""The last minutes, from the table: what the lake does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sightline.domain import times
from sightline.domain.cameras import Camera
from sightline.domain.errors import InvalidError
from sightline.domain.inspections import Inspection, Recorded, Verdict
from sightline.domain.queries.declaration import Query
from sightline.domain.queries.values import Value, complete, minute_after, period
from sightline.workflow.analytics.ports import AnalyticsDeps
from sightline.workflow.analytics.results import Row, finished

MINUTES_MAX = 60
PER_LINE_MAX = 2_000
LINES_MAX = 100

Lines = Mapping[tuple[str, str], Camera]
"""A camera of each line, by facility and line: it knows their names."""


@dataclass(frozen=True)
class Live:
    """Answers of the queries `totals`, `by_line` and `over_time` for `[begin, end)`.

    `shortened` says that a line had too many images: then `begin` is later than was asked, so that
    the numbers are right for the time they are said to be of.
    """

    begin: datetime
    end: datetime
    shortened: bool
    results: Mapping[str, tuple[Query, Sequence[Row]]]


def live(
    minutes: int,
    zone: str,
    given: Mapping[str, str],
    deps: AnalyticsDeps,
    *,
    per_line: int = PER_LINE_MAX,
) -> Live:
    """The last `minutes`, this one included; `given` are filters as the queries have them.

    Reads at most `per_line` images of each of `LINES_MAX` lines. A line is found by its cameras in
    the registry.
    """
    end = minute_after(deps.clock())
    asked = {
        **given,
        "from": times.to_wire(end - timedelta(minutes=minutes)),
        "to": times.to_wire(end),
        "zone": zone,
        "bucket": "minute",
    }
    values = complete(deps.queries["over_time"], asked, deps.clock())
    lines = _lines(deps.cameras.list(), values)
    begin, found = _read(lines, values, deps, per_line)
    shortened = begin != period(values)[0]
    values["from"] = times.to_wire(begin)
    selected = {
        "totals": [_totals(found)],
        "by_line": _by_line(found, lines),
        "over_time": [{"start": times.to_wire(one.captured_at), **_counts([one])} for one in found],
    }
    results = {
        name: (query := deps.queries[name], finished(query, values, rows))
        for name, rows in selected.items()
    }
    return Live(begin, end, shortened, results)


def _lines(cameras: Iterable[Camera], values: Mapping[str, Value]) -> dict[tuple[str, str], Camera]:
    lines = {
        (camera.facility, camera.line): camera
        for camera in cameras
        if values["facility"] in {"", camera.facility} and values["line"] in {"", camera.line}
    }
    if len(lines) > LINES_MAX:
        raise InvalidError(f"These are {len(lines)} lines, more than {LINES_MAX}; name a facility.")
    return lines


def _read(
    lines: Lines, values: Mapping[str, Value], deps: AnalyticsDeps, per_line: int
) -> tuple[datetime, list[Inspection]]:
    """What was captured since `begin`, which is the later, the more there is on a line."""
    begin, end = period(values)
    asked_from, found = begin, list[Inspection]()
    for facility, line in lines:
        newest_first = _newest_first(facility, line, asked_from, end, deps)
        for count, recorded in enumerate(newest_first):
            inspection = recorded.inspection
            if inspection.captured_at < begin:
                break
            if count == per_line:
                begin = minute_after(inspection.captured_at)
                break
            found.append(inspection)
    return begin, [one for one in found if begin <= one.captured_at and _wanted(one, values)]


def _newest_first(
    facility: str, line: str, begin: datetime, end: datetime, deps: AnalyticsDeps
) -> Iterable[Recorded]:
    days = {moment.strftime("%Y-%m-%d") for moment in (begin, end)}
    for day in sorted(days, reverse=True):
        yield from deps.inspections.of_line(facility, line, day, end)


def _wanted(inspection: Inspection, values: Mapping[str, Value]) -> bool:
    return values["project"] in {"", inspection.project} and values["camera"] in {
        "",
        inspection.ref.camera_id,
    }


def _counts(found: Sequence[Inspection]) -> Row:
    verdicts = [inspection.verdict for inspection in found]
    not_inspected = verdicts.count(Verdict.NOT_INSPECTED)
    return {
        "images": len(found),
        "inspected": len(found) - not_inspected,
        "anomalies": verdicts.count(Verdict.ANOMALOUS),
        "not_inspected": not_inspected,
    }


def _totals(found: Sequence[Inspection]) -> Row:
    moments = [times.to_wire(inspection.captured_at) for inspection in found]
    return {
        **_counts(found),
        "defects": sum(len(inspection.regions) for inspection in found),
        "first_captured_at": min(moments, default=None),
        "last_captured_at": max(moments, default=None),
    }


def _by_line(found: Sequence[Inspection], lines: Lines) -> list[Row]:
    rows: list[Row] = []
    for (facility, line), camera in lines.items():
        own = [one for one in found if (one.facility, one.line) == (facility, line)]
        if own:
            names: Row = {
                "facility": facility,
                "facility_name": camera.facility_name or facility,
                "line": line,
                "line_name": camera.line_name or line,
            }
            rows.append({**names, **_counts(own)})
    return sorted(rows, key=lambda row: (-int(row["anomalies"] or 0), row["facility"], row["line"]))
