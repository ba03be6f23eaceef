"""`sightline edge run`: detection from a bundle, without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.outcome import INTERRUPTED, refusals

PORT = 8087


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(help="Detection on a machine of its own.", no_args_is_help=True)
    # Without a callback Typer makes a single command the group itself.
    group.callback()(lambda: None)
    group.command("run")(run)
    app.add_typer(group, name="edge")


def run(
    bundle: Annotated[Path, typer.Argument(help="A packaging job's zip, or its folder.")],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = PORT,
    threads: Annotated[int, typer.Option(min=1, help="Threads of one inspection.")] = 1,
) -> None:
    """Serve detection from a bundle: POST a PNG or JPEG to /detect."""
    from sightline.edge.server import serve

    with refusals():
        try:
            serve(bundle, host=host, port=port, threads=threads)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
