"""`sightline cameras`: which cameras may send pictures, and their tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.outcome import Json, refusals
from sightline.cli.outputs import read_outputs

if TYPE_CHECKING:
    from sightline.domain.cameras import Camera
    from sightline.workflow.ports import CameraRegistry

Table = Annotated[
    str | None,
    typer.Option(envvar="SIGHTLINE_CAMERAS_TABLE", help="The cameras table of the stack."),
]
Outputs = Annotated[
    Path | None,
    typer.Option(
        "--stack-outputs",
        envvar="SIGHTLINE_STACK_OUTPUTS",
        help="JSON file of `pulumi stack output --json`, instead of --table.",
    ),
]
CameraId = Annotated[str, typer.Argument(help="The camera's id.")]


def group() -> typer.Typer:
    """The group's commands."""
    many = typer.Typer(
        help="Register cameras and their tokens. AWS credentials, region and endpoint come from "
        "boto3's usual environment.",
        no_args_is_help=True,
    )
    for name, command in (("add", add), ("list", show), ("revoke", revoke), ("rotate", rotate)):
        many.command(name)(command)
    return many


def add(
    camera_id: CameraId,
    line: Annotated[str, typer.Option(help="The line that it watches.")],
    project: Annotated[str, typer.Option(help="The project whose model inspects its pictures.")],
    facility: Annotated[str, typer.Option(help="The facility that the line is in.")] = "main",
    name: Annotated[str, typer.Option(help="A name for people.")] = "",
    table: Table = None,
    stack_outputs: Outputs = None,
    as_json: Json = False,
) -> None:
    """Register a camera and print its token, which is shown this once and stored nowhere."""
    from sightline.workflow import cameras

    with refusals():
        camera, token = cameras.register(
            _registry(table, stack_outputs),
            camera_id,
            line=line,
            facility=facility,
            project=project,
            name=name,
        )
    _print_token(camera, token, as_json)


def show(table: Table = None, stack_outputs: Outputs = None, as_json: Json = False) -> None:
    """List the cameras, where they are, and when they were last seen."""
    from sightline.workflow import cameras

    with refusals():
        found = cameras.all_cameras(_registry(table, stack_outputs))
    if as_json:
        typer.echo(json.dumps({"cameras": [_public(camera) for camera in found]}))
        return
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid("Camera", "Facility", "Line", "Project", "Last seen (UTC)", "State", "Name")
    for camera in found:
        seen = f"{camera.last_seen_at:%Y-%m-%d %H:%M:%S}" if camera.last_seen_at else "never"
        state = "[red]revoked[/]" if camera.revoked_at else "[green]active[/]"
        where = (camera.camera_id, camera.facility, camera.line, camera.project)
        grid.add_row(*where, seen, state, camera.name.replace("[", r"\["))
    Console().print(grid if found else "No cameras yet: sightline cameras add --help")


def revoke(
    camera_id: CameraId, table: Table = None, stack_outputs: Outputs = None, as_json: Json = False
) -> None:
    """Refuse the camera's token from now on. `rotate` lets the camera in again."""
    from sightline.workflow import cameras

    with refusals():
        camera = cameras.revoke(_registry(table, stack_outputs), camera_id)
    typer.echo(json.dumps(_public(camera)) if as_json else f"{camera.camera_id} is revoked.")


def rotate(
    camera_id: CameraId, table: Table = None, stack_outputs: Outputs = None, as_json: Json = False
) -> None:
    """Give the camera a new token and print it; the old one is void at once."""
    from sightline.workflow import cameras

    with refusals():
        camera, token = cameras.rotate(_registry(table, stack_outputs), camera_id)
    _print_token(camera, token, as_json)


def _registry(table: str | None, stack_outputs: Path | None) -> CameraRegistry:
    from sightline.domain.errors import InvalidError

    if stack_outputs:
        table = read_outputs(stack_outputs, "camerasTable")["camerasTable"]
    if not table:
        raise InvalidError("Give --stack-outputs FILE, --table or SIGHTLINE_CAMERAS_TABLE.")
    try:
        from sightline.adapters.aws.cameras import DynamoCameraRegistry
        from sightline.adapters.aws.errors import translated
        from sightline.bootstrap import clients
    except ImportError as error:
        raise InvalidError("This needs boto3: pip install 'sightline[aws]'.") from error
    with translated("Connecting to DynamoDB"):
        return DynamoCameraRegistry(table, clients.client("dynamodb"))


def _public(camera: Camera) -> dict[str, Any]:
    """What may be shown of a camera: all but the hash of its token."""
    from sightline.domain import times

    def wire(moment: Any) -> str | None:
        return times.to_wire(moment) if moment else None

    return {
        "cameraId": camera.camera_id,
        "facility": camera.facility,
        "line": camera.line,
        "project": camera.project,
        "name": camera.name,
        "createdAt": wire(camera.created_at),
        "lastSeenAt": wire(camera.last_seen_at),
        "revokedAt": wire(camera.revoked_at),
    }


def _print_token(camera: Camera, token: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**_public(camera), "token": token}))
        return
    typer.echo(token)
    where = f"{camera.facility}/{camera.line}, project {camera.project}"
    typer.secho(
        f"This is the token of {camera.camera_id} ({where}). It is not shown again.", err=True
    )
