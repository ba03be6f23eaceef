"""How commands of the camera side end: exit codes, and one way to say what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from sightline.domain import errors

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@contextmanager
def refusals() -> Iterator[None]:
    """Name what is wrong and leave: 2 for what the caller gave, 1 for what the world did."""
    try:
        yield
    except (errors.InvalidError, errors.UnauthorizedError, errors.ForbiddenError) as error:
        complain(str(error))
        raise typer.Exit(WRONG_USAGE) from error
    except errors.SightlineError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error


def complain(message: str) -> None:
    """An error's text on stderr."""
    typer.secho(f"Error: {message}", fg="red", err=True)
