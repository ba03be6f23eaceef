"""What `sightline projects`, `datasets` and `models` share: a client, waiting, refusals, tables.

They are clients of the control service like any other, over the protocol alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from sightline.cli.outcome import FAILED, WRONG_USAGE, complain

Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        envvar="AWS_ENDPOINT_URL_LOOKOUTVISION",
        show_envvar=True,
        help="Address of the control service.",
    ),
]
Project = Annotated[str, typer.Argument(help="The project's name.")]
Wait = Annotated[bool, typer.Option("--wait", help="Return when it is done, 1 if it failed.")]

FIRST_PAUSE, LAST_PAUSE = 0.1, 5.0  # seconds
_VALIDATION = "ValidationException"


@contextmanager
def connected(endpoint: str | None) -> Iterator[Any]:
    """A client of the control service; its refusals end the command, 2 for wrong input."""
    try:
        import boto3  # noqa: F401
        from botocore.exceptions import BotoCoreError, ClientError

        from sightline import lookoutvision
    except ImportError as error:
        complain("This needs boto3: pip install 'sightline[aws]'.")
        raise typer.Exit(WRONG_USAGE) from error
    if not endpoint:
        complain("Give --endpoint or AWS_ENDPOINT_URL_LOOKOUTVISION.")
        raise typer.Exit(WRONG_USAGE)
    try:
        yield lookoutvision.client(endpoint)
    except ClientError as error:
        found = error.response["Error"]
        complain(f"{found['Message'] or 'refused'} ({found['Code']})")
        wrong = found["Code"] == _VALIDATION
        raise typer.Exit(WRONG_USAGE if wrong else FAILED) from error
    except BotoCoreError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error


def wait_for(read: Callable[[], dict[str, Any]], going_on: set[str]) -> dict[str, Any]:
    """What is read once its `Status` says that nothing goes on; statuses are told on stderr."""
    told = ""
    pause = pauses()
    while True:
        found = read()
        status = str(found["Status"])
        if status != told:
            typer.echo(f"{time.strftime('%H:%M:%S')} {status}", err=True)
            told = status
        if status not in going_on:
            return found
        next(pause)


def pauses() -> Iterator[None]:
    """Waits longer each time: what is quick is seen at once, what takes long costs few requests."""
    seconds = FIRST_PAUSE
    while True:
        time.sleep(seconds)
        yield
        seconds = min(1.5 * seconds, LAST_PAUSE)


def end(found: dict[str, Any], good: set[str], *, as_json: bool) -> None:
    """Print what something has become; the exit code is 1 unless its status is a good one."""
    show(found, as_json=as_json)
    if found["Status"] not in good:
        raise typer.Exit(FAILED)


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """One thing with its members."""
    if as_json:
        typer.echo(json.dumps(found, default=str))
        return
    for name, value in found.items():
        text = json.dumps(value, default=str) if isinstance(value, (dict, list)) else value
        typer.echo(f"{name}: {text}")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Several things, one a line."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    grid = Table(*columns)
    for row in rows:
        grid.add_row(*(escape(str(value)) for value in row))
    Console().print(grid if rows else empty)
