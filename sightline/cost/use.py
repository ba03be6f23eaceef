"""What people do costs: signing in, opening the site, looking at charts, training models.

What a benchmark can measure is read from `bench/results`: bytes of the site, bytes of a row in
the lake, seconds of a training. How often people do it is assumed in the price file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sightline.charts import catalog
from sightline.cost.prices import Prices

FULL_PROCESSOR_MB = 1769  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
RESULTS = ("analytics", "site", "speed")
"""The benchmarks that are read."""
# https://aws.amazon.com/athena/pricing/
_ATHENA_LEAST_BYTES = 10e6
_GLUE_REQUESTS = 3  # the database, the table, its partitions
_RESULT_OBJECTS = 2  # the answer, and what its columns are
# A day's mail compares the day with the week before it.
_DAILY_QUESTIONS = (1, 7)
TRAINED_PICTURES = "100"
GB, TB = 1e9, 1e12


class Usage(Protocol):
    """Quantities by the name of their price."""

    def __getitem__(self, name: str) -> float: ...

    def __setitem__(self, name: str, quantity: float) -> None: ...


@dataclass(frozen=True)
class People:
    """Who uses the system in a month: `number` of people, and `trainings` of models."""

    number: int
    trainings: int


@dataclass(frozen=True)
class Lake:
    """What a question reads: rows a day, and the files that they are in."""

    rows_per_day: float
    hours: float

    def files(self, days: float, prices: Prices) -> float:
        """The files of some days: one for each time that Firehose empties its buffer."""
        return days * math.ceil(self.hours * 3600 / prices.assumed["lake_buffer_seconds"])


def add(
    usage: Usage, people: People, lake: Lake, days: int, kept: Mapping[str, Any], prices: Prices
) -> None:
    """Add what these people do on `days` days of a month; `kept` are the results by benchmark."""
    assumed = prices.assumed
    _site(usage, people.number * days, kept["site"]["first_load"], assumed)
    row_bytes = kept["analytics"]["megabytes"] * 1e6 / kept["analytics"]["rows"]
    charts = {catalog.query(catalog.chart(name)) for name in catalog.names()}
    views = people.number * days * assumed["chart_views"]
    _ask(usage, views * len(charts), assumed["chart_days"], lake, row_bytes, prices)
    for back in _DAILY_QUESTIONS:
        _ask(usage, days, back, lake, row_bytes, prices)
    usage["sign_in"] += people.number
    _train(usage, people.trainings, kept["speed"]["training"][TRAINED_PICTURES], assumed)


def _site(
    usage: Usage, visits: float, load: Mapping[str, float], assumed: Mapping[str, float]
) -> None:
    """Once a day everything is fetched; after that browsers ask whether it is still the same."""
    usage["cloudfront_gb"] += visits * load["bytes"] / GB
    usage["cloudfront_request"] += visits * assumed["page_loads"] * load["requests"]


def _ask(
    usage: Usage, times: float, days: float, lake: Lake, row_bytes: float, prices: Prices
) -> None:
    """At most: as if every column were read, and no file held another project's rows."""
    read = max(_ATHENA_LEAST_BYTES, days * lake.rows_per_day * row_bytes)
    usage["athena_tb"] += times * read / TB
    files = lake.files(days, prices)
    usage["s3_get"] += times * files * prices.assumed["gets_per_file"]
    usage["s3_put"] += times * _RESULT_OBJECTS
    usage["glue_request"] += times * _GLUE_REQUESTS


def _train(
    usage: Usage, times: float, measured: Mapping[str, float], assumed: Mapping[str, float]
) -> None:
    memory = assumed["training_memory_mb"]
    seconds = measured["processor"] / (memory / FULL_PROCESSOR_MB)
    usage["lambda_request"] += times
    usage["lambda_gb_second"] += times * seconds * memory / 1024
