"""The daily digest: yesterday's numbers per line against the week before, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sightline.domain.alerts import Notification, subject
from sightline.domain.queries import rates

Row = Mapping[str, Any]
"""A row of the query `by_line`."""

LINES_MAX = 30


def daily_digest(
    day: date, rows: Sequence[Row], week: Sequence[Row], *, site_url: str
) -> Notification:
    """What people are told of `day`; `week` has the rows of the seven days before it.

    Lines are sorted by their defects; a share counts as changed only where the 95 % intervals of
    both times lie apart.
    """
    before = {_line(row): row for row in week}
    total, earlier = _total(rows), _total(week)
    headline = (
        f"{total['anomalies']:,} of {total['inspected']:,} parts defective "
        f"({_share(total['anomalies'], total['inspected'])})"
    )
    link = f"{site_url.rstrip('/')}/analytics.html?day={day.isoformat()}"
    told = [_sentence(row, before.get(_line(row))) for row in rows[:LINES_MAX]]
    more = [f"... and {len(rows) - LINES_MAX} more lines"] if len(rows) > LINES_MAX else []
    still = [_name(row) for row in week if _line(row) not in {_line(one) for one in rows}]
    left = total["images"] - total["inspected"]
    text = [
        f"{day:%A}, {day.day} {day:%B %Y}: {headline}, {_compared(total, earlier)}.",
        "",
        *told,
        *more,
        *([f"No pictures, unlike in the week before: {', '.join(still)}."] if still else []),
        *([f"{left:,} pictures could not be inspected: the day's table says why."] if left else []),
        "",
        f"Charts, pictures and the day's table: {link}",
    ]
    return Notification(
        subject=subject(f"[Sightline] {day:%a %d %b}: {headline}"),
        text="\n".join(text),
        short=f"{day:%a %d %b}: {headline}. {link}",
        body={
            "type": "daily",
            "day": day.isoformat(),
            "lines": [dict(row) for row in rows],
            "weekBefore": [dict(row) for row in week],
            "link": link,
        },
        attributes={"verdict": "daily"},
    )


def _total(rows: Sequence[Row]) -> Row:
    """All lines as if they were one."""
    sums = {name: sum(row[name] for row in rows) for name in ("images", "inspected", "anomalies")}
    found = rates.interval(sums["anomalies"], sums["inspected"])
    low, high = (found.low, found.high) if found else (None, None)
    return {**sums, "anomaly_rate_low": low, "anomaly_rate_high": high}


def _sentence(row: Row, before: Row | None) -> str:
    if not row["inspected"]:
        return f"{_name(row)}: {row['images']:,} pictures, none of which could be inspected."
    said = (
        f"{_name(row)}: {row['anomalies']:,} of {row['inspected']:,} defective, "
        f"{_share(row['anomalies'], row['inspected'])}"
    )
    return f"{said}, {_compared(row, before)}."


def _compared(row: Row, before: Row | None) -> str:
    if before is None or not before["inspected"] or not row["inspected"]:
        return "with nothing to compare it with in the week before"
    was = _share(before["anomalies"], before["inspected"])
    if row["anomaly_rate_low"] > before["anomaly_rate_high"]:
        return f"MORE than the week before ({was})"
    if row["anomaly_rate_high"] < before["anomaly_rate_low"]:
        return f"less than the week before ({was})"
    return f"about as in the week before ({was})"


def _line(row: Row) -> tuple[str, str]:
    return row["facility"], row["line"]


def _name(row: Row) -> str:
    facility, line = row["facility_name"] or row["facility"], row["line_name"] or row["line"]
    return f"{facility}, {line}"


def _share(count: int, among: int) -> str:
    return f"{100 * count / among:.1f} %" if among else "none inspected"
