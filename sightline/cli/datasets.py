"""`sightline datasets`: from a folder of pictures or a manifest to a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
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
    wait_for,
)
from sightline.cli.outcome import WRONG_USAGE, Json, complain

Kind = Annotated[str, typer.Option("--type", help="train or test.")]
GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
GOING_ON = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
UPLOADS_AT_ONCE = 16
SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})


def register(app: typer.Typer) -> None:
    """Add the group `datasets` to the `sightline` command."""
    many = typer.Typer(help="Datasets: labelled pictures to learn from.", no_args_is_help=True)
    for name, command in (("create", create), ("show", told), ("delete", delete)):
        many.command(name)(command)
    app.add_typer(many, name="datasets")


def create(
    project: Project,
    kind: Kind = "train",
    folder: Annotated[
        Path | None, typer.Option(help="Pictures in normal/ and anomaly/; needs --bucket.")
    ] = None,
    bucket: Annotated[str | None, typer.Option(help="Where the folder is uploaded to.")] = None,
    prefix: Annotated[str, typer.Option(help="Under which key; else datasets/PROJECT/.")] = "",
    manifest: Annotated[str | None, typer.Option(help="s3://bucket/key of a manifest.")] = None,
    wait: Wait = False,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Make a dataset from a folder, from a manifest in S3, or empty."""
    if folder is not None and (bucket is None or manifest is not None):
        complain("Give --bucket with --folder, and not --manifest.")
        raise typer.Exit(WRONG_USAGE)
    with connected(endpoint) as client:
        if folder is not None and bucket is not None:
            place = prefix or f"datasets/{project}/{kind}/"
            manifest = upload_folder(folder, bucket, place)
        source = {"DatasetSource": _source(manifest)} if manifest else {}
        made = client.create_dataset(ProjectName=project, DatasetType=kind, **source)
        if not wait:
            show(made["DatasetMetadata"], as_json=as_json)
            return
        found = wait_for(lambda: _described(client, project, kind), GOING_ON)
    end(found, GOOD, as_json=as_json)


def told(
    project: Project, kind: Kind = "train", endpoint: Endpoint = None, as_json: Json = False
) -> None:
    """Tell of a dataset and how many pictures it has."""
    with connected(endpoint) as client:
        show(_described(client, project, kind), as_json=as_json)


def delete(
    project: Project, kind: Kind = "train", wait: Wait = False, endpoint: Endpoint = None
) -> None:
    """Delete a dataset; models that were trained on it stay."""
    with connected(endpoint) as client:
        client.delete_dataset(ProjectName=project, DatasetType=kind)
        pause = pauses()
        while wait and kind in _kinds(client, project):
            next(pause)
    typer.echo(f"The {kind} dataset of {project} is {'' if wait else 'being '}deleted.")


def upload_folder(folder: Path, bucket: str, prefix: str) -> str:
    """Upload normal/ and anomaly/ and their manifest; the manifest's address."""
    import boto3

    from sightline.domain.lookout.manifest import Label, write_line
    from sightline.domain.lookout.records import S3Object

    storage: Any = boto3.client("s3")
    lines, files = [], list[tuple[Path, str]]()
    for label in Label:
        for path in _pictures(folder / label.value):
            key = f"{prefix}{label.value}/{path.relative_to(folder / label.value).as_posix()}"
            files.append((path, key))
            lines.append(write_line(S3Object(bucket, key), label, datetime.now(UTC)))
    if not files:
        complain(f"{folder} has no PNG or JPEG pictures in normal/ or anomaly/.")
        raise typer.Exit(WRONG_USAGE)
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda file: storage.upload_file(str(file[0]), bucket, file[1]), files))
    key = f"{prefix}dataset.manifest"
    storage.put_object(Bucket=bucket, Key=key, Body="\n".join(lines).encode())
    typer.echo(f"Uploaded {len(files)} pictures to s3://{bucket}/{prefix}", err=True)
    return f"s3://{bucket}/{key}"


def _pictures(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _source(manifest: str) -> dict[str, Any]:
    bucket, _, key = manifest.removeprefix("s3://").partition("/")
    if not manifest.startswith("s3://") or not key:
        complain(f"{manifest!r} is not of the form s3://bucket/key.")
        raise typer.Exit(WRONG_USAGE)
    return {"GroundTruthManifest": {"S3Object": {"Bucket": bucket, "Key": key}}}


def _described(client: Any, project: str, kind: str) -> dict[str, Any]:
    answer = client.describe_dataset(ProjectName=project, DatasetType=kind)
    found: dict[str, Any] = answer["DatasetDescription"]
    return found


def _kinds(client: Any, project: str) -> set[str]:
    found = client.describe_project(ProjectName=project)["ProjectDescription"]
    return {dataset["DatasetType"] for dataset in found["Datasets"]}
