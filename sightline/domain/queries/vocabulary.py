"""The columns and parameters that queries may have: each is described once, and means the same
wherever it appears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sightline.domain import lake

YEARS_MAX = 10
LOCAL_TIMES = "start"


class ColumnType(StrEnum):
    """What a value of a column is in JSON; times are ISO 8601 text."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    TIME = "time"


class ParameterType(StrEnum):
    """What a parameter takes. Text and times are bound; all others have closed sets of values."""

    TEXT = "text"
    TIME = "time"
    CHOICE = "choice"
    ZONE = "zone"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """One column of an answer; `unit` is empty where there is none."""

    name: str
    type: ColumnType
    title: str
    unit: str = ""


@dataclass(frozen=True)
class Rate:
    """Three columns worked out from two others: `of / among`, and its 95 % interval."""

    name: str
    title: str
    of: str
    among: str

    def columns(self) -> tuple[Column, Column, Column]:
        """The share, and the lower and upper end of its interval."""
        return (
            Column(self.name, ColumnType.NUMBER, self.title, "share"),
            Column(f"{self.name}_low", ColumnType.NUMBER, f"{self.title}, at least", "share"),
            Column(f"{self.name}_high", ColumnType.NUMBER, f"{self.title}, at most", "share"),
        )


@dataclass(frozen=True)
class Parameter:
    """One parameter; `default` is None where it is worked out when the query is asked."""

    name: str
    type: ParameterType
    title: str
    default: str | int | float | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


def _text(name: str, title: str) -> Parameter:
    return Parameter(name, ParameterType.TEXT, title, "")


EVERYWHERE = (
    Parameter("from", ParameterType.TIME, "Captured from, inclusive; 24 hours before `to`"),
    Parameter("to", ParameterType.TIME, "Captured before; the end of this minute"),
    _text("project", "Project; all when empty"),
    _text("facility", "Facility; all when empty"),
    _text("line", "Line; all when empty"),
    _text("camera", "Camera; all when empty"),
)
"""The parameters of every query."""

_SOME = (
    Parameter("zone", ParameterType.ZONE, "Time zone, as IANA names it", "UTC"),
    Parameter(
        "bucket",
        ParameterType.CHOICE,
        "Length of a step",
        "hour",
        choices=("minute", "hour", "day", "week", "month"),
    ),
    Parameter(
        "bins",
        ParameterType.INTEGER,
        "Number of equal bins from 0 to 1",
        20,
        minimum=2,
        maximum=100,
    ),
    Parameter(
        "medium_from",
        ParameterType.NUMBER,
        "Confidence from which on it is medium",
        0.7,
        minimum=0,
        maximum=1,
    ),
    Parameter(
        "high_from",
        ParameterType.NUMBER,
        "Confidence from which on it is high",
        0.9,
        minimum=0,
        maximum=1,
    ),
    Parameter("limit", ParameterType.INTEGER, "Rows at most", 10, minimum=1, maximum=100),
    Parameter(
        "at_least",
        ParameterType.INTEGER,
        "Inspected images that a camera must have",
        30,
        minimum=1,
        maximum=1_000_000,
    ),
)
PARAMETERS: Mapping[str, Parameter] = {found.name: found for found in (*EVERYWHERE, *_SOME)}

RATES: Mapping[str, Rate] = {
    rate.name: rate
    for rate in (
        Rate("anomaly_rate", "Share of anomalies among the inspected", "anomalies", "inspected"),
        Rate("anomaly_share", "Share of the anomalies that show it", "images", "anomalies"),
        Rate("overruled_rate", "Share of overruled among the reviewed", "overruled", "reviewed"),
    )
}


def _count(name: str, title: str, unit: str = "images") -> Column:
    return Column(name, ColumnType.INTEGER, title, unit)


def _number(name: str, title: str, unit: str) -> Column:
    return Column(name, ColumnType.NUMBER, title, unit)


_ANSWERS = (
    _count("images", "Images"),
    _count("inspected", "Images with a verdict"),
    _count("normal", "Normal"),
    _count("anomalies", "Anomalies"),
    _count("not_inspected", "Images without a verdict"),
    _count("defects", "Defective regions", "regions"),
    _count("reviewed", "Reviewed by a person"),
    _count("confirmed", "Verdict confirmed"),
    _count("overruled", "Verdict overruled"),
    _count("false_alarms", "Called anomalous, but normal"),
    _count("missed", "Called normal, but anomalous"),
    Column("first_captured_at", ColumnType.TIME, "First capture", "UTC"),
    Column("last_captured_at", ColumnType.TIME, "Last capture", "UTC"),
    Column(LOCAL_TIMES, ColumnType.TIME, "Start of the step", "with the offset of the zone"),
    Column("band", ColumnType.TEXT, "Confidence band"),
    Column("bin", ColumnType.INTEGER, "Bin"),
    _number("confidence_from", "Confidence from", "0..1"),
    _number("confidence_to", "Confidence to", "0..1"),
    Column("hour", ColumnType.INTEGER, "Hour of the day", "0..23"),
    Column("rank", ColumnType.INTEGER, "Rank"),
    Column("defect_type", ColumnType.TEXT, "Kind of defect"),
    _number("latency_p50", "Capture to verdict, median", "ms"),
    _number("latency_p90", "Capture to verdict, 90th percentile", "ms"),
    _number("latency_p99", "Capture to verdict, 99th percentile", "ms"),
    _number("latency_max", "Capture to verdict, longest", "ms"),
    _number("detect_p50", "Model's time, median", "ms"),
    _number("detect_p99", "Model's time, 99th percentile", "ms"),
)
_OF_THE_LAKE = {
    "string": ColumnType.TEXT,
    "array<string>": ColumnType.TEXT,
    "int": ColumnType.INTEGER,
    "bigint": ColumnType.INTEGER,
    "double": ColumnType.NUMBER,
    "timestamp": ColumnType.TIME,
}
COLUMNS: Mapping[str, Column] = {
    **{
        found.name: Column(found.name, _OF_THE_LAKE[found.type], found.meaning, found.unit)
        for found in lake.COLUMNS
    },
    **{found.name: found for found in _ANSWERS},
}
"""Those of the lake, and those that queries work out."""
