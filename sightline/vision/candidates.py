"""Candidates: how a verdict is fitted at one input size, and how good it would be."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sightline.vision import calibration, maps, metrics
from sightline.vision.dataset import Sample
from sightline.vision.features import Backbone
from sightline.vision.head import Linear, Matrix, fit_in_blocks, fit_logistic, stratified_folds
from sightline.vision.metrics import Labels, Metrics
from sightline.vision.passes import (
    Size,
    fold_of,
    learn_memories,
    measure_all,
    patch_blocks,
)
from sightline.vision.patches import held_out_suspicion, patches_kept
from sightline.vision.scoring import FIGURES, BlockModel, PatchHead, Verdict
from sightline.vision.spool import Spool

MIN_ANOMALIES = 4
PENALTIES = (1e-4, 1e-3, 1e-5)
_FOLDS = 5
_CLEARLY_BETTER = 0.005
_MIX_PENALTY = 0.03

T = TypeVar("T")
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Option:
    """One way to score; `scores` (n,) are held out, `patches` are patch heads and their weight."""

    name: str
    head: Linear
    scores: Vector
    threshold: float
    metrics: Metrics
    patches: tuple[list[PatchHead], float] | None = None

    @property
    def quality(self) -> float:
        """What options are chosen by: held-out AUROC and F1, equally."""
        return ((self.metrics.auroc or 0.0) + self.metrics.f1) / 2


@dataclass(frozen=True)
class Fitted:
    """Everything fitted at one input size; `options` in the order tried, `best` one of them."""

    size: Size
    models: list[BlockModel]
    verdict: Verdict
    options: tuple[Option, ...]
    best: Option
    slope: float


@dataclass(frozen=True)
class Descriptors:
    """The pictures' descriptors (D,), what standardises them, and where novelty stands."""

    raw: Spool
    shift: Vector
    scale: Vector
    figures: NDArray[np.intp]

    def blocks(self) -> Iterator[tuple[slice, Matrix]]:
        """Standardised, in order: the places of some pictures, and their rows (b, D)."""
        return ((places, (rows - self.shift) / self.scale) for places, rows in self.raw.blocks())

    def scores(self, *heads: Linear) -> Matrix:
        """Every head's scores: (heads, n)."""
        parts = [np.stack([head(rows) for head in heads]) for _, rows in self.blocks()]
        return np.concatenate(parts, axis=1)


def fit_candidate(
    samples: Sequence[Sample],
    size: Size,
    backbone: Backbone,
    seed: int,
    step: Callable[[], None],
) -> Fitted:
    """Fit memories, heads, threshold and calibration at one input size."""
    normals = [s for s in samples if not s.anomalous]
    learned = learn_memories(normals, size, backbone, seed, step)
    models = learned.models
    numbers = {True: itertools.count(), False: itertools.count()}
    folds = [fold_of(next(numbers[s.anomalous]), len(normals)) for s in samples]
    measured = measure_all(samples, folds, size, backbone, learned, step)
    anomalous = np.array([s.anomalous for s in samples])
    described = standardise(measured.descriptors, anomalous, models)
    options = fit_options(described, measured.novel, anomalous, seed)
    best = first_unless_beaten(options, lambda option: option.quality)
    weights = best.head.weights / described.scale
    scaling = maps.fit_scaling(measured.distances, models, size)
    heads, patch_weight = best.patches or ([], 0.0)
    seen = [models[i].block.name for i in patch_blocks(models)]
    verdict = Verdict(
        weights=weights.astype(np.float32),
        offset=float(best.head.offset - weights @ described.shift),
        scaling=scaling,
        patch_heads=dict(zip(seen, heads, strict=False)),
        patch_weight=patch_weight,
        patches_kept=patches_kept(len(samples)),
    )
    slope = calibration.confidence_slope(best.scores, anomalous, best.threshold)
    return Fitted(size, models, verdict, tuple(options), best, slope)


def first_unless_beaten(tried: Sequence[T], quality: Callable[[T], float]) -> T:
    """The first of the tried, unless a later one is clearly better: small gains are luck."""
    best = tried[0]
    for other in tried[1:]:
        if quality(other) > quality(best) + _CLEARLY_BETTER:
            best = other
    return best


def standardise(raw: Spool, anomalous: Labels, models: Sequence[BlockModel]) -> Descriptors:
    """Put descriptors in units of the normals' spread for novelty, of everyone's for the rest."""
    starts, at = [], 0
    for model in models:
        starts.append(at)
        at += FIGURES + 2 * model.block.channels
    figures = np.array([[start + i for i in range(FIGURES)] for start in starts])
    shift, scale = _spread(raw, np.ones(len(raw), bool))
    flat = figures.ravel()
    usual_shift, usual_scale = _spread(raw, ~anomalous)
    shift[flat], scale[flat] = usual_shift[flat], usual_scale[flat]
    return Descriptors(raw, shift, scale, figures)


