"""Figures of merit for scores and labels. Every function takes float scores and bool labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Metrics:
    """Results at one threshold; `auroc` is None unless both kinds are present."""

    images: int
    anomalies: int
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float
    recall: float
    f1: float
    auroc: float | None


def auroc(scores: Scores, anomalous: Labels) -> float | None:
    """Chance that an anomaly scores above a normal, ties counting half (Mann-Whitney U)."""
    positives, negatives = int(anomalous.sum()), int((~anomalous).sum())
    if positives == 0 or negatives == 0:
        return None
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[inverse]
    rank_sum = float(ranks[anomalous].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def measure(scores: Scores, anomalous: Labels, threshold: float) -> Metrics:
    """All figures; a score at or above the threshold is called anomalous."""
    called = scores >= threshold
    tp = int((called & anomalous).sum())
    fp = int((called & ~anomalous).sum())
    fn = int((~called & anomalous).sum())
    tn = int((~called & ~anomalous).sum())
    return Metrics(
        images=len(scores),
        anomalies=tp + fn,
        true_positives=tp,
        false_positives=fp,
        false_negatives=fn,
        true_negatives=tn,
        precision=tp / (tp + fp) if tp + fp else 0.0,
        recall=tp / (tp + fn) if tp + fn else 0.0,
        f1=2 * tp / (2 * tp + fp + fn) if tp else 0.0,
        auroc=auroc(scores, anomalous),
    )


def roc_curve(scores: Scores, anomalous: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False and true positive rates at every threshold, from (0, 0) to (1, 1)."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], anomalous[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    tpr = np.cumsum(hits)[ends] / max(1, hits.sum())
    fpr = np.cumsum(~hits)[ends] / max(1, (~hits).sum())
    return np.append(0.0, fpr), np.append(0.0, tpr)
