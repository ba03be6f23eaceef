"""The scale of the anomaly map: what is usual on normals, and where a pixel is anomalous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sightline.vision.scoring import BlockModel, MapScaling, grid_of

Array = NDArray[np.float32]

QUIET_SHARE = 0.5
_SURE = 2.2  # map 0.9 where a place is as far above the threshold as the threshold above the mean


@dataclass(frozen=True)
class _Usual:
    shift: float
    scale: float


def fit_scaling(
    distances: Sequence[Sequence[Array]], models: Sequence[BlockModel], size: tuple[int, int]
) -> MapScaling:
    """Fit on the distances of normals that were kept from recognising themselves.

    distances: per picture, per block, float32 (positions,). Each block is put in units of how far
    its usual peak stands above its mean; the threshold is what half of the normals stay below
    everywhere. The image verdict comes first, so the map may show more than it could on its own.
    """
    usual = []
    for number in range(len(models)):
        values = np.stack([picture[number] for picture in distances]).astype(np.float64)
        mean = float(values.mean())
        usual.append(_Usual(mean, max(float(np.median(values.max(1))) - mean, 1e-3)))
    peaks = [float(combined(picture, usual, models, size).max()) for picture in distances]
    threshold = float(np.quantile(peaks, QUIET_SHARE)) if peaks else 1.0
    names = [model.block.name for model in models]
    return MapScaling(
        shift=dict(zip(names, [u.shift for u in usual], strict=True)),
        scale=dict(zip(names, [u.scale for u in usual], strict=True)),
        threshold=max(threshold, 0.2),
        slope=_SURE / max(threshold, 0.2),
    )


def combined(
    distances: Sequence[Array],
    usual: Sequence[_Usual],
    models: Sequence[BlockModel],
    size: tuple[int, int],
) -> Array:
    """The mean of the standardised maps at the finest resolution, as the graph computes it."""
    finest = max((grid_of(model.block, size) for model in models), key=lambda grid: grid[0])
    total = np.zeros(finest, np.float32)
    for values, unit, model in zip(distances, usual, models, strict=True):
        grid = values.reshape(grid_of(model.block, size)).astype(np.float32)
        image = Image.fromarray((grid - unit.shift) / np.float32(unit.scale))
        scaled = image.resize(finest[::-1], Image.Resampling.BILINEAR)
        total += np.asarray(scaled, np.float32) / len(models)
    return total
