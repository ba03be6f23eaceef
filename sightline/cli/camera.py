"""`sightline camera`: send pictures as a camera does."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.cameras import group as cameras_group
from sightline.cli.outcome import FAILED, INTERRUPTED, WRONG_USAGE, Json, complain, refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from sightline.camera import Camera
    from sightline.camera.simulator import Shot, Summary

Endpoint = Annotated[
    str, typer.Option(envvar="SIGHTLINE_ENDPOINT", help="Address of the ingest service.")
]
Token = Annotated[
    str,
    typer.Option(
        envvar="SIGHTLINE_TOKEN",
        show_envvar=True,
        help="The camera's token. The variable keeps it out of the list of processes.",
    ),
]
Spool = Annotated[Path | None, typer.Option(help="Keep pictures here while the network is gone.")]
PlainHttp = Annotated[
    bool,
    typer.Option("--allow-plain-http", help="Send the token unencrypted to another machine."),
]


def register(app: typer.Typer) -> None:
    """Add both groups to the `sightline` command."""
    one = typer.Typer(help="Act as a camera: send pictures.", no_args_is_help=True)
    for command in (simulate, upload, flush):
        one.command()(command)
    app.add_typer(one, name="camera")
    app.add_typer(cameras_group(), name="cameras")


def simulate(
    folder: Annotated[Path, typer.Argument(help="Pictures at any depth.")],
    endpoint: Endpoint,
    token: Token,
    rate: Annotated[float, typer.Option(min=0, help="Parts per second; 0: all it can.")] = 1.0,
    count: Annotated[int | None, typer.Option(min=1, help="How many parts; else all.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Begin again after the last one.")] = False,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="In random order.")] = False,
    seed: Annotated[int, typer.Option(help="Decides the random order.")] = 0,
    truth: Annotated[
        bool, typer.Option("--truth", help="Send truth=normal|anomaly by folder name.")
    ] = False,
    spool: Spool = None,
    allow_plain_http: PlainHttp = False,
    as_json: Json = False,
) -> None:
    """Play a folder's pictures as a production line would, each as a new part.

    Ends after the last picture, after --count, or with Ctrl-C. Exit code 0: every part is in the
    bucket or in the spool; 1: some failed; 2: wrong usage, token or endpoint; 130: interrupted.
    """
    from sightline.camera.simulator import find_pictures, play, queue

    stop = threading.Event()
    with refusals(), _camera(endpoint, token, spool, allow_plain_http) as camera:
        pictures = find_pictures(folder)
        line = queue(pictures, count=count, loop=loop, seed=seed if shuffle else None)
        total = count if loop else min(count or len(pictures), len(pictures))
        with _until_interrupted(stop) as interrupted, _progress(total) as on_shot:
            summary = play(camera, line, rate=rate or None, truth=truth, stop=stop, on_shot=on_shot)
    _report(summary, as_json)
    if summary.stopped_by:
        complain(str(summary.stopped_by))
        raise typer.Exit(WRONG_USAGE)
    if interrupted.is_set():
        raise typer.Exit(INTERRUPTED)
    if summary.failed:
        raise typer.Exit(FAILED)


def upload(
    files: Annotated[list[Path], typer.Argument(help="Pictures to send.")],
    endpoint: Endpoint,
    token: Token,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for each verdict.")] = 0.0,
    spool: Spool = None,
    allow_plain_http: PlainHttp = False,
    as_json: Json = False,
) -> None:
    """Send pictures; the same file again is the same image. Exit code 1 when one failed."""
    from sightline.domain.errors import SightlineError

    results: list[dict[str, Any]] = []
    with refusals(), _camera(endpoint, token, spool, allow_plain_http) as camera:
        for file in files:
            result: dict[str, Any] = {"file": str(file)}
            try:
                sent = camera.upload(file)
                result |= {"imageId": sent.image_id, "state": sent.state, "key": sent.key}
                if wait and sent.state != "spooled":
                    found = camera.verdict(sent.image_id, wait)
                    result |= {"verdict": found.verdict, "confidence": found.confidence}
            except (SightlineError, OSError) as error:
                result |= {"state": "failed", "error": str(error)}
            results.append(result)
            if not as_json:
                typer.echo("  ".join(str(v) for v in result.values() if v is not None))
    if as_json:
        typer.echo(json.dumps({"uploads": results}))
    if any("error" in result for result in results):
        raise typer.Exit(FAILED)


def flush(
    spool: Annotated[Path, typer.Argument(help="The spool folder given to the camera.")],
    endpoint: Endpoint,
    token: Token,
    retry_rejected: Annotated[
        bool, typer.Option("--retry-rejected", help="First take rejected pictures back in.")
    ] = False,
    allow_plain_http: PlainHttp = False,
    as_json: Json = False,
) -> None:
    """Send what waits in a camera's spool. Exit code 1 when something still waits."""
    with refusals(), _camera(endpoint, token, spool, allow_plain_http, background=False) as camera:
        if retry_rejected:
            camera.retry_rejected()
        report = camera.flush()
    if as_json:
        typer.echo(json.dumps({**asdict(report), "problem": str(report.problem or "") or None}))
    else:
        typer.echo(f"{report.sent} sent, {report.rejected} rejected, {report.remaining} waiting.")
    if report.busy:
        complain("Another process is sending this spool.")
    elif report.problem:
        complain(str(report.problem))
    if report.remaining:
        raise typer.Exit(FAILED)


def _camera(
    endpoint: str,
    token: str,
    spool: Path | None,
    allow_plain_http: bool,
    *,
    background: bool = True,
) -> Camera:
    from sightline.camera import Camera

    return Camera(
        endpoint,
        token,
        spool_dir=spool,
        background=background,
        allow_plain_http=allow_plain_http,
    )


@contextmanager
def _until_interrupted(stop: threading.Event) -> Iterator[threading.Event]:
    """The first Ctrl-C ends the line in order, the second one the program."""
    interrupted = threading.Event()

    def handle(*_: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        stop.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[Shot], None]]:
    """A bar on stderr, so that stdout stays clean; nothing where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    from sightline.camera.simulator import ENDS_THE_PLAY

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f}/s"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}", markup=False),
    )
    console = Console(stderr=True, highlight=False)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total, rate=0.0, last="")

        def on_shot(shot: Shot) -> None:
            state = shot.upload.state if shot.upload else "failed"
            if shot.error and not isinstance(shot.error, ENDS_THE_PLAY):
                console.print(f"{shot.path}: {shot.error}", style="red", markup=False)
            now = bar.tasks[0]
            rate = (now.completed + 1) / now.elapsed if now.elapsed else 0.0
            bar.update(task, advance=1, rate=rate, last=f"{state} {shot.seconds * 1000:.0f} ms")

        yield on_shot


def _report(summary: Summary, as_json: bool) -> None:
    states = dict(sorted(summary.states.items()))
    if as_json:
        figures = {"count": summary.count, "states": states, "failed": summary.failed}
        figures |= {"seconds": round(summary.seconds, 3), "rate": round(summary.rate, 3)}
        typer.echo(json.dumps(figures))
        return
    counts = ", ".join(f"{number} {state}" for state, number in states.items()) or "none"
    typer.echo(f"{summary.count} parts in {summary.seconds:.1f} s ({summary.rate:.1f}/s): {counts}")
