"""`sightline lookoutvision install`: boto3 and the AWS CLI speak the protocol again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(
        help="Use code that was written for Lookout for Vision.", no_args_is_help=True
    )
    # Without a callback Typer makes a single command the group itself.
    group.callback()(lambda: None)
    group.command("install")(install)
    app.add_typer(group, name="lookoutvision")


def install(
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to put it; AWS_DATA_PATH must name it then.  [~/.aws/models]"),
    ] = None,
) -> None:
    """Let boto3.client("lookoutvision") and `aws lookoutvision` work again, for this user.

    Then set AWS_ENDPOINT_URL_LOOKOUTVISION to the address of the control service.
    """
    from sightline import lookoutvision

    target = lookoutvision.install(folder)
    typer.echo(f"Installed in {target}.")
    if folder is not None:
        typer.echo(f"Set AWS_DATA_PATH={target} so that boto3 and the AWS CLI look there.")
    typer.echo("Set AWS_ENDPOINT_URL_LOOKOUTVISION to the address of the control service.")
