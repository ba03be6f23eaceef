"""`sightline cost`: what a plant pays a month, and what it would have paid for Lookout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sightline.cli.outcome import Json, refusals

if TYPE_CHECKING:
    from sightline.cost.model import Line, Plant
    from sightline.cost.prices import Prices

_PANEL = "Deploy"
_EPILOG = "Figures per picture are those of bench/results; nothing is asked of AWS."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=_PANEL, epilog=_EPILOG)(cost)


def cost(
    images_per_day: Annotated[float, typer.Option(help="Pictures of all lines together.")],
    hours: Annotated[float, typer.Option(help="Hours a day in which the lines run.")] = 24,
    lines: Annotated[int, typer.Option(help="Production lines, a camera each.")] = 1,
    days: Annotated[int, typer.Option(help="Days a month.")] = 30,
    alert_share: Annotated[float, typer.Option(help="Pictures that people are told of.")] = 0.02,
    image_kb: Annotated[
        float | None, typer.Option(help="Size of a picture; that of the benchmark by default.")
    ] = None,
    keep_days: Annotated[int, typer.Option(help="How long pictures are kept.")] = 365,
    move_days: Annotated[
        int, typer.Option(help="After how long they move to cheaper storage; 0 is never.")
    ] = 90,
    mails: Annotated[int, typer.Option(help="Mail addresses that get every alert.")] = 1,
    inference_units: Annotated[
        int, typer.Option(help="Instances of models that are kept ready meanwhile.")
    ] = 0,
    people: Annotated[int, typer.Option(help="People who use the site.")] = 5,
    trainings: Annotated[int, typer.Option(help="Trainings a month, of 100 pictures each.")] = 1,
    prices: Annotated[Path | None, typer.Option(help="Another price file.")] = None,
    results: Annotated[Path | None, typer.Option(help="Another folder of results.")] = None,
    as_json: Json = False,
) -> None:
    """Say what a month costs on AWS, by service, once pictures are kept as long as wanted."""
    from sightline.cost import model
    from sightline.cost import results as kept
    from sightline.cost.prices import FILE, Prices
    from sightline.cost.use import RESULTS

    with refusals():
        plant = model.Plant(
            images_per_day,
            hours,
            lines,
            days=days,
            alert_share=alert_share,
            image_kb=image_kb,
            keep_days=keep_days,
            move_days=move_days,
            mails=mails,
            inference_units=inference_units,
            people=people,
            trainings=trainings,
        )
        known = Prices.read(prices or FILE)
        folder = results or kept.FOLDER
        measured = kept.load("pipeline", folder)
        used = {name: kept.load(name, folder) for name in RESULTS}
        ours, theirs = model.ours(plant, measured, known, used), model.lookout(plant, known)
    if as_json:
        typer.echo(json.dumps(_as_json(plant, known, measured, ours, theirs)))
    else:
        _print(plant, known, measured, ours, theirs)


def _total(lines: Sequence[Line]) -> float:
    return sum(line.usd for line in lines)


def _as_json(
    plant: Plant,
    prices: Prices,
    measured: dict[str, Any],
    ours: Sequence[Line],
    theirs: Sequence[Line],
) -> dict[str, Any]:
    return {
        "plant": asdict(plant),
        "prices": {"region": prices.region, "asOf": prices.as_of, "entered": prices.entered},
        "measured": measured["taken"],
        "sightline": {"usd": _total(ours), "lines": [asdict(line) for line in ours]},
        "lookout": {"usd": _total(theirs), "lines": [asdict(line) for line in theirs]},
    }


def _print(
    plant: Plant,
    prices: Prices,
    measured: dict[str, Any],
    ours: Sequence[Line],
    theirs: Sequence[Line],
) -> None:
    console = Console(highlight=False)
    table = Table("service", "what", box=None)
    table.add_column("quantity a month", justify="right")
    table.add_column("USD a month", justify="right")
    named = ""
    for line in ours:
        service = "" if line.service == named else line.service
        table.add_row(service, line.what, _quantity(line.quantity), f"{line.usd:,.2f}")
        named = line.service
    table.add_row("[bold]Sightline[/]", "", "", f"[bold]{_total(ours):,.2f}[/]")
    for line in theirs:
        amount = f"[bold]{line.usd:,.2f}[/]"
        table.add_row("[bold]Lookout, as it was[/]", line.what, _quantity(line.quantity), amount)
    console.print(table)
    if plant.images:
        console.print(f"\n{1000 * _total(ours) / plant.images:.3f} USD for 1,000 pictures.")
    console.print(
        f"List prices of {prices.region} as of {prices.as_of}, entered by hand, without free tiers,"
        " tax and discounts: check those that matter. Lookout is its inference units alone: the"
        " functions, storage and messages around it came on top. Per picture: bench/results of"
        f" {measured['taken']['date']}."
    )


def _quantity(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
