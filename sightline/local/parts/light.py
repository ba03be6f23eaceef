"""Light on a surface: how the camera over the belt sees the part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from sightline.local.parts.surfaces import Array, Surface, texture


@dataclass(frozen=True)
class Light:
    """A lamp: azimuth and elevation in radians, strength about 1, warmth about 0."""

    azimuth: float
    elevation: float
    strength: float
    warmth: float

    @property
    def direction(self) -> tuple[float, float, float]:
        flat = np.cos(self.elevation)
        x, y = flat * np.cos(self.azimuth), flat * np.sin(self.azimuth)
        return float(x), float(y), float(np.sin(self.elevation))


def lamp(rng: np.random.Generator) -> Light:
    """The hall's light as it changes through a day."""
    return Light(
        azimuth=float(np.radians(rng.normal(-125, 7))),
        elevation=float(np.radians(rng.uniform(46, 54))),
        strength=float(rng.uniform(0.9, 1.08)),
        warmth=float(rng.normal(0, 0.018)),
    )


def render(surface: Surface, light: Light, rng: np.random.Generator) -> Image.Image:
    """The picture, RGB: metal on a dark belt, with the camera's own faults."""
    metal = _metal(surface, light)
    belt = _belt(surface, light, rng)
    grey = belt + surface.inside * (metal - belt)
    grey *= _falloff(surface, light) * np.float32(light.strength)
    # A camera's own curve: shadows lifted, highlights rolled off instead of clipped.
    grey = np.sqrt(np.maximum(grey, 0, out=grey), out=grey)
    grey *= 1.25 - 0.25 * np.minimum(grey, 1.5)
    grey += texture("white", grey.shape, rng) * np.float32(0.009)
    plain = Image.fromarray((np.clip(grey, 0, 1) * 255 + 0.5).astype(np.uint8))
    plain = plain.filter(ImageFilter.GaussianBlur(0.45 * surface.frame.scale))
    tint = (0.985 + light.warmth, 1.0, 1.012 - light.warmth)
    levels = np.arange(256)
    channels = [plain.point(np.minimum(levels * t, 255).astype(int).tolist()) for t in tint]
    picture = Image.merge("RGB", channels)
    return _rusted(picture, surface.rust) if surface.rust.any() else picture


def _rusted(picture: Image.Image, rust: Array) -> Image.Image:
    pixels = np.asarray(picture, np.float32)
    toned = pixels * (1 + rust[..., None] * np.array([0.10, -0.06, -0.24], np.float32))
    return Image.fromarray(np.clip(toned, 0, 255).astype(np.uint8))


def _metal(surface: Surface, light: Light) -> Array:
    """Lambert's law, a broad gloss, and the two-winged shine of turned faces."""
    lx, ly, lz = light.direction
    gy, gx = np.gradient(surface.height)
    length = 1 / np.sqrt(1 + gx * gx + gy * gy)
    facing = np.maximum((lz - gx * lx - gy * ly) * length, 0)
    norm = float(np.sqrt(lx * lx + ly * ly + (lz + 1) ** 2))
    half = np.maximum((lz + 1 - gx * lx - gy * ly) * length * np.float32(1 / norm), 0)
    gloss = half * half
    gloss *= gloss
    gloss *= gloss
    gloss *= gloss
    lit = 1 - 0.72 * _shadow(surface, light)
    ambient = 0.30 + 0.24 * length
    diffuse = surface.albedo * (ambient + 0.95 * facing * lit)
    sheen = 0.035 + 0.05 * surface.polish
    return np.asarray(
        diffuse + gloss * lit * sheen * (surface.albedo > 0.1) + _turned(surface, light) * lit,
        np.float32,
    )


def _turned(surface: Surface, light: Light) -> Array:
    """Concentric tool marks mirror the lamp where they run across its direction."""
    frame = surface.frame
    across = frame.dy * np.float32(np.cos(light.azimuth)) - frame.dx * np.float32(
        np.sin(light.azimuth)
    )
    across /= np.maximum(frame.radius, 1)
    wing = 1 / (1 + 11 * across * across)
    return np.asarray(surface.polish * surface.albedo * (wing * wing * 1.25 - 0.10), np.float32)


def _shadow(surface: Surface, light: Light) -> Array:
    """How much of the lamp is hidden by what stands higher in its direction (0..1)."""
    lx, ly, lz = light.direction
    flat = float(np.hypot(lx, ly))
    slope = lz / flat
    hidden = np.zeros_like(surface.height)
    for distance in (3, 6, 10, 15, 21):
        reach = distance * surface.frame.scale
        shift = (round(-ly / flat * reach), round(-lx / flat * reach))
        over = np.roll(surface.height, shift, (0, 1)) - surface.height
        over -= np.float32(reach * slope)
        np.maximum(hidden, over, out=hidden)
    return np.asarray(np.clip(hidden * np.float32(0.14), 0, 1), np.float32)


def _belt(surface: Surface, light: Light, rng: np.random.Generator) -> Array:
    """A dark woven belt with the part's soft shadow on it."""
    frame = surface.frame
    weave = texture("fine", surface.height.shape, rng) * np.float32(0.007)
    weave += texture("coarse", surface.height.shape, rng) * np.float32(0.003)
    lx, ly, _ = light.direction
    sx, sy = frame.dx + lx * 26 * frame.scale, frame.dy + ly * 26 * frame.scale
    distance = np.sqrt(sx * sx + sy * sy) * np.float32(1 / frame.scale) - 205
    shade = np.clip(0.5 - distance * np.float32(1 / 34), 0, 1)
    return np.asarray((0.045 + weave) * (1 - 0.72 * shade), np.float32)


def _falloff(surface: Surface, light: Light) -> Array:
    """Brighter towards the lamp, darker towards the lens's edge."""
    frame = surface.frame
    lx, ly, _ = light.direction
    height = frame.radius.shape[0]
    near = frame.dx * np.float32(lx * 0.42 / height) + frame.dy * np.float32(ly * 0.42 / height)
    return np.asarray(
        1 + near - (frame.radius * frame.radius) * np.float32(0.2 / height**2), np.float32
    )
