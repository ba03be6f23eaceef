"""`sightline train`, `evaluate`, `detect` and `backbone`: the detector from the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sightline.vision.detection import Detection
    from sightline.vision.training import TrainingResult

_EXIT_ERROR = 2
_EXIT_SOME_FAILED = 1


class Budget(StrEnum):
    """How much to try."""

    fast = "fast"
    balanced = "balanced"
    thorough = "thorough"


def register(app: typer.Typer) -> None:
    """Add the detector's commands to the `sightline` command."""
    app.command()(train)
    app.command()(evaluate)
    app.command()(detect)
    backbone = typer.Typer(help="The feature network: train it anew or bring your own.")
    backbone.command("train")(backbone_train)
    backbone.command("export")(backbone_export)
    app.add_typer(backbone, name="backbone")


def train(
    folder: Annotated[Path, typer.Argument(help="Pictures in normal/ and, if any, anomaly/.")],
    out: Annotated[Path, typer.Option(help="Where to write the model.")] = Path("model"),
    budget: Annotated[Budget, typer.Option(help="How much to try.")] = Budget.balanced,
    seed: Annotated[int, typer.Option(help="Same seed and pictures, same model.")] = 0,
    backbone: Annotated[Path | None, typer.Option(help="An ONNX backbone of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object.")] = False,
) -> None:
    """Train a model on a folder of pictures and say what it is worth."""
    from sightline.vision.training import train as run

    with _bar(hidden=as_json) as progress:
        result = run(
            folder, out, budget=budget.value, seed=seed, progress=progress, backbone=backbone
        )
    if as_json:
        _print_json(_training_summary(result))
    else:
        _print_training(result)


def evaluate(
    model: Annotated[Path, typer.Argument(help="A trained model's folder.")],
    folder: Annotated[Path, typer.Argument(help="Pictures in normal/ and anomaly/.")],
    threads: Annotated[int, typer.Option(help="Threads per picture.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a model on a labelled folder (its test/ part, if it is split)."""
    from sightline.vision.artifact import Detector
    from sightline.vision.dataset import read_folder, subset
    from sightline.vision.evaluation import evaluate as run

    detector = Detector.load(model, threads=threads)
    samples = read_folder(subset(folder, "test"), masks_root=folder).samples
    with _bar(hidden=as_json) as progress:
        done = iter(range(1, len(samples) + 1))
        result = run(detector, samples, lambda: progress("evaluating", next(done) / len(samples)))
    summary = result.summary()
    if as_json:
        _print_json(summary)
        return
    _print_table("Evaluation", ["figure", "value"], [[k, _figure(v)] for k, v in summary.items()])
    for path, reason in result.rejected:
        typer.echo(f"left out: {path}: {reason}", err=True)


def detect(
    model: Annotated[Path, typer.Argument(help="A trained model's folder.")],
    paths: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    maps: Annotated[Path | None, typer.Option(help="Write anomaly maps here.")] = None,
    overlays: Annotated[Path | None, typer.Option(help="Write heat-map overlays here.")] = None,
    threads: Annotated[int, typer.Option(help="Threads per picture.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per picture.")] = False,
) -> None:
    """Inspect pictures. Exit code 1 when one of them could not be inspected."""
    from sightline.domain.errors import UnusableImageError
    from sightline.vision.artifact import Detector

    failed = False
    detector = Detector.load(model, threads=threads)
    for path in _pictures(paths):
        try:
            data = path.read_bytes()
            found = detector.detect(data)
        except (UnusableImageError, OSError) as error:
            failed = True
            _print_failure(path, error, as_json=as_json)
            continue
        _write_pictures(path, data, found, maps, overlays)
        _print_detection(path, found, as_json=as_json)
    if failed:
        raise typer.Exit(_EXIT_SOME_FAILED)


def backbone_train(
    out: Annotated[Path, typer.Option(help="Folder for checkpoint and weights.")] = Path(
        "build/backbone"
    ),
    minutes: Annotated[float | None, typer.Option(help="Time budget; else a step budget.")] = None,
    steps: Annotated[int, typer.Option(help="Step budget.")] = 20_000,
    episodes: Annotated[int, typer.Option(help="Products per step.")] = 32,
    seed: Annotated[int, typer.Option()] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int, typer.Option(help="Torch threads.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes that draw pictures.")] = 1,
) -> None:
    """Train the backbone from formula-generated pictures (needs the extra `backbone`)."""
    try:
        from sightline.vision.backbone.training import (
            Progress,
            Recipe,
            train_backbone,
        )
    except ImportError as error:
        typer.echo("torch is needed: pip install 'sightline[backbone]'.", err=True)
        raise typer.Exit(_EXIT_ERROR) from error
    from sightline.vision.backbone.export import export_checkpoint

    recipe = Recipe(
        steps=steps,
        minutes=minutes,
        episodes=episodes,
        seed=seed,
        device=device,
        threads=threads,
        workers=workers,
    )
    with _bar() as progress:

        def report(state: Progress) -> None:
            progress(f"step {state.step}, loss {state.loss:.3f}", state.share)

        train_backbone(out, recipe, report)
    export_checkpoint(out / "checkpoint.pt", out / "backbone.onnx", {"source": "sightline"})
    typer.echo(f"Wrote {out / 'backbone.onnx'}.")


def backbone_export(
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")] = Path("backbone.onnx"),
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint of ours.")] = None,
    timm: Annotated[str | None, typer.Option(help="Name of a timm network.")] = None,
    pretrained: Annotated[bool, typer.Option(help="Fetch timm's weights.")] = True,
) -> None:
    """Write a backbone as ONNX, for `sightline train --backbone`."""
    from sightline.vision.backbone import export

    if (checkpoint is None) == (timm is None):
        typer.echo("Give either --checkpoint or --timm.", err=True)
        raise typer.Exit(_EXIT_ERROR)
    try:
        if timm is not None:
            export.export_timm(timm, out, pretrained=pretrained)
        elif checkpoint is not None:
            export.export_checkpoint(checkpoint, out, {"source": "sightline"})
    except ImportError as error:
        typer.echo(f"{error.name} is needed: pip install torch timm onnxscript.", err=True)
        raise typer.Exit(_EXIT_ERROR) from error
    typer.echo(f"Wrote {out}.")


class _bar:  # noqa: N801
    """A progress bar on the terminal's error stream; calling it moves it."""

    def __init__(self, *, hidden: bool = False) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=hidden,
            transient=True,
        )
        self._task = self._progress.add_task("starting", total=1.0)

    def __enter__(self) -> Callable[[str, float], None]:
        self._progress.start()
        return self._move

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _move(self, words: str, share: float) -> None:
        self._progress.update(self._task, description=words, completed=share)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, default=str))


