"""Where to draw the line, and how sure to be on either side of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sightline.vision.head import balanced_weights
from sightline.vision.metrics import Labels, Scores

FALSE_ALARMS = 0.05
_MIN_SLOPE, _MAX_SLOPE = 0.05, 50.0
_SMOOTHING = 0.35
_GRID = 400
_TOGETHER = 64


def normal_threshold(scores: Scores, false_alarms: float = FALSE_ALARMS) -> float:
    """A threshold from held-out normals alone, meant for at most `false_alarms`.

    The larger of the empirical quantile at half the allowed rate and the end of Student's
    prediction interval for one more score at a third of it: few normals say little about their
    own tail, and scores lean to the right, so the estimate leans to the quiet side. Scores far
    outside the rest (three interquartile ranges) are left out within the allowed rate, so that
    one odd picture among the normals does not blind the model.
    """
    values = _without_odd_ones(np.sort(np.asarray(scores, np.float64)), false_alarms)
    count = max(2, len(values))
    empirical = float(np.quantile(values, 1 - false_alarms / 2))
    reach = student_quantile(count - 1, 1 - false_alarms / 3) * float(np.sqrt(1 + 1 / count))
    predicted = float(values.mean()) + reach * float(values.std() * np.sqrt(count / (count - 1)))
    return max(empirical, predicted) + 1e-6


def _without_odd_ones(ordered: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    low, high = np.quantile(ordered, [0.25, 0.75])
    odd = int((ordered > high + 3 * (high - low)).sum())
    spared = min(odd, round(share * len(ordered)))
    return ordered[: len(ordered) - spared]


def best_f1_threshold(scores: Scores, anomalous: Labels) -> float:
    """The threshold of the largest smoothed F1, both kinds counted as equally frequent.

    The share of anomalies in a training set says how many were collected, not how many will
    come, so it should not move the threshold. Each score is spread by a Gaussian of a third of
    its kind's deviation: with few pictures the best raw F1 hangs on single scores, and in a gap
    the threshold lies nearer to the kind that varies less.
    """
    values = np.asarray(scores, np.float64)
    high, low = values[anomalous], values[~anomalous]
    grid = np.linspace(values.min(), values.max(), _GRID)
    hits, alarms = _smoothed_share(high, grid), _smoothed_share(low, grid)
    f1 = 2 * hits / (hits + alarms + 1)
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return float(grid[best].mean())


def _smoothed_share(scores: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the spread scores above every threshold of the grid; a few scores at a time."""
    width = _SMOOTHING * float(scores.std()) + 1e-9
    total = np.zeros(len(grid))
    for start in range(0, len(scores), _TOGETHER):
        some = scores[start : start + _TOGETHER]
        total += upper_tail((grid[:, None] - some) / width).sum(1)
    return total / len(scores)


def upper_tail(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that a standard normal exceeds z, of any shape, to 1e-7.

    Hastings' rational approximation (Abramowitz and Stegun 1964, 7.1.26).
    """
    x = np.abs(z) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    series = -1.453152027 + t * 1.061405429
    for coefficient in (1.421413741, -0.284496736, 0.254829592):
        series = coefficient + t * series
    tail = t * series * np.exp(-x * x) / 2
    return np.where(z > 0, tail, 1 - tail)


def student_quantile(freedom: int, chance: float) -> float:
    """What Student's t with `freedom` >= 1 degrees stays below with `chance`, one half to one.

    The distribution's finite series (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), bisected
    over the angle whose tangent is t / sqrt(freedom).
    """
    odd = freedom % 2
    steps = np.arange(2 + odd, freedom, 2.0)
    factors = np.cumprod(np.append(1.0, (steps - 1) / steps))
    powers = np.arange(len(factors)) * 2 + odd
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        series = math.sin(angle) * float(factors @ math.cos(angle) ** powers)
        within = series
        if odd:
            within = 2 / math.pi * (angle + (series if freedom > 1 else 0.0))
        low, high = (angle, high) if within < 2 * chance - 1 else (low, angle)
    return math.sqrt(freedom) * math.tan(low)


def confidence_slope(scores: Scores, anomalous: Labels, threshold: float) -> float:
    """Slope of a logistic curve through one half at the threshold, by maximum likelihood.

    Platt scaling (Platt 1999) with its smoothed targets and the offset held at the threshold,
    both kinds weighted equally. Without anomalies the normals' spread sets the slope: three
    deviations below, 95 % sure.
    """
    margin = np.asarray(scores, np.float64) - threshold
    positives, negatives = int(anomalous.sum()), int((~anomalous).sum())
    if positives == 0 or negatives == 0:
        spread = max(float(margin.std()), 1e-3)
        return float(np.clip(1.0 / spread, _MIN_SLOPE, _MAX_SLOPE))
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    target = np.where(anomalous, high, low)
    weights = balanced_weights(anomalous)
    slopes = np.exp(np.linspace(np.log(_MIN_SLOPE), np.log(_MAX_SLOPE), 200))
    logits = (slope * margin for slope in slopes)
    loss = [(np.logaddexp(0, values) - target * values) @ weights for values in logits]
    return float(slopes[np.argmin(loss)])
