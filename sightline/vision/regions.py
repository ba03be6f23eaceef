"""Connected regions of an anomaly map, as boxes in pixels of the original picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PIXEL_THRESHOLD = 0.5


@dataclass(frozen=True)
class Region:
    """A connected anomalous area.

    x, y, width, height: pixels of the original picture; area: share of the picture, 0..1;
    score: highest value of the anomaly map inside, 0..1; label: kind of defect if known.
    """

    x: int
    y: int
    width: int
    height: int
    area: float
    score: float
    label: str | None = None


def connected_components(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Label 8-connected areas of `mask` (h, w) with 1, 2, ... and the rest with 0.

    Every pixel starts with its own number and takes the least of its neighbours' until nothing
    changes; following numbers to their roots makes that logarithmic, not linear, in length.
    """
    height, width = mask.shape
    own = np.arange(1, mask.size + 1).reshape(mask.shape)
    labels = np.where(mask, own, 0)
    big = mask.size + 1
    while True:
        padded = np.full((height + 2, width + 2), big)
        padded[1:-1, 1:-1] = np.where(mask, labels, big)
        least = labels
        for dy in range(3):
            for dx in range(3):
                least = np.minimum(least, padded[dy : dy + height, dx : dx + width])
        least = np.where(mask, least, 0)
        parents = np.append(0, np.where(mask, least, own).ravel())
        for _ in range(4):
            parents = parents[parents]
        settled = np.where(mask, parents[least], 0)
        if np.array_equal(settled, labels):
            break
        labels = settled
    numbers = np.unique(labels)
    return np.searchsorted(numbers[numbers > 0], labels, side="right")


def find_regions(
    anomaly_map: NDArray[np.float32],
    width: int,
    height: int,
    *,
    threshold: float = PIXEL_THRESHOLD,
    limit: int = 50,
    label: str | None = None,
) -> tuple[Region, ...]:
    """Regions of a map (h, w) at or above `threshold`, strongest first, at most `limit`."""
    mask = anomaly_map >= threshold
    if not mask.any():
        return ()
    components = connected_components(mask)
    sy, sx = height / anomaly_map.shape[0], width / anomaly_map.shape[1]
    regions = []
    for number in range(1, int(components.max()) + 1):
        inside = components == number
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        x, y = int(columns[0] * sx), int(rows[0] * sy)
        right = min(width, int(np.ceil((columns[-1] + 1) * sx)))
        bottom = min(height, int(np.ceil((rows[-1] + 1) * sy)))
        regions.append(
            Region(
                x=x,
                y=y,
                width=right - x,
                height=bottom - y,
                area=float(inside.mean()),
                score=float(anomaly_map[inside].max()),
                label=label,
            )
        )
    regions.sort(key=lambda region: (-region.score, -region.area, region.y, region.x))
    return tuple(regions[:limit])
