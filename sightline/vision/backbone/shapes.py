"""Outlines as signed distances: what generated parts look like.

A shape is a function of part coordinates (x, y in pixels, float32 arrays (h, w)) that returns the
distance to its outline in pixels, negative inside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sightline.vision.backbone.fields import Field

Shape = Callable[[Field, Field], Field]


def placed(shape: Shape, cx: float, cy: float, angle: float) -> Shape:
    """The shape moved to (cx, cy) and turned by `angle` radians."""
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))

    def moved(x: Field, y: Field) -> Field:
        dx, dy = x - np.float32(cx), y - np.float32(cy)
        return shape(dx * cos + dy * sin, dy * cos - dx * sin)

    return moved


def repeated(shape: Shape, period_x: float, period_y: float) -> Shape:
    """The shape on an endless lattice: rows of pins, holes, teeth."""
    px, py = np.float32(period_x), np.float32(period_y)

    def tiled(x: Field, y: Field) -> Field:
        dx = np.asarray(x - px * np.round(x / px), np.float32)
        dy = np.asarray(y - py * np.round(y / py), np.float32)
        return shape(dx, dy)

    return tiled


def ellipse(a: float, b: float) -> Shape:
    """Half axes `a` and `b`; the distance is exact for circles, close for others."""
    scale = np.float32(min(a, b))
    ia, ib = np.float32(1 / a), np.float32(1 / b)
    return lambda x, y: (np.sqrt((x * ia) ** 2 + (y * ib) ** 2) - 1) * scale


def box(a: float, b: float, radius: float) -> Shape:
    """Half sides `a` and `b`, corners rounded by `radius`."""

    def distance(x: Field, y: Field) -> Field:
        qx = np.abs(x) - np.float32(a - radius)
        qy = np.abs(y) - np.float32(b - radius)
        outside = np.sqrt(np.maximum(qx, 0) ** 2 + np.maximum(qy, 0) ** 2)
        return np.asarray(
            outside + np.minimum(np.maximum(qx, qy), 0) - np.float32(radius), np.float32
        )

    return distance


def hollow(shape: Shape, width: float) -> Shape:
    """Only the rim of a shape, `width` pixels wide."""
    return lambda x, y: np.abs(shape(x, y)) - np.float32(width / 2)


def star(radius: float, depth: float, teeth: int) -> Shape:
    """A circle whose radius waves: gears, knobs, petals; polygon-like when `depth` is small."""

    def distance(x: Field, y: Field) -> Field:
        wave = np.cos(np.float32(teeth) * np.arctan2(y, x))
        return np.asarray(
            np.sqrt(x * x + y * y) - np.float32(radius) * (1 + np.float32(depth) * wave), np.float32
        )

    return distance


def blob(rng: np.random.Generator, radius: float, roughness: float) -> Shape:
    """An irregular closed outline: castings, biscuits, drops."""
    orders = np.arange(1, 8)
    amplitude = (rng.normal(size=7) * roughness / orders).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, 7).astype(np.float32)

    def distance(x: Field, y: Field) -> Field:
        angle = np.arctan2(y, x)
        wave = np.zeros_like(angle)
        for order, a, p in zip(orders, amplitude, phase, strict=True):
            wave += a * np.cos(np.float32(order) * angle + p)
        return np.sqrt(x * x + y * y) - np.float32(radius) * (1 + wave)

    return distance


def glyphs(rng: np.random.Generator, size: float) -> Shape:
    """A few strokes side by side: print, engraving, traces, wires."""
    strokes = []
    for index in range(int(rng.integers(2, 6))):
        length, width = rng.uniform(0.3, 1) * size, rng.uniform(0.06, 0.16) * size
        angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
        offset = (index - 2) * 0.5 * size
        strokes.append(placed(box(length / 2, width / 2 + 0.5, 0.4), offset, 0, float(angle)))

    def distance(x: Field, y: Field) -> Field:
        nearest = strokes[0](x, y)
        for stroke in strokes[1:]:
            nearest = np.minimum(nearest, stroke(x, y))
        return nearest

    return distance


def random_shape(rng: np.random.Generator, size: int) -> Shape:
    """A shape of random kind, size and place within a picture of `size` pixels."""
    s = float(np.exp(rng.uniform(np.log(0.04), np.log(0.5)))) * size
    aspect = rng.uniform(0.25, 1)
    kind = rng.integers(0, 7)
    if kind <= 1:
        shape = ellipse(s, s * (aspect if rng.random() < 0.5 else 1.0))
    elif kind <= 3:
        shape = box(s, s * aspect, rng.uniform(0, 0.4) * s * aspect)
    elif kind == 4:
        shape = star(s, rng.uniform(0.02, 0.25), int(rng.integers(3, 24)))
    elif kind == 5:
        shape = blob(rng, s, rng.uniform(0.05, 0.25))
    else:
        shape = glyphs(rng, s)
    if rng.random() < 0.3:
        shape = hollow(shape, rng.uniform(1.5, max(2.0, 0.4 * s)))
    cx, cy = rng.uniform(0, size, 2)
    angle = float(rng.choice([0.0, rng.uniform(0, 2 * np.pi)]))
    if rng.random() < 0.15:
        s = min(s, size / 6)
        period = s * rng.uniform(2.2, 4)
        small = ellipse(s, s) if rng.random() < 0.5 else box(s, s * aspect, 0.2 * s * aspect)
        return placed(repeated(small, period, period * rng.uniform(0.8, 1.3)), cx, cy, angle)
    return placed(shape, cx, cy, angle)
