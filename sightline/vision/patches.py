"""A head that sees patches: small defects drown when whole pictures are pooled.

Only the label of a picture is known, not which of its patches are anomalous (multiple-instance
learning, Dietterich et al. 1997, doi:10.1016/S0004-3702(96)00034-3). So the most suspicious patches
of each anomaly are taken for anomalous, a logistic regression is fitted against the most novel
patches of all normals, and the choice is made again with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sightline.vision.head import Linear, Matrix, fit_in_blocks
from sightline.vision.metrics import Labels
from sightline.vision.scoring import SUSPICIOUS, PatchHead
from sightline.vision.spool import Spool

PENALTY = 3e-4
_PICKED = 3
_ROUNDS = 2
_ROWS = 8_000
_MOST, _LEAST = 48, 8

Array = NDArray[np.float32]
Vector = NDArray[np.float64]


def patches_kept(pictures: int) -> int:
    """How many patches of each picture are kept, so that memory use is bounded."""
    return int(np.clip(_ROWS // pictures, _LEAST, _MOST))


def most_novel(vectors: Array, distances: Array, count: int) -> Array:
    """The `count` patches farthest from the memory, with their distance as one more channel.

    vectors (c, p), distances (p,) to rows (k, c + 1).
    """
    index = np.argsort(-distances, kind="stable")[:count]
    return np.concatenate([vectors[:, index], distances[None, index]]).T


def fit_patch_head(rows: Spool, anomalous: Labels, inside: Labels) -> PatchHead:
    """Fit one block's head on the pictures `inside`.

    rows: the most novel patches of every picture (k, c + 1), the last channel being the distance.
    """
    width = rows.shape[-1]
    shift, scale = _spread(rows, inside)
    picked = np.zeros((len(rows), _PICKED), np.intp)

    def standard() -> Iterator[tuple[slice, Matrix]]:
        return ((places, (block - shift) / scale) for places, block in rows.blocks())

    def labelled() -> Iterator[tuple[Matrix, Labels]]:
        for places, block in standard():
            normal, spoiled = (
                inside[places] & ~anomalous[places],
                inside[places] & anomalous[places],
            )
            at = picked[places][spoiled]
            positives = np.take_along_axis(block[spoiled], at[..., None], axis=1)
            both = np.concatenate([positives.reshape(-1, width), block[normal].reshape(-1, width)])
            yield both, np.arange(len(both)) < at.size

    # First the farthest from the memory, then the most suspicious so far.
    linear = Linear(np.eye(width)[-1], 0.0)
    for _ in range(_ROUNDS):
        for places, block in standard():
            picked[places] = np.argsort(-linear(block), axis=1, kind="stable")[:, :_PICKED]
        linear = fit_in_blocks(labelled, width, PENALTY)
    weights = linear.weights / scale
    return PatchHead(
        weights=weights[:-1].astype(np.float32),
        offset=float(linear.offset - weights @ shift),
        distance_weight=float(weights[-1]),
    )


def _spread(rows: Spool, inside: Labels) -> tuple[Vector, Vector]:
    """Mean and scale of every channel over the patches of the pictures `inside`."""
    width, patches = rows.shape[-1], int(inside.sum()) * rows.shape[0]
    total, squares = np.zeros(width), np.zeros(width)
    for places, block in rows.blocks():
        total += block[inside[places]].sum((0, 1), np.float64)
    shift = total / patches
    for places, block in rows.blocks():
        squares += ((block[inside[places]] - shift) ** 2).sum((0, 1))
    return shift, (np.sqrt(squares / patches) + 1e-3) * np.sqrt(width)


def suspicion(rows: Array, head: PatchHead) -> Vector:
    """A picture's score by one block, as the graph computes it: rows (n, k, c + 1) to (n,)."""
    logits = rows[..., :-1].astype(np.float64) @ head.weights + head.offset
    logits += rows[..., -1] * head.distance_weight
    return np.asarray(np.sort(logits, axis=1)[:, -SUSPICIOUS:].mean(1))


def held_out_suspicion(
    novel: Sequence[Spool], anomalous: Labels, folds: NDArray[np.intp]
) -> tuple[list[PatchHead], Vector]:
    """Heads fitted on everything, and the mean of the blocks' scores by heads of other folds."""
    total = np.zeros(len(anomalous))
    heads = []
    for rows in novel:
        heads.append(fit_patch_head(rows, anomalous, np.ones(len(anomalous), bool)))
        others = [fit_patch_head(rows, anomalous, folds != fold) for fold in range(folds.max() + 1)]
        for places, block in rows.blocks():
            scores = np.stack([suspicion(block, head) for head in others])
            total[places] += scores[folds[places], np.arange(len(block))] / len(novel)
    return heads, total
