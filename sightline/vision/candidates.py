"""Candidates: how a verdict is fitted at one input size, and how good it would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.vision import calibration, metrics
from sightline.vision.dataset import Sample
from sightline.vision.features import Backbone
from sightline.vision.head import Linear, fit_logistic, stratified_folds
from sightline.vision.metrics import Labels, Metrics
from sightline.vision.passes import Measured, Size, learn_memories, measure_all
from sightline.vision.scoring import BlockModel, Verdict

MIN_ANOMALIES = 4
PENALTIES = (0.003, 0.03, 0.3)
_FIGURES = 4

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """A fitted candidate.

    scores (n,) are held out: no picture was scored by what was learned from it.
    """

    name: str
    size: Size
    models: list[BlockModel]
    verdict: Verdict
    scores: Vector
    threshold: float
    slope: float
    metrics: Metrics


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
    name, head, scores = fit_head(described, anomalous, seed)
    if anomalous.sum() == 0:
        threshold = calibration.normal_threshold(scores)
    else:
        threshold = calibration.best_f1_threshold(scores, anomalous)
    return Fitted(
        name=f"{size[1]} x {size[0]}, {name}",
        size=size,
        models=models,
        verdict=_verdict(described, head, measured, anomalous, models),
        scores=scores,
        threshold=threshold,
        slope=calibration.confidence_slope(scores, anomalous, threshold),
        metrics=metrics.measure(scores, anomalous, threshold),
    )


def standardise(
    measured: Sequence[Measured], anomalous: Labels, models: Sequence[BlockModel]
) -> Descriptors:
    """Descriptors in units of the normals' spread for novelty, of everyone's for the rest."""
    values = np.stack([m.descriptor for m in measured]).astype(np.float64)
    starts, at = [], 0
    for model in models:
        starts.append(at)
        at += _FIGURES + 2 * model.block.channels
    figures = np.array([[start + i for i in range(_FIGURES)] for start in starts])
    shift, scale = values.mean(0), values.std(0) + 1e-4
    flat = figures.ravel()
    shift[flat] = values[~anomalous][:, flat].mean(0)
    scale[flat] = values[~anomalous][:, flat].std(0) + 1e-4
    return Descriptors((values - shift) / scale, shift, scale, figures)


def novelty(described: Descriptors) -> Linear:
    """The unsupervised score: the mean over blocks of the standardised top distances."""
    weights = np.zeros(described.values.shape[1])
    weights[described.figures[:, 1]] = 1 / len(described.figures)
    return Linear(weights, 0.0)


def fit_head(described: Descriptors, anomalous: Labels, seed: int) -> tuple[str, Linear, Vector]:
    """The best of novelty alone and novelty with a supervised head: name, head, held-out scores."""
    base = novelty(described)
    novel = base(described.values)
    if anomalous.sum() < MIN_ANOMALIES:
        return "novelty", base, novel
    x = described.values / np.sqrt(described.values.shape[1])
    rng = np.random.default_rng([seed, 11])
    folds = stratified_folds(anomalous, min(5, int(anomalous.sum())), rng)
    options = [("novelty", base, novel, metrics.auroc(novel, anomalous) or 0.0)]
    for penalty in PENALTIES:
        held_out = np.empty(len(x))
        for fold in range(int(folds.max()) + 1):
            inside = folds != fold
            held_out[~inside] = fit_logistic(x[inside], anomalous[inside], penalty)(x[~inside])
        pair = np.stack([novel / (novel.std() + 1e-9), held_out / (held_out.std() + 1e-9)], 1)
        mix = fit_logistic(pair, anomalous, 0.01)
        full = fit_logistic(x, anomalous, penalty)
        first = max(0.0, mix.weights[0]) / (novel.std() + 1e-9)
        second = max(0.0, mix.weights[1]) / (held_out.std() + 1e-9)
        head = Linear(
            first * base.weights + second * full.weights / np.sqrt(x.shape[1]),
            second * full.offset + mix.offset,
        )
        scores = first * novel + second * held_out + mix.offset
        quality = metrics.auroc(scores, anomalous) or 0.0
        options.append((f"novelty and head {penalty:g}", head, scores, quality))
    name, head, scores, _ = max(options, key=lambda option: option[3])
    return name, head, scores


def _verdict(
    described: Descriptors,
    head: Linear,
    measured: Sequence[Measured],
    anomalous: Labels,
    models: Sequence[BlockModel],
) -> Verdict:
    peaks = np.stack([m.peaks for m in measured])[~anomalous].astype(np.float64)
    centre, spread = np.median(peaks, 0), peaks.std(0) + 1e-3
    highest = ((peaks - centre) / spread).max(1)
    weights = head.weights / described.scale
    names = [model.block.name for model in models]
    return Verdict(
        weights=weights.astype(np.float32),
        offset=float(head.offset - weights @ described.shift),
        map_shift=dict(zip(names, centre.tolist(), strict=True)),
        map_scale=dict(zip(names, spread.tolist(), strict=True)),
        map_threshold=float(np.quantile(highest, 0.95)),
        map_slope=0.7,
    )
