"""A stack's outputs, from `pulumi stack output --json` or from `sightline local up`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sightline.domain.errors import InvalidError, NotFoundError

StackOutputs = Annotated[
    Path,
    typer.Option(
        "--stack-outputs",
        envvar="SIGHTLINE_STACK_OUTPUTS",
        help="JSON file of `pulumi stack output --json`, or of `sightline local up`.",
    ),
]

# Written by `sightline local up` only: where its AWS is, and the credentials that it takes.
_LOCAL = "localAws"


def read_outputs(file: Path, *needed: str) -> dict[str, Any]:
    """The outputs; those of a local stack also lead boto3 to it.

    Raises `NotFoundError` without the file and `InvalidError` naming what is missing in it.
    """
    if not file.is_file():
        raise NotFoundError(f"There is no file {file}; write `pulumi stack output --json` to it.")
    try:
        outputs = json.loads(file.read_text())
    except ValueError as error:
        raise InvalidError(f"{file} is not JSON.") from error
    if not isinstance(outputs, dict):
        raise InvalidError(f"{file} is not an object of stack outputs.")
    missing = [name for name in needed if not outputs.get(name)]
    if missing:
        raise InvalidError(f"{file} lacks the stack outputs {', '.join(missing)}.")
    os.environ.update(outputs.get(_LOCAL, {}))
    if region := outputs.get("region"):
        os.environ.setdefault("AWS_DEFAULT_REGION", region)
    return outputs


def write_local_outputs(
    file: Path, outputs: Mapping[str, Any], environment: Mapping[str, str]
) -> None:
    """Outputs of a local stack, readable by this user alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({**outputs, _LOCAL: dict(environment)}, indent=2) + "\n")