def _spread(raw: Spool, of: Labels) -> tuple[Vector, Vector]:
    """Mean and deviation of the descriptors of some pictures."""
    count = max(1, int(of.sum()))
    shift = sum((rows[of[at]].sum(0, np.float64) for at, rows in raw.blocks()), 0.0) / count
    squares = sum((((rows[of[at]] - shift) ** 2).sum(0) for at, rows in raw.blocks()), 0.0)
    return np.asarray(shift), np.asarray(np.sqrt(squares / count) + 1e-4)


def novelty(described: Descriptors) -> Linear:
    """The unsupervised score: the mean over blocks of the standardised top distances."""
    weights = np.zeros(len(described.shift))
    weights[described.figures[:, :2].ravel()] = 0.5 / len(described.figures)
    return Linear(weights, 0.0)


def fit_options(
    described: Descriptors, novel_patches: Sequence[Spool], anomalous: Labels, seed: int
) -> list[Option]:
    """With enough anomalies, novelty mixed with supervised heads; novelty alone in any case."""
    base = novelty(described)
    novel = described.scores(base)[0]
    alone = _option("novelty", base, novel, anomalous)
    if anomalous.sum() < MIN_ANOMALIES:
        return [alone]
    rng = np.random.default_rng([seed, 11])
    folds = stratified_folds(anomalous, min(_FOLDS, int(anomalous.sum())), rng)
    heads, suspicions = held_out_suspicion(novel_patches, anomalous, folds)
    options: list[Option] = []
    for penalty in PENALTIES:
        pooled = fit_pooled(described, anomalous, np.ones(len(folds), bool), penalty)
        held_out = _held_out(described, anomalous, folds, penalty)
        if not options:
            (a, b, c), start = mixed([novel, held_out, suspicions], anomalous)
            head = combined([(a, base), (b, pooled)], start)
            scores = a * novel + b * held_out + c * suspicions + start
            name = f"novelty + pooled {penalty:g} + patches"
            options.append(_option(name, head, scores, anomalous, (heads, float(c))))
        (a, b), start = mixed([novel, held_out], anomalous)
        head = combined([(a, base), (b, pooled)], start)
        scores = a * novel + b * held_out + start
        options.append(_option(f"novelty + pooled {penalty:g}", head, scores, anomalous))
    return [*options, alone]


def fit_pooled(described: Descriptors, anomalous: Labels, inside: Labels, penalty: float) -> Linear:
    """A head on the standardised descriptors of the pictures `inside`."""
    width = len(described.shift)
    unit = np.sqrt(width)

    def labelled() -> Iterator[tuple[Matrix, Labels]]:
        for places, rows in described.blocks():
            yield rows[inside[places]] / unit, anomalous[places][inside[places]]

    head = fit_in_blocks(labelled, width, penalty)
    return Linear(head.weights / unit, head.offset)


def _held_out(
    described: Descriptors, anomalous: Labels, folds: NDArray[np.intp], penalty: float
) -> Vector:
    """Every picture's score by the pooled head that was fitted without its fold."""
    heads = [
        fit_pooled(described, anomalous, folds != fold, penalty) for fold in range(folds.max() + 1)
    ]
    return np.asarray(described.scores(*heads)[folds, np.arange(len(folds))])


def combined(parts: Sequence[tuple[float, Linear]], offset: float) -> Linear:
    """One linear head from several with weights; their offsets included."""
    total = sum(
        (weight * part.weights for weight, part in parts), np.zeros_like(parts[0][1].weights)
    )
    return Linear(total, offset + sum(weight * part.offset for weight, part in parts))


def mixed(scores: Sequence[Vector], anomalous: Labels) -> tuple[Vector, float]:
    """Weights and offset that mix held-out scores (each (n,)) by a logistic regression.

    Negative weights are cut off.
    """
    stacked = np.stack(scores, 1)
    units = stacked.std(0) + 1e-9
    mix = fit_logistic(stacked / units, anomalous, _MIX_PENALTY)
    return np.maximum(mix.weights, 0) / units, mix.offset


def _option(
    name: str,
    head: Linear,
    scores: Vector,
    anomalous: Labels,
    patches: tuple[list[PatchHead], float] | None = None,
) -> Option:
    if anomalous.sum() < MIN_ANOMALIES:
        threshold = calibration.normal_threshold(scores[~anomalous])
    else:
        threshold = calibration.best_f1_threshold(scores, anomalous)
    figures = metrics.measure(scores, anomalous, threshold)
    return Option(name, head, scores, threshold, figures, patches)