def _figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _training_summary(result: TrainingResult) -> dict[str, Any]:
    manifest = result.manifest
    return {
        "model": str(result.directory),
        "metrics": manifest.metrics,
        "evaluation": manifest.evaluation,
        "threshold": manifest.threshold,
        "artifact_hash": manifest.sha256,
        "dataset_hash": manifest.dataset_hash,
        "candidates": list(result.candidates),
        "warnings": list(result.warnings),
        "seconds": result.seconds,
    }


def _print_training(result: TrainingResult) -> None:
    columns = ["name", "f1", "auroc", "ms_per_image", "megabytes", "chosen"]
    rows = [[_figure(row[c]) for c in columns] for row in result.candidates]
    _print_table("Candidates", columns, rows)
    metrics = result.manifest.metrics
    _print_table("Model", ["figure", "value"], [[k, _figure(v)] for k, v in metrics.items()])
    for warning in result.warnings:
        typer.echo(f"note: {warning}", err=True)
    typer.echo(f"Wrote {result.directory} in {result.seconds:.0f} s.")


def _pictures(paths: list[Path]) -> list[Path]:
    from sightline.vision.dataset import SUFFIXES

    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        else:
            found.append(path)
    return found


def _write_pictures(
    path: Path, data: bytes, found: Detection, maps: Path | None, overlays: Path | None
) -> None:
    from sightline.vision.render import encode_map, overlay

    if maps is not None:
        maps.mkdir(parents=True, exist_ok=True)
        (maps / f"{path.stem}.png").write_bytes(encode_map(found))
        for kind in found.label_maps:
            (maps / f"{path.stem}.{kind}.png").write_bytes(encode_map(found, kind))
    if overlays is not None:
        overlays.mkdir(parents=True, exist_ok=True)
        (overlays / f"{path.stem}.png").write_bytes(overlay(data, found))


def _print_detection(path: Path, found: Detection, *, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "image": str(path),
                "anomalous": found.anomalous,
                "confidence": found.confidence,
                "score": found.score,
                "area": found.area,
                "width": found.width,
                "height": found.height,
                "regions": [asdict(region) for region in found.regions],
            }
        )
        return
    verdict = "ANOMALY" if found.anomalous else "normal "
    typer.echo(f"{verdict}  {found.confidence:6.1%}  score {found.score:8.3f}  {path}")


def _print_failure(path: Path, error: Exception, *, as_json: bool) -> None:
    reason = getattr(error, "reason", "unreadable")
    if as_json:
        _print_json({"image": str(path), "error": reason, "message": str(error)})
    else:
        typer.echo(f"FAILED   {reason}: {error}  {path}")
