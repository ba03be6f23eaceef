"""The `sightline` command: one file per group of commands, heavy imports inside the commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

import sightline
from sightline.cli.camera import register as register_camera
from sightline.cli.cost import register as register_cost
from sightline.cli.datasets import register as register_datasets
from sightline.cli.deployment import register as register_deployment
from sightline.cli.detector import register as register_detector
from sightline.cli.edge import register as register_edge
from sightline.cli.host import register as register_host
from sightline.cli.local import register as register_local
from sightline.cli.lookoutvision import register as register_lookoutvision
from sightline.cli.models import register as register_models
from sightline.cli.people import register as register_people
from sightline.cli.projects import register as register_projects
from sightline.cli.replay import register as register_replay
from sightline.cli.report import register as register_report
from sightline.cli.scale import register as register_scale
from sightline.cli.site import register as register_site
from sightline.domain.errors import SightlineError

app = typer.Typer(
    name="sightline",
    help="Serverless visual inspection for production lines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for register in (
    register_detector,
    register_host,
    register_camera,
    register_projects,
    register_datasets,
    register_models,
    register_lookoutvision,
    register_edge,
    register_local,
    register_replay,
    register_people,
    register_deployment,
    register_cost,
    register_scale,
    register_site,
    register_report,
):
    register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(sightline.__version__)
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Serverless visual inspection for production lines."""


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 failed (the reason is printed), 2 wrong usage."""
    try:
        app()
    except SightlineError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print("[bold red]Error:[/]", end=" ")
        print(error, file=sys.stderr)
        sys.exit(1)
