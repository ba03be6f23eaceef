"""`sightline demo`, `sightline local up` and `sightline redrive`."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from sightline.cli.outcome import FAILED, INTERRUPTED, Json, refusals
from sightline.cli.outputs import StackOutputs, read_outputs, write_local_outputs

if TYPE_CHECKING:
    from sightline.local.demo import Report
    from sightline.local.stack import LocalStack

TRAIN_NORMAL, TRAIN_ANOMALY = 60, 30
Password = Annotated[
    str,
    typer.Option(
        "--password",
        envvar="SIGHTLINE_LOCAL_PASSWORD",
        help="Of the users admin, operator and viewer; random ones unless given.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(demo)
    app.command()(redrive)
    group = typer.Typer(help="The whole system on this machine.", no_args_is_help=True)
    group.command("up")(up)
    app.add_typer(group, name="local")


def demo(
    images: Annotated[
        Path | None,
        typer.Option(help="Play these pictures (normal/ and anomaly/ inside); else made-up parts."),
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(help="Train on these; else on the folder `train` beside, or on every other."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many pictures to send.")] = 60,
    rate: Annotated[
        float, typer.Option(min=0, help="Pictures per second and camera; 0 is as fast as it goes.")
    ] = 0.0,
    budget: Annotated[str, typer.Option(help="fast, balanced or thorough training.")] = "balanced",
    seed: Annotated[int, typer.Option(help="Decides the order and the model.")] = 0,
    leave: Annotated[
        bool, typer.Option("--exit", help="End when all is recorded and every alert was sent.")
    ] = False,
    password: Password = "",
    lake: Annotated[Path, typer.Option(help="Leave the data lake here, as Parquet files.")] = Path(
        "build/lake"
    ),
    as_json: Json = False,
) -> None:
    """Provision, train, start, and watch two cameras on two lines. No AWS account is needed.

    With --exit the exit code is 0 only if every picture ended in exactly one record and every
    alert was sent exactly once.
    """
    from sightline.local.board import Board
    from sightline.local.demo import LINES, Demo
    from sightline.local.stack import LocalStack

    console = Console(stderr=as_json)
    stop = _stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="sightline-demo-") as work:
        played, model = _prepare(Path(work), images, train, budget, seed, console)
        with console.status("Provisioning the stack"):
            stack = LocalStack().start()
        with stack:
            console.print(f"[bold]Up[/] at {stack.url}  (state is in memory, gone at the end)")
            people = stack.add_people(password)
            run = Demo(stack, model)
            board = Board(total=count, lines=LINES)
            with Live(board, console=console, refresh_per_second=4, transient=False):
                report = run.play(played, count=count, rate=rate, board=board, stop=stop)
            console.print()
            _print_report(report, console, as_json=as_json)
            _leave_lake(stack, lake, console)
            if not leave and not stop.is_set():
                _print_addresses(stack, people, console)
                stop.wait()
                _leave_lake(stack, lake, console)
    if not report.passed:
        raise typer.Exit(FAILED)


def up(
    outputs: Annotated[
        Path | None,
        typer.Option("--stack-outputs", help="Write the stack's outputs here for other commands."),
    ] = None,
    port: Annotated[int, typer.Option(help="Of the gateway; 0 is any free one.")] = 0,
    password: Password = "",
) -> None:
    """Provision the stack and keep it up until Ctrl-C, without cameras, pictures or models."""
    from sightline.local.iam.credentials import ACCESS_KEY_ID, SECRET_ACCESS_KEY
    from sightline.local.stack import LocalStack

    console = Console()
    stop = _stop_on_signals()
    with console.status("Provisioning the stack"):
        stack = LocalStack(port=port).start()
    with stack, refusals():
        people = stack.add_people(password)
        if outputs:
            environment = {
                "AWS_ENDPOINT_URL": stack.endpoint,
                "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
                "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            }
            urls = {"ingestUrl": stack.api_url("ingest")}
            write_local_outputs(outputs, {**stack.outputs, **urls}, environment)
            console.print(f"Outputs are in {outputs}; give it to other commands.")
        _print_addresses(stack, people, console)
        stop.wait()


def redrive(stack_outputs: StackOutputs, as_json: Json = False) -> None:
    """Send every parked input through the workflow again; what fails again is parked again."""
    from sightline.bootstrap import operations
    from sightline.workflow.redrive import redrive as send_again

    with refusals():
        outputs = read_outputs(stack_outputs, "parkedQueueUrl", "inspectionStateMachineArn")
        deps = operations.redrive(outputs["parkedQueueUrl"], outputs["inspectionStateMachineArn"])
        console = Console(stderr=True, highlight=False, markup=False)
        sent = send_again(
            deps, lambda parked: console.print(f"again: {parked.error} {parked.cause}"[:300])
        )
    typer.echo(json.dumps({"sent": sent}) if as_json else f"{sent} parked inputs were sent again.")


def _prepare(
    work: Path,
    images: Path | None,
    train: Path | None,
    budget: str,
    seed: int,
    console: Console,
) -> tuple[list[Path], Path]:
    """Pictures to play, and a model trained on others."""
    from rich.progress import Progress

    from sightline.local.parts import pictures
    from sightline.vision.dataset import read_folder
    from sightline.vision.training import train as train_model

    if images is None:
        from sightline.local.parts.drawing import write_parts

        with console.status("Making pictures of parts"):
            train = work / "parts" / "train"
            write_parts(train, normal=TRAIN_NORMAL, anomaly=TRAIN_ANOMALY, seed=seed)
            write_parts(work / "parts" / "test", normal=40, anomaly=20, seed=seed + 1)
        images = work / "parts" / "test"
    played = pictures.mixed(read_folder(images).samples, seed)
    if train is None and images.name != "train" and (images.parent / "train").is_dir():
        train = images.parent / "train"
    if train is None:
        learned, played = played[::2], played[1::2]
    else:
        learned = list(read_folder(train).samples)
    learned = pictures.some(learned, normal=TRAIN_NORMAL, anomaly=TRAIN_ANOMALY, seed=seed)
    pictures.link(learned, work / "train")
    console.print(f"Training on {len(learned)} pictures, playing {len(played)} others.")
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Training", total=1.0)
        train_model(
            work / "train",
            work / "model",
            budget=budget,
            seed=seed,
            progress=lambda step, share: progress.update(
                task, description=f"Training: {step}", completed=share
            ),
        )
    return [sample.path for sample in played], work / "model"


def _print_report(report: Report, console: Console, *, as_json: bool) -> None:
    books = report.audit
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    table = Table(show_header=False, box=None)
    table.add_row("Uploaded, recorded", f"{books.uploaded}, {books.recorded}")
    table.add_row("Verdicts", ", ".join(f"{n} {v}" for v, n in sorted(report.verdicts.items())))
    table.add_row("Alerts, in messages", f"{books.alerts}, {report.messages}")
    table.add_row("Throughput", f"{report.images_per_second:.1f} images/s")
    table.add_row(
        "Upload to record", f"median {report.median_seconds:.2f} s, p99 {report.p99_seconds:.2f} s"
    )
    console.print(table)
    if report.failed_uploads:
        console.print(f"[red]{report.failed_uploads} pictures could not be uploaded.[/]")
    if books.balanced:
        console.print("[green]Every picture has one record, every alert was sent once.[/]")
        return
    for what in ("unrecorded", "unasked", "untold", "told_twice", "told_needlessly"):
        if found := getattr(books, what):
            console.print(f"[red]{what}[/]: {len(found)}, for example {found[0]}")


def _leave_lake(stack: LocalStack, folder: Path, console: Console) -> None:
    from sightline.domain import lake

    files = len(stack.write_lake(folder))
    pattern = folder / lake.PREFIX / "**" / "*.parquet"
    console.print(f"The lake is in {folder} ({files} files), for anything that reads Parquet:")
    console.print(f"  duckdb -c \"FROM '{pattern}'\"", highlight=False)


def _print_addresses(stack: LocalStack, people: Mapping[str, str], console: Console) -> None:
    table = Table(title="Up until Ctrl-C", title_justify="left", show_header=False)
    table.add_row("Admin site", stack.url)
    table.add_row("Status page", f"{stack.url}/status")
    table.add_row("Ingest API", stack.api_url("ingest"))
    table.add_row("Mail that was sent", f"{stack.url}/mail")
    table.add_row("Embedded AWS", stack.endpoint)
    for name, password in people.items():
        table.add_row(f"Sign in as {name}", password)
    console.print(table)


def _stop_on_signals() -> threading.Event:
    """Ctrl-C and termination end the run in order; a second one ends it at once."""
    stop = threading.Event()

    def handle(*_: object) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop
