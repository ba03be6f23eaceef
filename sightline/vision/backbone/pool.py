"""Batches of episodes, drawn from a pool of products that is renewed all the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sightline.vision.backbone.defects import spoil, visible
from sightline.vision.backbone.scenes import VIEW, Picture, random_product, render_view

VIEWS = 4
REFERENCES = 2
_GREY = 0.35


@dataclass(frozen=True)
class Batch:
    """`episodes` products, each seen four times: two references, a clean and a spoiled query.

    pictures: float32 (4, episodes, 3, crop, crop), 0..1, in that order of views;
    visible: float32 (episodes, crop, crop), 1 where a defect can be seen in the last view;
    changed: float32 (episodes, crop, crop), 1 where anything was changed.
    """

    pictures: NDArray[np.float32]
    visible: NDArray[np.float32]
    changed: NDArray[np.float32]


class ProductPool:
    """Rendered views of `capacity` products; the oldest make way for new ones."""

    def __init__(self, seed: int, *, capacity: int = 3000, warm_up: int = 96) -> None:
        self._rng = np.random.default_rng(seed)
        self._capacity = capacity
        self._views: list[NDArray[np.uint8]] = []
        self._oldest = 0
        for _ in range(warm_up):
            self.renew()

    def renew(self) -> None:
        """Render one more product."""
        product = random_product(self._rng)
        rendered = np.stack([render_view(self._rng, product) for _ in range(VIEWS)])
        views = (rendered * 255 + 0.5).astype(np.uint8)
        if len(self._views) < self._capacity:
            self._views.append(views)
            return
        self._views[self._oldest] = views
        self._oldest = (self._oldest + 1) % self._capacity

    def batch(self, episodes: int, crop: int) -> Batch:
        """Draw episodes with new crops, defects and light."""
        rng = self._rng
        chosen = rng.choice(len(self._views), episodes, replace=episodes > len(self._views))
        pictures = np.empty((VIEWS, episodes, crop, crop, 3), np.float32)
        seen = np.zeros((episodes, crop, crop), np.float32)
        changed = np.zeros_like(seen)
        for index, product in enumerate(chosen):
            crops = _crops(rng, self._views[int(product)], crop)
            other = self._views[int(rng.integers(len(self._views)))][0, :crop, :crop]
            clean = crops[2]
            spoiled = clean
            for _ in range(1 + int(rng.random() < 0.35)):
                spoiled = spoil(rng, spoiled, other.astype(np.float32) / np.float32(255))
            crops[3] = spoiled
            if rng.random() < _GREY:
                crops[:] = crops.mean(-1, keepdims=True)
            seen[index], changed[index] = visible(crops[2], crops[3])
            pictures[:, index] = crops
        shot = photograph(rng, pictures)
        return Batch(np.ascontiguousarray(shot.transpose(0, 1, 4, 2, 3)), seen, changed)


def _crops(rng: np.random.Generator, views: NDArray[np.uint8], crop: int) -> Picture:
    """The same window of every view, a few pixels apart; the query appears twice."""
    order = rng.permutation(VIEWS)[: REFERENCES + 1]
    top, left = rng.integers(3, VIEW - crop - 3, 2)
    shifts = rng.integers(-3, 4, (REFERENCES + 1, 2))
    cut = [
        views[view, top + dy : top + dy + crop, left + dx : left + dx + crop]
        for view, (dy, dx) in zip(order, shifts, strict=True)
    ]
    stack = np.stack([*cut, cut[-1]]).astype(np.float32) / np.float32(255)
    if rng.random() < 0.5:
        stack = stack[:, :, ::-1]
    return np.rot90(stack, int(rng.integers(0, 4)), (1, 2)).copy()


def photograph(rng: np.random.Generator, pictures: Picture) -> Picture:
    """What cameras do: exposure, tint, blur, noise; per product a lot, per view a little.

    pictures: float32 (views, episodes, h, w, 3), 0..1; returns the same shape.
    """
    views, episodes = pictures.shape[:2]
    gamma = np.exp(rng.normal(size=(1, episodes, 1, 1, 1)) * 0.25)
    gain = np.exp(
        rng.normal(size=(1, episodes, 1, 1, 1)) * 0.2
        + rng.normal(size=(views, episodes, 1, 1, 1)) * 0.05
    )
    bias = rng.normal(size=(views, episodes, 1, 1, 1)) * 0.02
    tint = rng.normal(size=(views, episodes, 1, 1, 3)) * 0.012
    shot = np.power(pictures, gamma.astype(np.float32)) * gain.astype(np.float32)
    shot += (bias + tint).astype(np.float32)
    for index in np.flatnonzero(rng.random(episodes) < 0.4):
        base = rng.uniform(0.3, 1.0)
        for view in range(views):
            sigma = base * rng.uniform(0.8, 1.2)
            shot[view, index] = ndimage.gaussian_filter(
                shot[view, index], (sigma, sigma, 0), mode="nearest", truncate=2.5
            )
    noise = (rng.random((1, episodes, 1, 1, 1)) ** 2 * 0.04).astype(np.float32)
    shot += rng.standard_normal(shot.shape, dtype=np.float32) * noise
    return np.asarray(np.clip(shot, 0, 1), np.float32)
