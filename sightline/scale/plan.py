"""What a steady rate of pictures needs of each quota, and which one is full first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sightline.cost.model import Bench
from sightline.domain.errors import InvalidError
from sightline.scale.quotas import Quota, Quotas


@dataclass(frozen=True)
class Demand:
    """What a rate takes of one quota; `share` is 1 where it is full."""

    name: str
    quota: Quota
    needed: float

    @property
    def share(self) -> float:
        return self.needed / self.quota.value


def demands(
    rate: float, lines: int, alert_share: float, measured: Mapping[str, Any], quotas: Quotas
) -> list[Demand]:
    """Every quota that pictures touch, the fullest first. `rate` is pictures a second."""
    if not (rate > 0 and lines >= 1 and 0 <= alert_share <= 1):
        raise InvalidError("A rate is above 0, lines are 1 or more, a share is 0 to 1.")
    bench = Bench(measured)
    needed = {
        "api_requests": rate,
        "lambda_concurrency": rate * busy_seconds(bench, alert_share),
        "express_starts": rate,
        "event_invocations": rate,
        # The reservation, and the record.
        "table_writes": rate * 2 * bench.write_units(),
        "index_partition_writes": rate / lines * bench.write_units(),
        "prefix_writes": rate / lines,
        "messages": rate * alert_share,
    }
    found = [Demand(name, quotas.quota[name], value) for name, value in needed.items()]
    return sorted(found, key=lambda demand: -demand.share)


def busy_seconds(bench: Bench, alert_share: float) -> float:
    """How long functions are busy with one picture, all of them together."""
    return sum(
        bench.milliseconds(name) / 1000 * bench.per_picture(name, alert_share)
        for name in bench.functions
    )


def ceiling(demand: Demand, rate: float) -> float:
    """Pictures a second at which the quota is full."""
    return rate / demand.share
