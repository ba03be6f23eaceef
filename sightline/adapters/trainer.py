"""The detector's training as control's `Trainer`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from sightline.domain.errors import InvalidError
from sightline.vision.duration import expected_duration
from sightline.vision.training import TrainingResult, train
from sightline.workflow.control.ports import MaskFile, Prediction, Trained

# A function's processor may be slower than the one that was measured, and pictures come first.
_MARGIN = 1.5


class VisionTrainer:
    """`Trainer` over `sightline.vision.training`; refuses what would not be done in `seconds`."""

    def __init__(
        self, *, budget: str = "balanced", seed: int = 0, seconds: float = math.inf
    ) -> None:
        self._budget = budget
        self._seed = seed
        self._seconds = seconds

    def train(self, folder: Path, masks: Sequence[MaskFile], out: Path) -> Trained:
        refuse_too_long(folder, self._budget, self._seconds)
        for mask in masks:
            split_mask(mask, folder)
        done = train(folder, out, budget=self._budget, seed=self._seed, report=False)
        return _trained(done, folder)


def refuse_too_long(folder: Path, budget: str, seconds: float) -> None:
    """`InvalidError` when training would not end in `seconds`, with how many pictures would do."""
    expected = expected_duration(folder, budget)
    if expected.seconds * _MARGIN <= seconds:
        return
    raise InvalidError(
        f"Training on {expected.pictures:,} pictures of this size would take about "
        f"{expected.seconds * _MARGIN / 60:.0f} minutes; there are {seconds / 60:.0f}. About "
        f"{expected.most_within(seconds / _MARGIN):,} would do. Leave pictures out, make them "
        "smaller or JPEGs, choose a smaller training budget, or train on a machine of your own "
        "with `sightline train`."
    )


def split_mask(mask: MaskFile, folder: Path) -> None:
    """Write a coloured mask as one black and white mask per kind: `mask/<kind>/<stem>.png`.

    A kind may have several colours. Pixels of other colours are background.
    """
    try:
        with Image.open(mask.path) as opened:
            pixels = np.asarray(opened.convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidError(f"The mask of picture {mask.stem} is not a readable PNG.") from error
    found: dict[str, np.ndarray] = {}
    for colour, kind in mask.colours.items():
        here = (pixels == _rgb(colour)).all(axis=2)
        found[kind] = found[kind] | here if kind in found else here
    for kind, here in found.items():
        target = folder / "mask" / _folder_name(kind) / f"{mask.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(here.astype(np.uint8) * 255).save(target)


def _rgb(colour: str) -> tuple[int, int, int]:
    try:
        red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    except ValueError as error:
        raise InvalidError(f"The mask's colour {colour!r} is not of the form #rrggbb.") from error
    return red, green, blue


def _folder_name(kind: str) -> str:
    name = "".join(c for c in kind if c.isalnum() or c in "-_ ")
    if not name:
        raise InvalidError(f"The kind of defect {kind!r} cannot be used as a name.")
    return name


def _trained(done: TrainingResult, folder: Path) -> Trained:
    metrics: Mapping[str, object] = done.manifest.metrics
    return Trained(
        sha256=done.manifest.sha256,
        f1=_number(metrics, "f1"),
        recall=_number(metrics, "recall"),
        precision=_number(metrics, "precision"),
        roc_auc=_number(metrics, "auroc") if metrics.get("auroc") is not None else None,
        average_precision=_average_precision(done),
        predictions=[
            Prediction(
                str(verdict.path.relative_to(folder)),
                verdict.called,
                verdict.confidence,
                verdict.score,
            )
            for verdict in done.held_out
        ],
        threshold=done.manifest.threshold,
        slope=done.manifest.slope,
        labels=tuple(done.manifest.labels),
    )


def _average_precision(done: TrainingResult) -> float | None:
    """Mean precision over the ranks of the anomalies, highest score first."""
    ranked = sorted(done.held_out, key=lambda verdict: -verdict.score)
    hits = [rank for rank, verdict in enumerate(ranked, 1) if verdict.anomalous]
    if not hits:
        return None
    return sum(found / rank for found, rank in enumerate(hits, 1)) / len(hits)


def _number(metrics: Mapping[str, object], name: str) -> float:
    value = metrics.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0
