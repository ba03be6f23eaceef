"""Candidates: how a verdict is fitted at one input size, and how good it would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sightline.vision import calibration, maps, metrics
from sightline.vision.dataset import Sample
from sightline.vision.features import Backbone
from sightline.vision.head import Linear, fit_logistic, stratified_folds
from sightline.vision.metrics import Labels, Metrics
from sightline.vision.passes import Measured, Size, learn_memories, measure_all
from sightline.vision.scoring import FIGURES, BlockModel, Verdict

MIN_ANOMALIES = 4
PENALTIES = (1e-4, 1e-3, 1e-5)
_FOLDS = 5
_CLEARLY_BETTER = 0.005
_MIX_PENALTY = 0.03

T = TypeVar("T")
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Option:
    """One way to turn descriptors into scores; `scores` (n,) are held out."""

    name: str
    head: Linear
    scores: Vector
    threshold: float
    metrics: Metrics

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
    """Standardised descriptors (n, D) with what standardised them, and where novelty stands."""

    values: Vector
    shift: Vector
    scale: Vector
    figures: NDArray[np.intp]


def fit_candidate(
    samples: Sequence[Sample],
    size: Size,
    backbone: Backbone,
    seed: int,
    step: Callable[[], None],
) -> Fitted:
    """Fit memories, heads, threshold and calibration at one input size."""
    normals = [s for s in samples if not s.anomalous]
    models = learn_memories(normals, size, backbone, seed, step)
    numbers = iter(range(len(normals)))
    index = [-1 if s.anomalous else next(numbers) for s in samples]
    measured = measure_all(samples, index, size, backbone, models, step)
    anomalous = np.array([s.anomalous for s in samples])
    described = standardise(measured, anomalous, models)
    options = fit_options(described, anomalous, seed)
    best = first_unless_beaten(options, lambda option: option.quality)
    weights = best.head.weights / described.scale
    scaling = maps.fit_scaling(
        [m.distances for m in measured if m.distances is not None], models, size
    )
    verdict = Verdict(
        weights=weights.astype(np.float32),
        offset=float(best.head.offset - weights @ described.shift),
        scaling=scaling,
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


def standardise(
    measured: Sequence[Measured], anomalous: Labels, models: Sequence[BlockModel]
) -> Descriptors:
    """Descriptors in units of the normals' spread for novelty, of everyone's for the rest."""
    values = np.stack([m.descriptor for m in measured]).astype(np.float64)
    starts, at = [], 0
    for model in models:
        starts.append(at)
        at += FIGURES + 2 * model.block.channels
    figures = np.array([[start + i for i in range(FIGURES)] for start in starts])
    shift, scale = values.mean(0), values.std(0) + 1e-4
    flat = figures.ravel()
    shift[flat] = values[~anomalous][:, flat].mean(0)
    scale[flat] = values[~anomalous][:, flat].std(0) + 1e-4
    return Descriptors((values - shift) / scale, shift, scale, figures)


def novelty(described: Descriptors) -> Linear:
    """The unsupervised score: the mean over blocks of the standardised top distances."""
    weights = np.zeros(described.values.shape[1])
    weights[described.figures[:, :2].ravel()] = 0.5 / len(described.figures)
    return Linear(weights, 0.0)


def fit_options(described: Descriptors, anomalous: Labels, seed: int) -> list[Option]:
    """Novelty alone and, with enough anomalies, novelty mixed with heads of several penalties."""
    base = novelty(described)
    novel = base(described.values)
    alone = _option("novelty", base, novel, anomalous)
    if anomalous.sum() < MIN_ANOMALIES:
        return [alone]
    options = []
    x = described.values / np.sqrt(described.values.shape[1])
    rng = np.random.default_rng([seed, 11])
    folds = stratified_folds(anomalous, min(_FOLDS, int(anomalous.sum())), rng)
    for penalty in PENALTIES:
        held_out = np.empty(len(x))
        for fold in range(int(folds.max()) + 1):
            inside = folds != fold
            held_out[~inside] = fit_logistic(x[inside], anomalous[inside], penalty)(x[~inside])
        full = fit_logistic(x, anomalous, penalty)
        supervised = Linear(full.weights / np.sqrt(x.shape[1]), full.offset)
        head, scores = mixed(base, novel, supervised, held_out, anomalous)
        options.append(_option(f"novelty + head {penalty:g}", head, scores, anomalous))
    return [*options, alone]


def mixed(
    first: Linear, first_scores: Vector, second: Linear, second_scores: Vector, anomalous: Labels
) -> tuple[Linear, Vector]:
    """Two heads as one: their held-out scores weighed by a logistic regression of two variables.

    Negative weights are cut off. Returns the head and its held-out scores.
    """
    units = np.array([first_scores.std(), second_scores.std()]) + 1e-9
    pair = np.stack([first_scores, second_scores], 1) / units
    mix = fit_logistic(pair, anomalous, _MIX_PENALTY)
    a, b = np.maximum(mix.weights, 0) / units
    offset = a * first.offset + b * second.offset + mix.offset
    head = Linear(a * first.weights + b * second.weights, float(offset))
    return head, a * first_scores + b * second_scores + mix.offset


def _option(name: str, head: Linear, scores: Vector, anomalous: Labels) -> Option:
    if anomalous.sum() < MIN_ANOMALIES:
        threshold = calibration.normal_threshold(scores[~anomalous])
    else:
        threshold = calibration.best_f1_threshold(scores, anomalous)
    return Option(name, head, scores, threshold, metrics.measure(scores, anomalous, threshold))
