"""Where to draw the line, and how sure to be on either side of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sightline.vision.metrics import Labels, Scores

FALSE_ALARMS = 0.05
_MIN_SLOPE, _MAX_SLOPE = 0.05, 50.0


def normal_threshold(scores: Scores, false_alarms: float = FALSE_ALARMS) -> float:
    """A threshold from held-out normals alone, meant for at most `false_alarms`.

    The larger of an empirical and a Gaussian quantile at half the allowed rate: few normals say
    little about their own tail, so the estimate leans to the quiet side.
    """
    values = np.sort(np.asarray(scores, np.float64))
    empirical = float(np.quantile(values, 1 - false_alarms / 2))
    gaussian = float(values.mean() + 1.96 * values.std(ddof=1 if len(values) > 1 else 0))
    return max(empirical, gaussian) + 1e-6


def best_f1_threshold(scores: Scores, anomalous: Labels) -> float:
    """The threshold of the largest F1, in the middle of the gap between two scores.

    Of several equally good gaps the widest is taken.
    """
    values = np.unique(np.asarray(scores, np.float64))
    middles = np.append((values[1:] + values[:-1]) / 2, values[-1] + 1e-6)
    gaps = np.append(np.diff(values), 0.0)
    called = np.asarray(scores)[None, :] >= middles[:, None]
    tp = (called & anomalous).sum(1)
    f1 = 2 * tp / np.maximum(1, called.sum(1) + anomalous.sum())
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return float(middles[best[np.argmax(gaps[best])]])


def confidence_slope(scores: Scores, anomalous: Labels, threshold: float) -> float:
    """Slope of a logistic curve through one half at the threshold, by maximum likelihood.

    Platt scaling (Platt 1999) with its smoothed targets and the offset held at the threshold.
    Without anomalies the normals' spread sets the slope: three deviations below, 95 % sure.
    """
    margin = np.asarray(scores, np.float64) - threshold
    positives, negatives = int(anomalous.sum()), int((~anomalous).sum())
    if positives == 0 or negatives == 0:
        spread = max(float(np.abs(margin).std()), 1e-3)
        return float(np.clip(1.0 / spread, _MIN_SLOPE, _MAX_SLOPE))
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    target = np.where(anomalous, high, low)
    slopes = np.exp(np.linspace(np.log(_MIN_SLOPE), np.log(_MAX_SLOPE), 200))
    logits = slopes[:, None] * margin[None, :]
    loss = (np.logaddexp(0, logits) - target * logits).mean(1)
    return float(slopes[loss.argmin()])


def anomaly_probability(
    scores: Scores | float, threshold: float, slope: float
) -> NDArray[np.float64]:
    """0..1, one half at the threshold."""
    margin = np.clip(slope * (np.asarray(scores, np.float64) - threshold), -50, 50)
    return np.asarray(1 / (1 + np.exp(-margin)))
