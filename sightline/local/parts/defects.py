"""What goes wrong in a foundry, as changes to a surface.

Each function changes the surface and returns how strongly each pixel is affected, `(h, w)`, 0..1.
Lengths are pixels at a picture height of 480.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw

from sightline.local.parts import surfaces
from sightline.local.parts.surfaces import Array, Surface, window

Points = list[tuple[float, float]]


def blowhole(surface: Surface, rng: np.random.Generator) -> Array:
    """Gas pores: one larger or a small cluster, dark, with a faint raised lip."""
    amount = np.zeros_like(surface.height)
    scale = surface.frame.scale
    angle, radius = _somewhere(rng)
    for number in range(int(rng.integers(2, 7))):
        size = rng.uniform(4.0, 8.5) if number == 0 else rng.uniform(1.6, 3.6)
        off = rng.normal(0, 9, 2) if number else (0.0, 0.0)
        x, y = surface.frame.at(radius + off[0], angle + off[1] / radius)
        rows, columns, distance = window(surface, x, y, 3 * size * scale)
        d = distance / (size * scale)
        d = d * (1 + 0.10 * surfaces.texture("fine", d.shape, rng))
        pit = np.clip(1.25 - d, 0, 1)
        part = np.s_[rows, columns]
        surface.height[part] -= (pit * 4.5 - 0.5 * np.exp(-((d - 1.5) ** 2) * 6)) * scale
        surface.albedo[part] *= 1 - 0.70 * np.clip(1.15 - d, 0, 1)
        surface.polish[part] *= 1 - pit
        amount[part] = np.maximum(amount[part], np.clip((1.3 - d) * 3, 0, 1))
    return amount


def scratch(surface: Surface, rng: np.random.Generator) -> Array:
    """One to three parallel gouges with bright, freshly cut flanks."""
    angle, radius = _somewhere(rng)
    x, y = surface.frame.at(radius, angle)
    heading, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.5)
    length = rng.uniform(60, 150) * surface.frame.scale
    steps = np.linspace(-0.5, 0.5, 16)
    amount = np.zeros_like(surface.height)
    for number in range(int(rng.integers(1, 4))):
        aside = number * rng.uniform(4, 8) * surface.frame.scale
        share = 1.0 if number == 0 else rng.uniform(0.4, 0.9)
        turn = heading + bend * steps
        points = [
            (
                x + s * share * length * np.cos(t) - aside * np.sin(heading),
                y + s * share * length * np.sin(t) + aside * np.cos(heading),
            )
            for s, t in zip(steps, turn, strict=True)
        ]
        amount = np.maximum(amount, _stroke(surface, points, rng.uniform(1.8, 3.0)))
    amount *= _solid(surface)
    surface.height -= amount * np.float32(2.4 * surface.frame.scale)
    surface.albedo += amount * np.float32(0.30)
    return amount


def crack(surface: Surface, rng: np.random.Generator) -> Array:
    """A dark, jagged line that starts at a bolt hole or at the rim, sometimes forked."""
    scale = surface.frame.scale
    if rng.random() < 0.5:
        hole = surfaces.bolt_angle(int(rng.integers(surfaces.BOLTS)))
        start = surface.frame.at(surfaces.BOLT_CIRCLE - surfaces.BOLT_RADIUS - 1, hole)
        heading = hole + surface.frame.turn + np.pi
    else:
        angle = rng.uniform(0, 2 * np.pi)
        start = surface.frame.at(surfaces.OUTER, angle)
        heading = angle + surface.frame.turn + np.pi
    heading += rng.normal(0, 0.5)
    points = _jagged(start, heading, rng.uniform(50, 110) * scale, rng)
    amount = _stroke(surface, points, rng.uniform(1.7, 2.7))
    if rng.random() < 0.6:
        fork = points[len(points) // 2]
        side = heading + rng.choice([-0.7, 0.7])
        branch = _jagged(fork, side, rng.uniform(15, 35) * scale, rng)
        amount = np.maximum(amount, _stroke(surface, branch, 1.5))
    amount *= _solid(surface)
    surface.height -= amount * np.float32(3.5 * scale)
    surface.albedo *= 1 - np.float32(0.72) * amount
    surface.polish *= 1 - amount
    return amount


def dent(surface: Surface, rng: np.random.Generator) -> Array:
    """A blow: a smooth hollow in a face, or a bite out of the rim."""
    scale = surface.frame.scale
    at_rim = rng.random() < 0.45
    angle, radius = _somewhere(rng)
    size = rng.uniform(12, 21)
    x, y = surface.frame.at(surfaces.OUTER + 2 if at_rim else radius, angle)
    rows, columns, distance = window(surface, x, y, 2 * size * scale)
    d = distance / (size * scale)
    d = d * (1 + 0.06 * surfaces.texture("coarse", d.shape, rng))
    part = np.s_[rows, columns]
    hollow = np.clip(1 - d * d, 0, 1)
    amount = np.zeros_like(surface.height)
    amount[part] = np.clip(hollow * 5, 0, 1) * surface.inside[part]
    if at_rim:
        surface.height[part] -= np.clip(hollow * 2, 0, 1) * surface.height[part] * 0.8
        surface.inside[part] *= np.clip((d - 0.72) * 6, 0, 1)
        surface.albedo[part] += 0.10 * hollow
    else:
        surface.height[part] -= hollow * np.float32(0.55 * size * scale)
        surface.polish[part] *= 1 - 0.6 * hollow
    return amount


def stain(surface: Surface, rng: np.random.Generator) -> Array:
    """Oil or rust: an irregular blotch that leaves the shape alone."""
    angle, radius = _somewhere(rng)
    x, y = surface.frame.at(radius, angle)
    size = rng.uniform(18, 36) * surface.frame.scale
    rows, columns, distance = window(surface, x, y, 3 * size)
    ragged = surfaces.texture("coarse", distance.shape, rng) * np.float32(0.26)
    ragged += surfaces.texture("fine", distance.shape, rng) * np.float32(0.07)
    blotch = np.clip((1.0 - distance / size + ragged) * 1.9, 0, 1)
    blotch *= 0.85 + 0.15 * surfaces.texture("coarse", distance.shape, rng)
    blotch = np.clip(blotch, 0, 1)
    part = np.s_[rows, columns]
    blotch = blotch * surface.inside[part]
    amount = np.zeros_like(surface.height)
    amount[part] = blotch
    rusty = rng.random() < 0.55
    surface.albedo[part] *= 1 - blotch * np.float32(rng.uniform(0.46, 0.64))
    surface.polish[part] *= 1 - blotch * np.float32(0.75)
    surface.rust[part] = blotch * np.float32(0.9 if rusty else 0.12)
    return amount


DEFECTS: Mapping[str, Callable[[Surface, np.random.Generator], Array]] = {
    "blowhole": blowhole,
    "scratch": scratch,
    "crack": crack,
    "dent": dent,
    "stain": stain,
}


def _solid(surface: Surface) -> Array:
    """Where there is metal to be hurt: not beside the part, nor in its bore and holes."""
    return surface.inside * (surface.height > 2 * surface.frame.scale)


def _somewhere(rng: np.random.Generator) -> tuple[float, float]:
    """An angle in radians and a radius on solid metal, clear of bore, bolts and edge."""
    radius = float(rng.choice([48.0, 92.0, 142.0, 183.0]))
    if radius < surfaces.BOLT_CIRCLE:
        return float(rng.uniform(0, 2 * np.pi)), radius
    sector = 2 * np.pi / surfaces.BOLTS
    return float(sector * (rng.integers(surfaces.BOLTS) + rng.uniform(-0.32, 0.32))), radius


def _jagged(
    start: tuple[float, float], heading: float, length: float, rng: np.random.Generator
) -> Points:
    points, (x, y) = [start], start
    steps = max(4, int(length / 6))
    for _ in range(steps):
        heading += rng.normal(0, 0.22)
        veer = heading + rng.normal(0, 0.45)
        x, y = x + np.cos(veer) * length / steps, y + np.sin(veer) * length / steps
        points.append((float(x), float(y)))
    return points


def _stroke(surface: Surface, points: Points, width: float) -> Array:
    """A line `(h, w)` in 0..1, smooth at its edges: drawn four times as large, then reduced."""
    height, wide = surface.height.shape
    margin, fine = 6, 4
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    left, top = max(0, int(min(xs)) - margin), max(0, int(min(ys)) - margin)
    right, bottom = min(wide, int(max(xs)) + margin), min(height, int(max(ys)) + margin)
    amount = np.zeros_like(surface.height)
    if right <= left or bottom <= top:
        return amount
    canvas = Image.new("L", ((right - left) * fine, (bottom - top) * fine))
    line = [((x - left) * fine, (y - top) * fine) for x, y in points]
    thick = max(1, round(width * surface.frame.scale * fine))
    ImageDraw.Draw(canvas).line(line, fill=255, width=thick, joint="curve")
    amount[top:bottom, left:right] = np.asarray(canvas.reduce(fine), np.float32) / 255
    return amount
