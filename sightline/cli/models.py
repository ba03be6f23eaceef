"""`sightline models`: train, look at, start, stop, try and delete models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sightline.cli.control import (
    Endpoint,
    Project,
    Wait,
    connected,
    end,
    pauses,
    show,
    table,
    wait_for,
)
from sightline.cli.outcome import Json

Version = Annotated[str, typer.Argument(help="The model version, or `latest`.")]


def register(app: typer.Typer) -> None:
    """Add the group `models` to the `sightline` command."""
    many = typer.Typer(help="Models: trained, measured, running.", no_args_is_help=True)
    named = (
        ("train", train),
        ("list", listed),
        ("show", told),
        ("start", start),
        ("stop", stop),
        ("detect", detect),
        ("delete", delete),
    )
    for name, command in named:
        many.command(name)(command)
    app.add_typer(many, name="models")


def train(
    project: Project,
    bucket: Annotated[str, typer.Option(help="Where the evaluation is written to.")],
    prefix: Annotated[str, typer.Option(help="Under which key.")] = "",
    description: Annotated[str | None, typer.Option(help="Letters, digits, . - _")] = None,
    wait: Wait = False,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Train a new version on the project's datasets."""
    more = {"Description": description} if description else {}
    place = {"S3Location": {"Bucket": bucket, "Prefix": prefix}}
    with connected(endpoint) as client:
        made = client.create_model(ProjectName=project, OutputConfig=place, **more)["ModelMetadata"]
        version = made["ModelVersion"]
        if wait:
            made = wait_for(lambda: _described(client, project, version), {"TRAINING"})
    end(made, {"TRAINED"} if wait else {"TRAINING"}, as_json=as_json)


def listed(project: Project, endpoint: Endpoint = None, as_json: Json = False) -> None:
    """List a project's versions and how good they are."""
    with connected(endpoint) as client:
        pages = client.get_paginator("list_models").paginate(ProjectName=project)
        found = [model for page in pages for model in page["Models"]]
    if as_json:
        typer.echo(json.dumps({"models": found}, default=str))
        return
    rows = [
        (
            model["ModelVersion"],
            model["Status"],
            *(_share(model, name) for name in ("F1Score", "Precision", "Recall")),
            model["Description"],
        )
        for model in found
    ]
    columns = ("Version", "Status", "F1", "Precision", "Recall", "Description")
    table(columns, rows, f"No models yet: sightline models train {project} --help")


def told(
    project: Project, version: Version = "latest", endpoint: Endpoint = None, as_json: Json = False
) -> None:
    """Tell of one version."""
    with connected(endpoint) as client:
        show(_described(client, project, version), as_json=as_json)


def start(
    project: Project,
    version: Version = "latest",
    units: Annotated[int, typer.Option(min=1, help="Inference units: instances kept ready.")] = 1,
    wait: Wait = False,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Start a version; it costs until it is stopped."""
    with connected(endpoint) as client:
        version = _described(client, project, version)["ModelVersion"]
        found = client.start_model(
            ProjectName=project, ModelVersion=version, MinInferenceUnits=units
        )
        if wait:
            found = wait_for(lambda: _described(client, project, version), {"STARTING_HOSTING"})
    found.pop("ResponseMetadata", None)
    end(found, {"HOSTED"} if wait else {"STARTING_HOSTING"}, as_json=as_json)


def stop(
    project: Project,
    version: Version = "latest",
    wait: Wait = False,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Stop a version; it costs nothing any more."""
    with connected(endpoint) as client:
        version = _described(client, project, version)["ModelVersion"]
        found = client.stop_model(ProjectName=project, ModelVersion=version)
        if wait:
            found = wait_for(lambda: _described(client, project, version), {"STOPPING_HOSTING"})
    found.pop("ResponseMetadata", None)
    end(found, {"TRAINED"} if wait else {"STOPPING_HOSTING"}, as_json=as_json)


def detect(
    project: Project,
    pictures: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    version: Annotated[str, typer.Option(help="The model version, or `latest`.")] = "latest",
    endpoint: Endpoint = None,
) -> None:
    """Ask a running version about pictures; one JSON object a line."""
    with connected(endpoint) as client:
        for path in pictures:
            answer = client.detect_anomalies(
                ProjectName=project,
                ModelVersion=version,
                Body=path.read_bytes(),
                ContentType="image/png" if path.suffix.lower() == ".png" else "image/jpeg",
            )
            result = answer["DetectAnomalyResult"]
            result.pop("AnomalyMask", None)
            typer.echo(json.dumps({"image": str(path), **result}))


def delete(
    project: Project,
    version: Annotated[str, typer.Argument(help="The model version; not `latest`.")],
    wait: Wait = False,
    endpoint: Endpoint = None,
) -> None:
    """Delete a version that neither trains nor runs."""
    with connected(endpoint) as client:
        client.delete_model(ProjectName=project, ModelVersion=version)
        pause = pauses()
        while wait and version in _versions(client, project):
            next(pause)
    typer.echo(f"Version {version} of {project} is {'' if wait else 'being '}deleted.")


def _described(client: Any, project: str, version: str) -> dict[str, Any]:
    answer = client.describe_model(ProjectName=project, ModelVersion=version)
    found: dict[str, Any] = answer["ModelDescription"]
    return found


def _versions(client: Any, project: str) -> set[str]:
    pages = client.get_paginator("list_models").paginate(ProjectName=project)
    return {model["ModelVersion"] for page in pages for model in page["Models"]}


def _share(model: dict[str, Any], name: str) -> str:
    value = model.get("Performance", {}).get(name)
    return "" if value is None else f"{value:.3f}"
