"""Synthetic defects: how a clean view is spoiled, and where that can be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from sightline.vision.backbone.fields import Field, spectral_noise
from sightline.vision.backbone.scenes import Picture

_OVERSAMPLE = 4


def _walk(
    rng: np.random.Generator, size: int, steps: int, stride: float, bend: float
) -> list[tuple[float, float]]:
    """A path that starts anywhere and turns by about `bend` radians per step."""
    angle = rng.uniform(0, 2 * np.pi)
    point = rng.uniform(0.1, 0.9, 2) * size
    path = [(float(point[0]), float(point[1]))]
    for _ in range(steps):
        angle += rng.normal() * bend
        point = point + stride * np.array([np.cos(angle), np.sin(angle)])
        path.append((float(point[0]), float(point[1])))
    return path


def _draw(size: int, path: list[tuple[float, float]], width: float) -> Field:
    """An antialiased line, float32 (size, size), 0..1."""
    big = Image.new("L", (size * _OVERSAMPLE, size * _OVERSAMPLE))
    points = [(x * _OVERSAMPLE, y * _OVERSAMPLE) for x, y in path]
    ImageDraw.Draw(big).line(points, fill=255, width=max(1, round(width * _OVERSAMPLE)))
    small = big.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)


def scratch(rng: np.random.Generator, size: int) -> Field:
    """A hairline to broad scratch, straight, curved or jagged."""
    bend = float(rng.choice([0.02, 0.2, 0.8]))
    length = rng.uniform(0.15, 0.9) * size
    steps = int(rng.integers(3, 12))
    width = float(np.exp(rng.uniform(np.log(0.5), np.log(3.5))))
    return _draw(size, _walk(rng, size, steps, length / steps, bend), width)


def crack(rng: np.random.Generator, size: int) -> Field:
    """A jagged line with branches."""
    trunk = _walk(rng, size, int(rng.integers(4, 10)), rng.uniform(2, 6), 0.6)
    mask = _draw(size, trunk, rng.uniform(0.6, 2.5))
    for _ in range(int(rng.integers(0, 3))):
        x, y = trunk[int(rng.integers(len(trunk)))]
        branch = _walk(rng, size, int(rng.integers(2, 5)), rng.uniform(2, 5), 0.6)
        ox, oy = x - branch[0][0], y - branch[0][1]
        moved = [(px + ox, py + oy) for px, py in branch]
        mask = np.maximum(mask, _draw(size, moved, rng.uniform(0.5, 1.5)))
    return mask


def spots(rng: np.random.Generator, size: int) -> Field:
    """One to six specks of one to four pixels: dust, pinholes, dead dots."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    mask = np.zeros((size, size), np.float32)
    cx, cy = rng.uniform(4, size - 4, 2)
    for _ in range(int(rng.integers(1, 7))):
        radius = rng.uniform(0.6, 2.5)
        distance = np.hypot(x - np.float32(cx), y - np.float32(cy))
        mask = np.maximum(mask, (radius + 0.5 - distance).clip(0, 1))
        cx, cy = (np.array([cx, cy]) + rng.normal(size=2) * 8).clip(2, size - 2)
    return mask.astype(np.float32)


def patch(rng: np.random.Generator, size: int) -> Field:
    """A compact region with a ragged or smooth edge."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    cx, cy = rng.uniform(0.1, 0.9, 2) * size
    a = np.exp(rng.uniform(np.log(0.04), np.log(0.3))) * size
    b = a * rng.uniform(0.3, 1)
    angle = rng.uniform(0, np.pi)
    u = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
    v = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
    if rng.random() < 0.3:
        edge = np.maximum(np.abs(u) / a, np.abs(v) / b)
    else:
        edge = np.hypot(u / a, v / b)
    if rng.random() < 0.6:
        edge = edge + rng.uniform(0.3, 1.6) * (spectral_noise(rng, size, slope=1.6) - 0.5)
    softness = rng.uniform(0.5, 1.5) / b if rng.random() < 0.75 else rng.uniform(0.3, 1.0)
    return np.asarray(((1 - edge) / softness).clip(0, 1), np.float32)


def _tone(rng: np.random.Generator, view: Picture) -> Picture:
    """The region in one colour, or darker, or brighter, or tinted."""
    mode = rng.integers(0, 4)
    if mode == 0:
        return np.broadcast_to(rng.uniform(0, 1, 3).astype(np.float32), view.shape)
    if mode == 1:
        return view * np.float32(rng.uniform(0.1, 0.75))
    strength = rng.choice([-1, 1]) * rng.uniform(0.1, 0.6)
    tint = rng.normal(size=3) * 0.15 if mode == 3 else np.zeros(3)
    return np.asarray((view + strength + tint), np.float32)


def _moved(rng: np.random.Generator, view: Picture) -> Picture:
    """The same view from elsewhere: missing, doubled and displaced parts."""
    size = view.shape[0]
    dy, dx = (int(d) for d in rng.integers(4, size - 4, 2))
    source = np.roll(view, (dy, dx), (0, 1))
    turn = int(rng.integers(0, 4)) if rng.random() < 0.3 else 0
    return np.rot90(source, turn)


def _disturbed(rng: np.random.Generator, view: Picture) -> Picture:
    """The same place with its texture gone wrong: smeared, roughened, bent, flattened."""
    mode = rng.integers(0, 4)
    size = view.shape[0]
    if mode == 0:
        return np.asarray(
            ndimage.gaussian_filter(view, (rng.uniform(1.5, 4),) * 2 + (0,), mode="nearest"),
            np.float32,
        )
    if mode == 1:
        rough = spectral_noise(rng, size, slope=rng.uniform(0, 1)) - np.float32(0.5)
        return (view + rng.uniform(0.4, 1.2) * rough[..., None]).astype(np.float32)
    if mode == 2:
        mean = view.mean((0, 1))
        return np.asarray((mean + (view - mean) * rng.choice([0.0, 0.3, 1.8])), np.float32)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    push = rng.uniform(3, 9)
    angle = rng.uniform(0, 2 * np.pi)
    at = [
        (y + push * np.sin(angle)).clip(0, size - 1).astype(np.intp),
        (x + push * np.cos(angle)).clip(0, size - 1).astype(np.intp),
    ]
    return np.asarray(view[at[0], at[1]], np.float32)


def spoil(rng: np.random.Generator, view: Picture, foreign: Picture) -> Picture:
    """Put one defect on `view` (h, w, 3); `foreign` is a view of another product to paste from."""
    size = view.shape[0]
    kind = rng.random()
    if kind < 0.42:
        draw = (scratch, scratch, crack, spots)[int(rng.integers(0, 4))]
        mask, source = draw(rng, size), _tone(rng, view)
    else:
        mask = patch(rng, size)
        chosen = rng.random()
        if chosen < 0.35:
            source = _tone(rng, view)
        elif chosen < 0.65:
            source = _moved(rng, view)
        elif chosen < 0.85:
            source = _disturbed(rng, view)
        else:
            source = foreign
    alpha = (mask * np.float32(rng.uniform(0.5, 1.0)))[..., None]
    return np.clip(view + (source - view) * alpha, 0, 1)


def visible(clean: Picture, spoiled: Picture) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a defect can be seen, and where anything changed at all: two masks (h, w).

    A change counts as visible when its 3 x 3 mean stands out from the fine texture around it.
    """
    change = spoiled - clean
    fine = clean.mean(-1)
    ripple = np.abs(fine - ndimage.uniform_filter(fine, 3, mode="nearest"))
    floor = 0.04 + 1.2 * ndimage.uniform_filter(ripple, 9, mode="nearest")
    mean = ndimage.uniform_filter(change, (3, 3, 0), mode="nearest")
    return np.abs(mean).max(-1) > floor, np.abs(change).max(-1) > 0.02
