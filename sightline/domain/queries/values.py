"""What a caller gives for a query's parameters, checked and completed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sightline.domain import times
from sightline.domain.errors import InvalidError
from sightline.domain.queries import buckets
from sightline.domain.queries.declaration import Query
from sightline.domain.queries.vocabulary import YEARS_MAX, Parameter, ParameterType

Value = str | int | float
"""Times are text as `times.to_wire` writes them."""

TEXT_MAX = 255
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_SPAN_MAX = timedelta(days=366 * YEARS_MAX)
_DAY = timedelta(days=1)


def complete(query: Query, given: Mapping[str, object], now: datetime) -> dict[str, Value]:
    """A value for every parameter of the query, in its order.

    `InvalidError` names every parameter that is unknown or wrong, and the rule it breaks. None
    counts as not given.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    problems = [
        f"{name[:60]!r} is not a parameter of {query.name}; it has {', '.join(known)}"
        for name in given.keys() - known.keys()
    ]
    values: dict[str, Value] = {}
    for name, parameter in known.items():
        value = given.get(name)
        try:
            if value is not None:
                values[name] = _CHECKS[parameter.type](parameter, value)
            elif parameter.default is not None:
                values[name] = parameter.default
        except InvalidError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise InvalidError("; ".join(sorted(problems)))
    _complete_times(values, now)
    _check_together(values)
    return {name: values[name] for name in known}


def period(values: Mapping[str, Value]) -> tuple[datetime, datetime]:
    """`from` and `to`."""
    return times.from_wire(str(values["from"])), times.from_wire(str(values["to"]))


def minute_after(now: datetime) -> datetime:
    """The end of this minute: what is asked without a time within it is the same question."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _complete_times(values: dict[str, Value], now: datetime) -> None:
    values.setdefault("to", times.to_wire(minute_after(now)))
    if "from" not in values:
        begin = times.from_wire(str(values["to"])) - _DAY
        values["from"] = times.to_wire(max(begin, _EARLIEST))


def _check_together(values: Mapping[str, Value]) -> None:
    begin, end = period(values)
    if begin >= end:
        raise InvalidError(
            f"from, to: {values['from']} is not before {values['to']}; `to` is exclusive."
        )
    if end - begin > _SPAN_MAX:
        raise InvalidError(f"from, to: this is more than {YEARS_MAX} years.")
    if "bucket" in values:
        buckets.starts(begin, end, str(values["bucket"]), buckets.zone(str(values["zone"])))
    if "medium_from" in values and not values["medium_from"] < values["high_from"]:  # type: ignore[operator]
        raise InvalidError("medium_from, high_from: medium must begin below high.")


def _text(_: Parameter, value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise InvalidError(f"must be text of at most {TEXT_MAX} characters")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise InvalidError("may not contain control characters")
    return value


def _time(_: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidError("must be a time as text, such as 2026-03-14T12:00:00Z")
    moment = times.from_wire(value)
    if not _EARLIEST <= moment <= _LATEST:
        years = f"{_EARLIEST.year} and {_LATEST.year}"
        raise InvalidError(f"{value!r} is not between the years {years}")
    return times.to_wire(moment)


def _choice(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str) or value not in parameter.choices:
        raise InvalidError(f"must be one of {', '.join(parameter.choices)}")
    return value


def _zone(_: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidError("must be the name of a time zone, such as Europe/Berlin")
    return buckets.zone(value).key


def _integer(parameter: Parameter, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not _within(parameter, value):
        raise InvalidError(
            f"must be a whole number from {parameter.minimum:g} to {parameter.maximum:g}"
        )
    return value


def _number(parameter: Parameter, value: object) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not _within(parameter, value):  # type: ignore[arg-type]
        raise InvalidError(f"must be a number from {parameter.minimum:g} to {parameter.maximum:g}")
    return float(value)  # type: ignore[arg-type]


def _within(parameter: Parameter, value: float) -> bool:
    low, high = parameter.minimum, parameter.maximum
    return (low is None or value >= low) and (high is None or value <= high)


_CHECKS: Mapping[ParameterType, Callable[[Parameter, object], Value]] = {
    ParameterType.TEXT: _text,
    ParameterType.TIME: _time,
    ParameterType.CHOICE: _choice,
    ParameterType.ZONE: _zone,
    ParameterType.INTEGER: _integer,
    ParameterType.NUMBER: _number,
}
