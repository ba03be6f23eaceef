"""`sightline host` and `sightline unhost`: which trained artifact serves a project's cameras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.outcome import Json, refusals
from sightline.cli.outputs import StackOutputs, read_outputs

Project = Annotated[str, typer.Option(help="The project that cameras are registered for.")]


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(host)
    app.command()(unhost)


def host(
    model: Annotated[Path, typer.Argument(help="Folder that `sightline train` wrote.")],
    project: Project,
    version: Annotated[str, typer.Option(help="What records will name the model by.")],
    stack_outputs: StackOutputs,
    as_json: Json = False,
) -> None:
    """Upload a trained model; from now on it inspects the pictures of the project's cameras."""
    from sightline.bootstrap import operations
    from sightline.workflow import host as hosting

    with refusals():
        outputs = read_outputs(stack_outputs, "modelsTable", "modelsBucket")
        models, artifacts = operations.hosting(outputs["modelsTable"], outputs["modelsBucket"])
        record = hosting.host(model, project, version, artifacts=artifacts, models=models)
    if as_json:
        found = {"project": record.project, "version": record.version, "sha256": record.sha256}
        typer.echo(json.dumps(found))
    else:
        typer.echo(f"Version {record.version} serves project {record.project}.")


def unhost(project: Project, stack_outputs: StackOutputs) -> None:
    """Let a project's model serve no longer; pictures that come are recorded as not inspected."""
    from sightline.bootstrap import operations
    from sightline.workflow import host as hosting

    with refusals():
        outputs = read_outputs(stack_outputs, "modelsTable", "modelsBucket")
        models, _ = operations.hosting(outputs["modelsTable"], outputs["modelsBucket"])
        record = hosting.stop(project, models=models)
    typer.echo(f"Version {record.version} serves project {record.project} no longer.")
