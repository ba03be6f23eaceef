"""`docs/scale.md`, made from the kept results: `python -m sightline.scale.page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sightline.cost import results
from sightline.cost.model import Bench, Plant, ours
from sightline.cost.prices import Prices
from sightline.scale.plan import busy_seconds, ceiling, demands
from sightline.scale.quotas import Quotas
from sightline.scale.simulation import Limits, Simulation, Site

FILE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
LINE = "\n"
CASES = ((10, 4), (1_000, 400), (10_000, 4_000))
"""Pictures a second, and lines with a camera each."""
ALERTS, OUTAGE_MINUTES, PLAYED_MINUTES = 0.02, 15, 60
_WHO = "| pictures/s | lines | functions busy at once | USD a month | full first | at pictures/s |"
_AFTER = "| pictures/s | caught up after | recorded | parked | still at cameras | instances |"


def page(measured: Mapping[str, Any]) -> str:
    """The whole page."""
    quotas, prices, taken = Quotas.read(), Prices.read(), measured["taken"]
    return f"""# How much it takes

*This page is made by `python -m sightline.scale.page`, and a test holds it to the code.*

Nothing here was measured on AWS. Times and requests per picture are those of
`bench/results/pipeline.json` ({taken["date"]}, {taken["cores"]} busy cores), taken on the emulated
AWS, whose answers take longer than AWS's. Quotas are AWS's documented defaults of
{quotas.region}, typed into `sightline/scale/quotas.toml` on {quotas.entered}; prices likewise,
see `sightline cost --help`.

## A steady rate, around the clock

{ALERTS:.0%} of the pictures are told of; there is one camera per line; pictures have
{measured["picture_kb"]} KB and are kept for a year.

{_WHO}
|---|---|---|---|---|---|
{LINE.join(_steady(measured, quotas, prices))}

The quotas that pictures touch, with what raises each:

| quota | default | full at pictures/s | what raises it |
|---|---|---|---|
{LINE.join(_quotas(measured, quotas))}

A new table serves 4,000 write units a second and doubles with use; warm it up before the first
day at more than that.

## All cameras come back after {OUTAGE_MINUTES} minutes

Each sends up to four pictures a second until it has caught up; {PLAYED_MINUTES} minutes are
played (`sightline scale --rate 1000 --lines 400`).

{_AFTER}
|---|---|---|---|---|---|
{LINE.join(_after(measured, quotas))}

Nothing is lost: what is not recorded is parked, at a camera, or under way, and tests of the
simulation hold it to that in every tick. Parked is what found no free instance four times within
seven seconds; `make redrive` sends it again when there is room. So above the first ceiling, ask
for more concurrency before the lines start: cameras wait by themselves, but what API Gateway has
let in and Lambda cannot take is parked.
"""


def _steady(measured: Mapping[str, Any], quotas: Quotas, prices: Prices) -> Iterator[str]:
    for rate, lines in CASES:
        first = demands(rate, lines, ALERTS, measured, quotas)[0]
        plant = Plant(rate * 86_400, 24, lines, alert_share=ALERTS)
        usd = sum(line.usd for line in ours(plant, measured, prices))
        busy = rate * busy_seconds(Bench(measured), ALERTS)
        name = f"{first.quota.service}: {first.quota.what}"
        full = ceiling(first, rate)
        yield f"| {rate:,} | {lines:,} | {busy:,.0f} | {usd:,.0f} | {name} | {full:,.0f} |"


def _quotas(measured: Mapping[str, Any], quotas: Quotas) -> Iterator[str]:
    rate, lines = CASES[1]
    for demand in demands(rate, lines, ALERTS, measured, quotas):
        quota, full = demand.quota, ceiling(demand, rate)
        name = f"[{quota.service}]({quota.page}): {quota.what}"
        yield f"| {name} | {quota.value:,.0f} | {full:,.0f} | {quota.setting} |"


def _after(measured: Mapping[str, Any], quotas: Quotas) -> Iterator[str]:
    for rate, lines in CASES:
        site = Site(rate, lines, OUTAGE_MINUTES * 60, ALERTS)
        out = Simulation(site, Limits.of(quotas, measured)).run(PLAYED_MINUTES * 60)
        drained = out.drained_after
        when = f"{drained / 60:.0f} minutes" if drained else "never"
        counts = (out.recorded, out.parked, out.at_cameras, out.peak["busy instances"])
        yield f"| {rate:,} | {when} | {' | '.join(f'{count:,}' for count in counts)} |"


if __name__ == "__main__":
    FILE.write_text(page(results.load("pipeline")), encoding="utf-8")
