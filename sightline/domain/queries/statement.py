"""SQL that is ready to run, from a query and the values of its parameters.

Athena takes bound parameters in WHERE only, so whatever a caller may choose freely (names, times)
stands there, as `?`, and is text. Numbers and choices, which were checked against closed sets, are
written into the text as literals; a time zone as the minutes that its clocks are ahead of UTC at
`captured_at`, for Athena does not know all zones, nor every country's newest rules.
https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sightline.domain import times
from sightline.domain.queries import buckets
from sightline.domain.queries.declaration import PLACEHOLDER, Query
from sightline.domain.queries.values import Value, period
from sightline.domain.queries.vocabulary import ParameterType

_MARK = re.compile(r"-- sightline ([A-Za-z0-9_=-]+)\n")


@dataclass(frozen=True)
class Asked:
    """A question: the same one within a minute has the same answer.

    `minute` is when it was asked, `format` is `csv` or `parquet` for a file and empty for rows.
    """

    query: str
    values: Mapping[str, Value]
    minute: str
    format: str = ""

    @property
    def key(self) -> str:
        """The same for the same question: 64 hexadecimal digits."""
        return hashlib.sha256(self._json().encode()).hexdigest()

    def mark(self) -> str:
        """A comment that carries the question along with its SQL."""
        return f"-- sightline {base64.urlsafe_b64encode(self._json().encode()).decode()}\n"

    def _json(self) -> str:
        return json.dumps([self.query, dict(self.values), self.minute, self.format])


@dataclass(frozen=True)
class Statement:
    """SQL in Athena's dialect, and the literals for its `?`, in order."""

    sql: str
    bound: tuple[str, ...]


def asked(sql: str) -> Asked | None:
    """The question that a statement answers, None for SQL that `statement` did not make."""
    found = _MARK.match(sql)
    try:
        return Asked(*json.loads(base64.urlsafe_b64decode(found[1]))) if found else None
    except (ValueError, TypeError, binascii.Error):
        return None


def statement(query: Query, question: Asked, unload_to: str = "") -> Statement:
    """What Athena runs. With `unload_to`, an S3 folder that is ours, it writes Parquet there."""
    types = {parameter.name: parameter.type for parameter in query.parameters}
    values = dict(question.values)
    begin, end = period(values)
    last = end - timedelta(milliseconds=1)
    days = {"from_day": begin.strftime("%Y-%m-%d"), "to_day": last.strftime("%Y-%m-%d")}
    bound: list[str] = []

    def written(name: str) -> str:
        if types[name] is ParameterType.ZONE:
            return minutes_ahead(str(values[name]), begin, end)
        return literal(types[name], values[name])

    def fill(found: re.Match[str]) -> str:
        if found[0].startswith("--"):
            return ""  # for readers of the file: who splits SQL at ; or counts ' need not meet them
        if name := found["bound"]:
            bound.append(_quoted(days[name]) if name in days else written(name))
            return "?"
        return written(name) if (name := found["literal"]) else found[0]

    sql = PLACEHOLDER.sub(fill, query.sql).strip()
    if unload_to:
        options = "format = 'PARQUET', compression = 'SNAPPY'"
        sql = f"UNLOAD (\n{sql}\n)\nTO {_quoted(unload_to)}\nWITH ({options})"
    return Statement(question.mark() + sql, tuple(bound))


def literal(kind: ParameterType, value: Value) -> str:
    """A value as Athena writes it; a time is text, to be cast."""
    if kind is ParameterType.INTEGER:
        return str(int(value))
    if kind is ParameterType.NUMBER:
        return f"DOUBLE {_quoted(repr(float(value)))}"
    if kind is ParameterType.TIME:
        return _quoted(_moment(times.from_wire(str(value))))
    return _quoted(str(value))


def minutes_ahead(zone: str, begin: datetime, end: datetime) -> str:
    """SQL for how far a zone's clocks are ahead of UTC at `captured_at`, in `[begin, end)`."""
    offsets = buckets.offsets(begin, end, buckets.zone(zone))
    whens = [
        f"WHEN captured_at < TIMESTAMP {_quoted(_moment(until))} THEN {minutes}"
        for (_, minutes), (until, _) in pairwise(offsets)
    ]
    last = str(offsets[-1][1])
    return f"CASE {' '.join(whens)} ELSE {last} END" if whens else last


def _moment(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
