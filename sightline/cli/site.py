"""`sightline site`: the admin site as static files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.outcome import refusals


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Deploy")(site)


def site(
    build: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("build"),
) -> None:
    """Build the admin site; its pinned scripts are fetched with npm where they are not there."""
    from sightline.packaging.site import build_site

    with refusals():
        typer.echo(build_site(Path.cwd(), build.resolve()))
