"""A head that sees patches: small defects drown when whole pictures are pooled.

Only the label of a picture is known, not which of its patches are anomalous (multiple-instance
learning, Dietterich et al. 1997, doi:10.1016/S0004-3702(96)00034-3). So the most suspicious patches
of each anomaly are taken for anomalous, a logistic regression is fitted against the most novel
patches of all normals, and the choice is made again with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.vision.head import Linear, fit_logistic
from sightline.vision.metrics import Labels
from sightline.vision.scoring import SUSPICIOUS, PatchHead

PENALTY = 3e-4
_PICKED = 3
_ROUNDS = 2
_ROWS = 8_000
_MOST, _LEAST = 48, 8

Array = NDArray[np.float32]
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Novel:
    """The most novel patches of every picture, one block.

    vectors: float32 (n, k, c); distances: float32 (n, k).
    """

    vectors: Array
    distances: Array

    def rows(self) -> Array:
        """Vectors with their distance as one more channel: (n, k, c + 1)."""
        return np.concatenate([self.vectors, self.distances[..., None]], axis=-1)


def patches_kept(pictures: int) -> int:
    """How many patches of each picture are kept, so that memory use is bounded."""
    return int(np.clip(_ROWS // pictures, _LEAST, _MOST))


def most_novel(vectors: Array, distances: Array, count: int) -> tuple[Array, Array]:
    """The `count` patches farthest from the memory: vectors (c, p) to (k, c), distances (k,)."""
    index = np.argsort(-distances, kind="stable")[:count]
    return np.ascontiguousarray(vectors[:, index].T), distances[index]


def fit_patch_head(rows: Array, anomalous: Labels) -> PatchHead:
    """Fit one block's head on rows (n, k, c + 1), the last channel being the distance."""
    flat = rows.reshape(-1, rows.shape[-1]).astype(np.float64)
    shift, scale = flat.mean(0), (flat.std(0) + 1e-3) * np.sqrt(flat.shape[1])
    standard = ((flat - shift) / scale).reshape(rows.shape)
    negatives = standard[~anomalous].reshape(-1, rows.shape[-1])
    positives = standard[anomalous]
    suspicion = rows[anomalous][..., -1].astype(np.float64)
    linear = Linear(np.zeros(rows.shape[-1]), 0.0)
    for _ in range(_ROUNDS):
        top = np.argsort(-suspicion, axis=1, kind="stable")[:, :_PICKED]
        picked = np.take_along_axis(positives, top[..., None], axis=1)
        picked = picked.reshape(-1, rows.shape[-1])
        labels = np.arange(len(picked) + len(negatives)) < len(picked)
        linear = fit_logistic(np.concatenate([picked, negatives]), labels, PENALTY)
        suspicion = linear(positives)
    weights = linear.weights / scale
    return PatchHead(
        weights=weights[:-1].astype(np.float32),
        offset=float(linear.offset - weights @ shift),
        distance_weight=float(weights[-1]),
    )


def suspicion(rows: Array, head: PatchHead) -> Vector:
    """A picture's score by one block, as the graph computes it: rows (n, k, c + 1) to (n,)."""
    logits = rows[..., :-1].astype(np.float64) @ head.weights + head.offset
    logits += rows[..., -1] * head.distance_weight
    return np.asarray(np.sort(logits, axis=1)[:, -SUSPICIOUS:].mean(1))


def held_out_suspicion(
    novel: Sequence[Novel], anomalous: Labels, folds: NDArray[np.intp]
) -> tuple[list[PatchHead], Vector]:
    """Heads fitted on everything, and the mean of the blocks' scores by heads of other folds."""
    total = np.zeros(len(anomalous))
    heads = []
    for block in novel:
        rows = block.rows()
        heads.append(fit_patch_head(rows, anomalous))
        for fold in range(int(folds.max()) + 1):
            inside = folds != fold
            head = fit_patch_head(rows[inside], anomalous[inside])
            total[~inside] += suspicion(rows[~inside], head) / len(novel)
    return heads, total
