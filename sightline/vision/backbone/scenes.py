"""Products and their views.

A product is a recipe: a background and layers of shapes, each of one material. Its views differ
as pictures of one production line do: another piece of material, a small shift and turn, other
light. Views are clean; `defects` spoils them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.vision.backbone.fields import (
    Field,
    particles,
    random_field,
    rotated_grid,
    spectral_noise,
)
from sightline.vision.backbone.shapes import Shape, random_shape

VIEW = 112
MARGIN = 32

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Material:
    """A texture in colour: float32 (VIEW + MARGIN, VIEW + MARGIN, 3), 0..1."""

    pixels: Picture

    def piece(self, rng: np.random.Generator) -> Picture:
        """Another piece of the same material, float32 (VIEW, VIEW, 3)."""
        y, x = rng.integers(0, MARGIN + 1, 2)
        return self.pixels[y : y + VIEW, x : x + VIEW]


@dataclass(frozen=True)
class Layer:
    """One shape of one material, with an optional dark or bright seam around it."""

    shape: Shape
    material: Material
    softness: float
    seam: float
    seam_width: float
    wander: float


@dataclass(frozen=True)
class Product:
    """Everything that all views of one product share."""

    ground: Material
    layers: tuple[Layer, ...]
    inclusions: tuple[Field, NDArray[np.float32]] | None
    shift: float
    turn: float
    light: float
    sheen: float


def palette(rng: np.random.Generator, colours: int, *, grey: bool) -> NDArray[np.float32]:
    """Colours of one material, float32 (colours, 3), spread around a base colour."""
    base = rng.uniform(0, 1, 3) if rng.random() > 0.25 else np.repeat(rng.uniform(0, 0.15), 3)
    spread = rng.uniform(0.05, 1.0)
    values = base + (rng.uniform(0, 1, (colours, 3)) - base) * spread
    if grey:
        values = np.repeat(values.mean(1, keepdims=True), 3, axis=1)
    elif rng.random() < 0.5:
        mean = values.mean(1, keepdims=True)
        values = mean + (values - mean) * rng.uniform(0, 0.4)
    return values.clip(0, 1).astype(np.float32)


def random_material(rng: np.random.Generator, *, grey: bool) -> Material:
    """A random field in random colours, sometimes with a second field on top."""
    size = VIEW + MARGIN
    field = random_field(rng, size)
    if rng.random() < 0.3:
        field = (field + rng.uniform(0.1, 0.6) * random_field(rng, size)).clip(0, 1)
    colours = palette(rng, int(rng.integers(2, 4)), grey=grey)
    knots = np.linspace(0, 1, len(colours), dtype=np.float32)
    if grey:
        channel = np.interp(field, knots, colours[:, 0]).astype(np.float32)
        return Material(np.repeat(channel[..., None], 3, axis=2))
    channels = [np.interp(field, knots, colours[:, c]) for c in range(3)]
    return Material(np.stack(channels, axis=-1).astype(np.float32))


def turned_material(rng: np.random.Generator, *, grey: bool) -> Material:
    """Rings around a centre with a conical sheen: parts from the lathe."""
    size = VIEW + MARGIN
    cx, cy = rng.uniform(-0.5, 1.5, 2) * size
    y, x = np.mgrid[:size, :size].astype(np.float32)
    radius = np.hypot(x - cx, y - cy)
    profile = np.convolve(rng.normal(size=3 * size), np.ones(3) / 3, "same").astype(np.float32)
    rings = np.interp(radius, np.arange(3 * size), profile) * rng.uniform(0.02, 0.2)
    angle = np.arctan2(y - cy, x - cx)
    sheen = rng.uniform(0, 0.3) * np.cos(2 * angle + rng.uniform(0, 6.3))
    level = (rng.uniform(0.2, 0.9) + rings + sheen).clip(0, 1)[..., None]
    tint = np.ones(3) if grey else rng.uniform(0.7, 1.0, 3)
    return Material((level * tint).astype(np.float32))


def random_product(rng: np.random.Generator) -> Product:
    """A recipe with up to eight layers; four in ten products are grey."""
    grey = rng.random() < 0.4

    def material() -> Material:
        make = turned_material if rng.random() < 0.12 else random_material
        return make(rng, grey=grey)

    shared = [material() for _ in range(int(rng.integers(2, 5)))]
    count = int(rng.integers(0, 9)) if rng.random() < 0.75 else 0
    layers = tuple(
        Layer(
            shape=random_shape(rng, VIEW),
            material=shared[int(rng.integers(len(shared)))],
            softness=rng.uniform(0.7, 2.0),
            seam=rng.uniform(-0.5, 0.35) if rng.random() < 0.5 else 0.0,
            seam_width=rng.uniform(0.6, 5.0),
            wander=rng.uniform(0, 2.0) if rng.random() < 0.3 else 0.0,
        )
        for _ in range(count)
    )
    inclusions = None
    if rng.random() < 0.15:
        inclusions = (particles(rng, VIEW + MARGIN), palette(rng, 1, grey=grey)[0])
    loose = rng.random() < 0.5
    return Product(
        ground=shared[0],
        layers=layers,
        inclusions=inclusions,
        shift=rng.uniform(2, 7) if loose else rng.uniform(0, 2),
        turn=rng.uniform(0, 0.25) if loose else rng.uniform(0, 0.03),
        light=rng.uniform(0, 0.35) if rng.random() < 0.5 else 0.0,
        sheen=rng.uniform(0, 0.12) if rng.random() < 0.3 else 0.0,
    )


def render_view(rng: np.random.Generator, product: Product) -> Picture:
    """One clean view, float32 (VIEW, VIEW, 3), 0..1."""
    angle = rng.uniform(-1, 1) * product.turn
    dx, dy = rng.uniform(-1, 1, 2) * product.shift
    y, x = np.mgrid[:VIEW, :VIEW].astype(np.float32) - np.float32(VIEW / 2)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    px = x * cos + y * sin + np.float32(VIEW / 2 + dx)
    py = y * cos - x * sin + np.float32(VIEW / 2 + dy)
    picture = product.ground.piece(rng).copy()
    for layer in product.layers:
        wx, wy = rng.uniform(-1, 1, 2).astype(np.float32) * np.float32(layer.wander)
        distance = layer.shape(px + wx, py + wy)
        alpha = (0.5 - distance / np.float32(layer.softness)).clip(0, 1)[..., None]
        picture += (layer.material.piece(rng) - picture) * alpha
        if layer.seam:
            seam = np.exp(-np.abs(distance) / np.float32(layer.seam_width)) * layer.seam
            picture *= (1 + seam[..., None]).astype(np.float32)
    if product.inclusions is not None:
        field, colour = product.inclusions
        oy, ox = rng.integers(0, MARGIN + 1, 2)
        picture += (colour - picture) * field[oy : oy + VIEW, ox : ox + VIEW, None]
    return np.clip(_lit(rng, product, picture), 0, 1)


def _lit(rng: np.random.Generator, product: Product, picture: Picture) -> Picture:
    """Uneven light that moves a little from view to view."""
    if product.light:
        along, _ = rotated_grid(VIEW, rng.uniform(0, 2 * np.pi))
        light = np.asarray(1 + product.light * (along / VIEW - 0.5), np.float32)
        picture = picture * light[..., None]
    if product.sheen:
        glow = spectral_noise(rng, VIEW, slope=2.5) - np.float32(0.5)
        picture = picture + (product.sheen * glow).astype(np.float32)[..., None]
    return picture.astype(np.float32)
