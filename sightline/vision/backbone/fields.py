"""Grey texture fields: what the surfaces of generated products are made of.

Every function returns a float32 array (size, size) scaled to 0..1. Two crops of one field are two
pieces of the same material.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def normalise(values: NDArray[np.floating]) -> Field:
    """Stretch to 0..1; a constant field becomes zeros."""
    low = values.min()
    return np.asarray(((values - low) / (values.max() - low + 1e-9)), np.float32)


def rotated_grid(size: int, angle: float) -> tuple[Field, Field]:
    """Pixel coordinates along and across `angle` (radians)."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)


def spectral_noise(
    rng: np.random.Generator,
    size: int,
    *,
    slope: float,
    stretch: float = 1.0,
    band: tuple[float, float] | None = None,
) -> Field:
    """Gaussian noise with power spectrum 1/f^(2 slope), elongated `stretch` times.

    `band` keeps only frequencies (cycles per pixel) between two limits.
    """
    angle = rng.uniform(0, np.pi)
    fy = np.fft.fftfreq(size)[:, None]
    fx = np.fft.rfftfreq(size)[None, :]
    u = (fx * np.cos(angle) + fy * np.sin(angle)) * stretch
    v = -fx * np.sin(angle) + fy * np.cos(angle)
    frequency = np.sqrt(u * u + v * v)
    frequency[0, 0] = 1.0
    spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    spectrum /= frequency**slope
    if band is not None:
        centre, width = (band[0] + band[1]) / 2, (band[1] - band[0]) / 2
        spectrum *= np.exp(-(((frequency - centre) / width) ** 2))
    spectrum[0, 0] = 0.0
    return normalise(np.fft.irfft2(spectrum, (size, size)))


def cloud(rng: np.random.Generator, size: int) -> Field:
    """Fractal noise: stone, paper, dough, cast metal."""
    return spectral_noise(rng, size, slope=rng.uniform(0.4, 2.4))


def brushed(rng: np.random.Generator, size: int) -> Field:
    """Noise drawn out into lines: brushed, rolled or ground metal, wood grain."""
    return spectral_noise(rng, size, slope=rng.uniform(0.3, 1.2), stretch=rng.uniform(5, 40))


def grain(rng: np.random.Generator, size: int) -> Field:
    """Noise of one dominant size: orange peel, leather, foam, granulate."""
    low = rng.uniform(0.03, 0.2)
    return spectral_noise(rng, size, slope=0.0, band=(low, low * rng.uniform(1.3, 2.5)))


def patches(rng: np.random.Generator, size: int) -> Field:
    """Noise cut into a few grey levels: terrazzo, camouflage, marbling."""
    levels = int(rng.integers(2, 5))
    return np.asarray(
        np.floor(cloud(rng, size) * levels).clip(0, levels - 1).astype(np.float32) / (levels - 1),
        np.float32,
    )


def stripes(rng: np.random.Generator, size: int) -> Field:
    """Gratings, ribs and threads, straight or wavy."""
    along, _ = rotated_grid(size, rng.uniform(0, np.pi))
    period = rng.uniform(3, 26)
    wave = rng.uniform(0, 0.35) * period * spectral_noise(rng, size, slope=rng.uniform(1.5, 2.5))
    profile = 0.5 + 0.5 * np.sin(2 * np.pi * (along + wave) / period)
    return (profile ** rng.uniform(0.3, 4)).astype(np.float32)


def weave(rng: np.random.Generator, size: int) -> Field:
    """Two crossing gratings: fabric, mesh, grids, tiles."""
    a, b = rotated_grid(size, rng.uniform(0, np.pi / 2))
    p, q = rng.uniform(4, 26, 2) if rng.random() < 0.5 else np.repeat(rng.uniform(4, 26), 2)
    first, second = 0.5 + 0.5 * np.sin(2 * np.pi * a / p), 0.5 + 0.5 * np.sin(2 * np.pi * b / q)
    mode = rng.integers(0, 3)
    if mode == 0:
        return np.asarray((first * second), np.float32)
    if mode == 1:
        return np.asarray((first * second > rng.uniform(0.1, 0.5)), np.float32)
    line = rng.uniform(0.6, 0.95)
    return np.asarray(np.maximum(first > line, second > line), np.float32)


def dots(rng: np.random.Generator, size: int) -> Field:
    """A lattice of spots, square or hexagonal: perforated sheet, light guides, solder balls."""
    a, b = rotated_grid(size, rng.uniform(0, np.pi / 2))
    period = rng.uniform(6, 30)
    row = np.floor(b / period)
    a = a + (row % 2) * period / 2 * (rng.random() < 0.6)
    du = (a / period) % 1 - 0.5
    dv = (b / period) % 1 - 0.5
    radius = rng.uniform(0.12, 0.4)
    distance = np.sqrt(du * du + dv * dv)
    return np.asarray(
        (1 / (1 + np.exp((distance - radius) * period * rng.uniform(0.8, 3)))), np.float32
    )


def particles(rng: np.random.Generator, size: int) -> Field:
    """Sparse blobs on a plain ground: inclusions, chips, dust, seeds."""
    blobs = spectral_noise(rng, size, slope=0.0, band=(0.0, rng.uniform(0.04, 0.2)))
    level = np.quantile(blobs, rng.uniform(0.8, 0.98))
    return ((blobs - level) * rng.uniform(8, 40) + 0.5).clip(0, 1).astype(np.float32)


def cells(rng: np.random.Generator, size: int) -> Field:
    """Distances to scattered points: grains of metal, pebbles, crackle, tiles with joints."""
    count = int(rng.integers(12, 70))
    points = rng.uniform(0, size, (count, 2)).astype(np.float32)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    squared = (x[..., None] - points[:, 0]) ** 2 + (y[..., None] - points[:, 1]) ** 2
    order = np.partition(squared, 1, axis=-1)[..., :2]
    nearest, second = np.sqrt(order[..., 0]), np.sqrt(order[..., 1])
    mode = rng.integers(0, 3)
    if mode == 0:
        return ((second - nearest) / rng.uniform(1.5, 5)).clip(0, 1).astype(np.float32)
    if mode == 1:
        return normalise(nearest)
    shades = rng.random(count).astype(np.float32)
    return np.asarray(shades[squared.argmin(-1)], np.float32)


def plain(rng: np.random.Generator, size: int) -> Field:
    """Nearly nothing: moulded plastic, glass, paint, a dark background."""
    noise = spectral_noise(rng, size, slope=rng.uniform(0, 2))
    return (rng.random() + rng.uniform(0, 0.15) * (noise - 0.5)).clip(0, 1).astype(np.float32)


FIELDS: tuple[tuple[Callable[[np.random.Generator, int], Field], float], ...] = (
    (cloud, 0.16),
    (brushed, 0.13),
    (grain, 0.1),
    (patches, 0.05),
    (stripes, 0.1),
    (weave, 0.08),
    (dots, 0.08),
    (particles, 0.07),
    (cells, 0.05),
    (plain, 0.18),
)


def random_field(rng: np.random.Generator, size: int) -> Field:
    """A field of a random family."""
    weights = np.array([weight for _, weight in FIELDS])
    family = FIELDS[int(rng.choice(len(FIELDS), p=weights / weights.sum()))][0]
    return family(rng, size)
