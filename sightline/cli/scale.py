"""`sightline scale`: which quota of AWS is full first, and what happens after an outage."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sightline.cli.outcome import Json, refusals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sightline.scale.plan import Demand
    from sightline.scale.simulation import Outcome

_PANEL = "Deploy"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=_PANEL)(scale)


def scale(
    rate: Annotated[float, typer.Option(help="Pictures a second of all lines together.")],
    lines: Annotated[int, typer.Option(help="Production lines, a camera each.")] = 10,
    alert_share: Annotated[float, typer.Option(help="Pictures that people are told of.")] = 0.02,
    outage: Annotated[float, typer.Option(help="Minutes that the cameras were away.")] = 15,
    minutes: Annotated[float, typer.Option(help="How long to play after that.")] = 60,
    sends: Annotated[float, typer.Option(help="Pictures a second a camera can send.")] = 4,
    detect_concurrency: Annotated[int, typer.Option(help="The stack's setting; 0 is none.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the retries' jitter.")] = 0,
    as_json: Json = False,
) -> None:
    """Hold a rate against AWS's default quotas, and play all cameras coming back at once."""
    from sightline.cost import results
    from sightline.scale.plan import demands
    from sightline.scale.quotas import Quotas
    from sightline.scale.simulation import Limits, Simulation, Site

    with refusals():
        measured, quotas = results.load("pipeline"), Quotas.read()
        found = demands(rate, lines, alert_share, measured, quotas)
        site = Site(rate, lines, outage * 60, alert_share, sends)
        limit = detect_concurrency or float("inf")
        limits = Limits.of(quotas, measured, detect_limit=limit)
        outcome = Simulation(site, limits, seed=seed).run(minutes * 60)
    if as_json:
        needs = [{"quota": d.name, "needed": d.needed, "share": d.share} for d in found]
        typer.echo(json.dumps({"needs": needs, "afterOutage": asdict(outcome)}))
    else:
        _print(rate, found, outcome)


def _print(rate: float, found: Sequence[Demand], outcome: Outcome) -> None:
    from sightline.scale.plan import ceiling

    console = Console(highlight=False)
    table = Table("quota", "what raises it", box=None)
    for title in ("needed", "of", "full at pictures/s"):
        table.add_column(title, justify="right")
    for demand in found:
        quota = demand.quota
        table.add_row(
            f"{quota.service}: {quota.what}",
            quota.setting,
            f"{demand.needed:,.0f}",
            f"{quota.value:,.0f}",
            f"{ceiling(demand, rate):,.0f}" if demand.share else "",
        )
    console.print(table)
    drained = outcome.drained_after
    when = f"caught up after {drained / 60:,.1f} minutes" if drained else "not caught up"
    console.print(
        f"\nAfter the outage: {when}; {outcome.recorded:,} recorded, {outcome.parked:,} parked"
        f" (make redrive), {outcome.at_cameras:,} at cameras, {outcome.waiting_events:,} waiting,"
        f" {outcome.under_way:,} under way; at most {outcome.peak['busy instances']:,} instances."
    )
