"""What a month of inspection costs: what the benchmarks counted per picture, times list prices.

Everything that a function asked of AWS is billed by a rule of `_REQUESTS`; an operation without a
rule is an error, so that no new call goes uncounted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sightline.cost import use
from sightline.cost.prices import Prices
from sightline.cost.use import FULL_PROCESSOR_MB, GB
from sightline.domain.errors import InvalidError

# Run once per alert instead of once per picture: the benchmark alerts on every picture.
_PER_ALERT = frozenset({"notify"})
# A minute's digest, and what only runs where models are controlled, are not part of a picture.
_DIGEST = "digest"
_APART = (_DIGEST, "control")
_FIREHOSE_STEP = 5_000
_EXPRESS_STEP_MS = 100

Usage = defaultdict[str, float]
"""Quantities by the name of their price."""


@dataclass(frozen=True)
class Plant:
    """A plant's month: `hours` a day, `days` days; `alert_share` of the pictures are told of.

    Pictures are kept `keep_days`, after `move_days` in cheaper storage (0: never moved). `people`
    use the site, and `trainings` of models are done in the month.
    """

    images_per_day: float
    hours: float
    lines: int
    days: int = 30
    alert_share: float = 0.02
    image_kb: float | None = None
    keep_days: int = 365
    move_days: int = 90
    mails: int = 1
    inference_units: int = 0
    people: int = 0
    trainings: int = 0

    def __post_init__(self) -> None:
        checks = {
            "images per day must be 0 or more": self.images_per_day >= 0,
            "hours must be above 0 and at most 24": 0 < self.hours <= 24,
            "lines must be 1 or more": self.lines >= 1,
            "days must be 1 to 31": 1 <= self.days <= 31,
            "the share of alerts must be 0 to 1": 0 <= self.alert_share <= 1,
            "the size of pictures must be above 0 KB": self.image_kb is None or self.image_kb > 0,
            "pictures must be kept a day or more": self.keep_days >= 1,
            "people must be 0 or more": self.people >= 0,
            "trainings must be 0 or more": self.trainings >= 0,
        }
        if wrong := [problem for problem, right in checks.items() if not right]:
            raise InvalidError("A plant's " + "; ".join(wrong) + ".")

    @property
    def images(self) -> float:
        """Pictures of a month."""
        return self.images_per_day * self.days

    @property
    def rate(self) -> float:
        """Pictures a second while the lines run."""
        return self.images_per_day / (self.hours * 3600)


@dataclass(frozen=True)
class Line:
    """A line of the bill."""

    service: str
    what: str
    quantity: float
    usd: float


def ours(
    plant: Plant,
    measured: Mapping[str, Any],
    prices: Prices,
    kept: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Line]:
    """The bill of Sightline, by service, largest sums first within each.

    `measured` are the results of `bench/pipeline.py`, `kept` those of `use.RESULTS` by name:
    without them, what people do is left out.
    """
    usage, bench = Usage(float), Bench(measured)
    _functions(usage, plant, bench, prices)
    _digests(usage, plant, bench, prices)
    if kept:
        people = use.People(plant.people, plant.trainings)
        lake = use.Lake(plant.images_per_day, plant.hours)
        use.add(usage, people, lake, plant.days, kept, prices)
    _workflow(usage, plant, bench, prices)
    _storage(usage, plant, bench)
    _watching(usage, plant, bench, prices)
    unknown = usage.keys() - prices.price.keys()
    if unknown:
        raise InvalidError(f"The price file has no {', '.join(sorted(unknown))}.")
    return list(_lines(usage, prices))


def lookout(plant: Plant, prices: Prices) -> list[Line]:
    """What Lookout for Vision itself would have cost: a unit per line, more where it is too slow.

    Storage, functions and messages around it came on top.
    """
    per_line = plant.rate / plant.lines
    units = plant.lines * max(1, math.ceil(per_line / prices.assumed["unit_images_per_second"]))
    usage = Usage(float)
    usage["lookout_unit_hour"] += units * plant.hours * plant.days
    return list(_lines(usage, prices))


@dataclass(frozen=True)
class Bench:
    """The results of `bench/pipeline.py`."""

    figures: Mapping[str, Any]

    @property
    def functions(self) -> Mapping[str, Mapping[str, Any]]:
        """Those that run because a picture came."""
        found: Mapping[str, Mapping[str, Any]] = self.figures["functions"]
        return {name: f for name, f in found.items() if not name.startswith(_APART)}

    def stored(self, name: str) -> float:
        return float(self.figures["stored"][name])

    def runs(self, name: str, plant: Plant) -> float:
        """How often a function runs in a month."""
        return float(plant.images * self.per_picture(name, plant.alert_share))

    def per_picture(self, name: str, alert_share: float) -> float:
        """How often a function runs for one picture."""
        share = alert_share if name in _PER_ALERT else 1
        return float(self.functions[name]["invocations"] / self.figures["count"] * share)

    def milliseconds(self, name: str) -> float:
        """What a warm invocation is billed: its time here, or what its share of a processor takes.

        Its time includes waiting for the emulated AWS, which shares the processor with it.
        """
        function = self.figures["functions"][name]
        share = min(1.0, function["memory_mb"] / FULL_PROCESSOR_MB)
        return float(max(function["warm_ms_median"], function["warm_cpu_ms_median"] / share))

    def first_milliseconds(self, name: str) -> float:
        """How much longer the first call of a new instance takes."""
        function = self.functions[name]
        return float(function["start_ms_median"] + function["first_call_ms"])

    def write_units(self) -> int:
        """Write units of an inspection."""
        return math.ceil(self.stored("inspection_bytes") / 1024)


def _functions(usage: Usage, plant: Plant, bench: Bench, prices: Prices) -> None:
    for name, function in bench.functions.items():
        runs = bench.runs(name, plant)
        _run(usage, name, runs, bench, prices)
        for operation, count in function["requests"].items():
            # Heat maps are made of pictures that people are told of.
            share = plant.alert_share if (name, operation) == ("detect", "s3:PutObject") else 1
            _request(usage, operation, runs * count * share)
    kept = bench.functions["detect"]["memory_mb"] / 1024 * plant.inference_units
    if kept:
        usage["lambda_kept_gb_second"] += kept * plant.hours * 3600 * plant.days


def _run(usage: Usage, name: str, runs: float, bench: Bench, prices: Prices) -> None:
    function = bench.figures["functions"][name]
    usage["lambda_request"] += runs
    seconds = runs * bench.milliseconds(name) / 1000
    usage["lambda_gb_second"] += seconds * function["memory_mb"] / 1024
    usage["log_gb"] += runs * (function["log_bytes"] + prices.assumed["report_bytes"]) / GB


def _digests(usage: Usage, plant: Plant, bench: Bench, prices: Prices) -> None:
    """As many as alerts began in the benchmark, in which there were more alerts than anywhere.

    What begins one is among the requests of the function that alerts.
    """
    begun = bench.functions["notify"]["requests"].get("states:StartExecution", 0)
    runs = bench.runs("notify", plant) * begun
    if runs:
        _run(usage, _DIGEST, runs, bench, prices)
        for operation, count in bench.figures["functions"][_DIGEST]["requests"].items():
            _request(usage, operation, runs * count)
        usage["sns_mail"] += runs * plant.mails


_REQUESTS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "dynamodb:GetItem": (("dynamodb_read", 1),),
    "dynamodb:Query": (("dynamodb_read", 1),),
    "dynamodb:DeleteItem": (("dynamodb_write", 1),),
    "dynamodb:PutItem": (("dynamodb_write", 1),),
    "dynamodb:UpdateItem": (("dynamodb_write", 1),),
    "dynamodb:TransactWriteItems": (("dynamodb_write", 2),),  # counted are its parts
    # Reading a table's stream is free for a function that it triggers.
    "dynamodb:DescribeStream": (),
    "dynamodb:GetRecords": (),
    "dynamodb:GetShardIterator": (),
    # These are billed by bytes.
    "firehose:PutRecordBatch": (),
    "logs:CreateLogStream": (),
    "logs:PutLogEvents": (),
    "s3:GetObject": (("s3_get", 1),),
    "s3:HeadObject": (("s3_get", 1),),
    "s3:ListObjectsV2": (("s3_put", 1),),
    "s3:PutObject": (("s3_put", 1),),
    "sns:Publish": (("sns_publish", 1), ("kms_request", 2)),  # opens and makes a data key
    "sqs:SendMessage": (("sqs_request", 1),),
    "states:StartExecution": (("standard_transition", 3),),  # a digest: waits, runs, ends
}


def _request(usage: Usage, operation: str, count: float) -> None:
    if operation not in _REQUESTS:
        raise InvalidError(f"There is no rule for what {operation} costs; see {__name__}.")
    for price, units in _REQUESTS[operation]:
        usage[price] += count * units


def _workflow(usage: Usage, plant: Plant, bench: Bench, prices: Prices) -> None:
    usage["api_request"] += plant.images
    usage["event"] += plant.images
    usage["express_request"] += plant.images
    for alerted, share in ((False, 1 - plant.alert_share), (True, plant.alert_share)):
        steps = ["detect", "record", *(["notify"] if alerted else [])]
        took = sum(bench.milliseconds(step) for step in steps)
        billed = math.ceil(took / _EXPRESS_STEP_MS) * _EXPRESS_STEP_MS / 1000
        gb = prices.assumed["execution_mb"] / 1024
        usage["express_gb_second"] += plant.images * share * billed * gb
    usage["sns_mail"] += plant.images * plant.alert_share * plant.mails
    usage["kms_key"] += 1


def _storage(usage: Usage, plant: Plant, bench: Bench) -> None:
    # Larger than one write unit, an inspection is written whole, twice; and into its indexes once.
    units, indexes = bench.write_units(), 2 + plant.alert_share
    usage["dynamodb_write"] += plant.images * (2 * (units - 1) + indexes * units)
    kb = plant.image_kb or bench.figures["picture_kb"]
    warm_days = min(plant.keep_days, plant.move_days) if plant.move_days else plant.keep_days
    daily = plant.images / 30
    maps = daily * plant.alert_share * bench.stored("map_bytes") / GB * plant.keep_days
    usage["s3_gb_month"] += daily * kb * 1000 / GB * warm_days + maps
    if rare := plant.keep_days - warm_days:
        usage["s3_rare_gb_month"] += daily * kb * 1000 / GB * rare
        usage["s3_transition"] += plant.images
    rows = daily * plant.keep_days * bench.stored("inspection_bytes") / GB * (1 + indexes)
    usage["dynamodb_gb_month"] += rows
    usage["dynamodb_recovery_gb_month"] += rows
    if any("firehose:PutRecordBatch" in f["requests"] for f in bench.functions.values()):
        usage["firehose_gb"] += plant.images * _FIREHOSE_STEP / GB
        usage["firehose_conversion_gb"] += plant.images * _FIREHOSE_STEP / GB


def _watching(usage: Usage, plant: Plant, bench: Bench, prices: Prices) -> None:
    usage["metric"] += bench.stored("metrics_per_line") * plant.lines + bench.stored(
        "metrics_besides"
    )
    usage["alarm"] += bench.stored("alarms")
    usage["dashboard"] += bench.stored("dashboards")
    first = prices.assumed["trace_per_second"]
    traced = min(plant.rate, first) + max(plant.rate - first, 0) * prices.assumed["trace_share"]
    usage["trace"] += traced * plant.hours * 3600 * plant.days


def _lines(usage: Usage, prices: Prices) -> Iterator[Line]:
    lines = [
        Line(price.service, price.what, quantity, price.of(quantity))
        for name, quantity in usage.items()
        if (price := prices.price[name]) and quantity
    ]
    totals = defaultdict[str, float](float)
    for line in lines:
        totals[line.service] += line.usd
    yield from sorted(lines, key=lambda line: (-totals[line.service], line.service, -line.usd))
