"""What CloudWatch keeps of metrics: moto reads no EMF lines and knows no percentiles."""

from __future__ import annotations

import json
import math
import statistics
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

KEPT_SECONDS = 3 * 3600

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": math.fsum,
    "Average": statistics.fmean,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}


class Metric(NamedTuple):
    """Which metric: its dimensions are pairs of name and value."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


def metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    """A metric from its names."""
    return Metric(namespace, name, frozenset(dimensions.items()))


class Measurements:
    """Values of metrics by the second in which they came. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Metric, tuple[list[float], list[float]]] = {}

    def put(self, what: Metric, value: float, at: float) -> None:
        """Keep a value measured at `at`, in seconds since 1970; older ones may come later."""
        with self._lock:
            times, values = self._series.setdefault(what, ([], []))
            place = bisect_right(times, at)
            times.insert(place, at)
            values.insert(place, value)
            old = bisect_right(times, times[-1] - KEPT_SECONDS)
            del times[:old], values[:old]

    def put_emf(self, lines: Iterable[str]) -> None:
        """Keep what a function's output has in CloudWatch's embedded metric format."""
        for line in lines:
            if '"_aws"' in line:
                for what, value, at in read_emf(line):
                    self.put(what, value, at)

    def values(self, what: Metric, since: float, until: float) -> list[float]:
        """The values after `since` and up to `until`, oldest first."""
        with self._lock:
            times, values = self._series.get(what, ([], []))
            return values[bisect_right(times, since) : bisect_right(times, until)]

    def metrics(self) -> list[Metric]:
        """All that was ever measured."""
        with self._lock:
            return sorted(self._series, key=lambda m: (m.namespace, m.name, sorted(m.dimensions)))


def read_emf(line: str) -> list[tuple[Metric, float, float]]:
    """The metrics, values and times of a line; none when it is something else.

    Every value counts once under each set of dimensions that the line names.
    """
    try:
        read = json.loads(line)
        directives = read["_aws"]["CloudWatchMetrics"]
        at = read["_aws"]["Timestamp"] / 1000
    except (ValueError, KeyError, TypeError):
        return []
    return [
        (metric(given["Namespace"], declared["Name"], {n: read[n] for n in names}), value, at)
        for given in directives
        for names in given["Dimensions"]
        for declared in given["Metrics"]
        for value in _listed(read[declared["Name"]])
    ]


def statistic(values: list[float], name: str) -> float | None:
    """`Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`.

    None where there are no values; percentiles are of the nearest rank.
    """
    if not values:
        return None
    if name.startswith("p"):
        rank = math.ceil(len(values) * float(name[1:]) / 100)
        return sorted(values)[max(rank, 1) - 1]
    return _STATISTICS[name](values)


def _listed(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value]
