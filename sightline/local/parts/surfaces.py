"""The demo part as a surface: a round cast pump cover, seen from above.

Heights and radii are pixels at a picture height of 480; `Frame.scale` brings them to other sizes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

OUTER = 206.0
BOLT_CIRCLE = 181.0
BOLTS = 6
BOLT_RADIUS = 10.5
BORE = 30.0
RIBS = 9
WEB_FROM, WEB_TO = 66.0, 118.0
MACHINED = ((34.0, 60.0), (124.0, 160.0))
_TILE = 1024

# (radius, height): bore, chamfer, hub, web, sealing ring, groove, flange, rounded outer edge.
_PROFILE = (
    (0, -26), (28, -26), (31, 24), (34, 27), (60, 27), (64, 24), (69, 9), (92, 7), (114, 9),
    (120, 24), (123, 27), (160, 27), (162, 22), (165, 20), (167, 19), (196, 19), (202, 17),
    (205, 12), (207, 2), (209, 0), (999, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """Where the part lies: pixel offsets from its centre, and radius, all `(h, w)`."""

    dx: Array
    dy: Array
    radius: Array
    scale: float
    centre: tuple[float, float]
    turn: float

    def at(self, radius: float, angle: float) -> tuple[float, float]:
        """Pixel `(x, y)` of a point of the part; `angle` in radians turns with the part."""
        reach = radius * self.scale
        x = self.centre[0] + reach * np.cos(angle + self.turn)
        return float(x), float(self.centre[1] + reach * np.sin(angle + self.turn))


@dataclass
class Surface:
    """What light falls on, all `(h, w)`: height in pixels, albedo, polish and rust in 0..1."""

    frame: Frame
    height: Array
    albedo: Array
    polish: Array
    rust: Array
    inside: Array


def place(size: tuple[int, int], rng: np.random.Generator) -> Frame:
    """A part on the belt: a few pixels off the middle, a few degrees turned."""
    width, height = size
    scale = min(width, height) / 480 * rng.uniform(0.985, 1.01)
    cx = width / 2 + rng.normal(0, 2.5) * scale
    cy = height / 2 + rng.normal(0, 2.5) * scale
    turn = float(np.radians(rng.uniform(-3, 3)))
    dx = np.broadcast_to((np.arange(width) - cx).astype(np.float32), (height, width))
    dy = np.broadcast_to((np.arange(height) - cy).astype(np.float32)[:, None], (height, width))
    radius: Array = np.sqrt(dx * dx + dy * dy)
    return Frame(dx, dy, radius, scale, (cx, cy), turn)


def cast(frame: Frame, rng: np.random.Generator, *, without_bolt: int | None = None) -> Surface:
    """A sound casting, machined where it seals.

    At bolt `without_bolt` the drill broke: the seat is faced, the hole is not there.
    """
    index = np.minimum(frame.radius * np.float32(8 / frame.scale), 1999).astype(np.int32)
    height = _profile_table()[index]
    polish = _polish_table()[index]
    inside = _inside_table()[index]
    rough = inside * (1 - polish)
    height = height + rough * (
        texture("fine", height.shape, rng) * 0.42 + texture("coarse", height.shape, rng) * 1.1
    )
    _add_ribs(height, frame, rng)
    height += polish * _lathe(rng)[index]
    blotches = texture("coarse", height.shape, rng)
    albedo = inside * (0.25 + 0.07 * polish + 0.022 * rough * blotches)
    albedo += rough * np.float32(0.022) * texture("fine", height.shape, rng)
    albedo *= _bore_table()[index]
    surface = Surface(frame, height * frame.scale, albedo, polish, np.zeros_like(height), inside)
    for bolt in range(BOLTS):
        x, y = frame.at(BOLT_CIRCLE, bolt_angle(bolt))
        _drill(surface, x, y, through=bolt != without_bolt)
    return surface


def bolt_angle(bolt: int) -> float:
    """The angle of a bolt hole in radians, in the part's own frame."""
    return 2 * np.pi * (bolt + 0.5) / BOLTS


@functools.cache
def _tile(kind: str) -> Array:
    """Isotropic noise of unit variance that repeats seamlessly, filtered in frequency space."""
    seed, low, high = {"fine": (1, 0.05, 0.22), "coarse": (2, 0.006, 0.035), "white": (3, 0, 9)}[
        kind
    ]
    white = np.random.default_rng(seed).standard_normal((_TILE, _TILE))
    fy, fx = np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :]
    frequency = np.sqrt(fx * fx + fy * fy)
    band = np.exp(-((frequency / high) ** 2)) * (1 - np.exp(-((frequency / (low + 1e-9)) ** 2)))
    noise = np.fft.irfft2(np.fft.rfft2(white) * band, (_TILE, _TILE))
    scaled: Array = (noise / noise.std()).astype(np.float32)
    return scaled


def texture(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """A random piece `(h, w)` of cached noise: `fine`, `coarse` or `white`, of unit variance."""
    tile = _tile(kind)
    if max(shape) > _TILE:
        tile = np.tile(tile, (shape[0] // _TILE + 2, shape[1] // _TILE + 2))
    top = int(rng.integers(tile.shape[0] - shape[0] + 1))
    left = int(rng.integers(tile.shape[1] - shape[1] + 1))
    return tile[top : top + shape[0], left : left + shape[1]]


def _radii() -> Array:
    return np.asarray(np.arange(2000, dtype=np.float32) / 8, np.float32)


@functools.cache
def _profile_table() -> Array:
    radii, heights = zip(*_PROFILE, strict=True)
    table = np.interp(_radii(), radii, heights)
    soft = np.hanning(17) / np.hanning(17).sum()
    return np.convolve(np.pad(table, 8, "edge"), soft, "valid").astype(np.float32)


@functools.cache
def _polish_table() -> Array:
    radii, table = _radii(), np.zeros(2000, np.float32)
    for inner, outer in MACHINED:
        table += np.clip(radii - inner + 0.5, 0, 1) * np.clip(outer + 0.5 - radii, 0, 1)
    return table


@functools.cache
def _inside_table() -> Array:
    return np.asarray(np.clip(OUTER + 2.5 - _radii(), 0, 1).astype(np.float32), np.float32)


@functools.cache
def _bore_table() -> Array:
    """The bore goes through: only its upper edge sees light."""
    return np.asarray(
        (0.12 + 0.88 * np.clip((_radii() - BORE + 2.5) / 2.5, 0, 1)).astype(np.float32), np.float32
    )


def _lathe(rng: np.random.Generator) -> Array:
    """Tool marks by radius: the lathe's feed, never quite even."""
    radii = _radii()
    feed = np.sin(radii * (2 * np.pi / rng.uniform(3.6, 4.2)) + rng.uniform(0, 6))
    uneven = np.convolve(rng.standard_normal(2000), np.hanning(21) / 3, "same")
    return np.asarray((0.07 * feed + 0.11 * uneven).astype(np.float32), np.float32)


def _add_ribs(height: Array, frame: Frame, rng: np.random.Generator) -> None:
    """Curved ribs from hub to ring, a little different in width on every part."""
    r = frame.radius * np.float32(1 / frame.scale)
    where = np.nonzero((r > WEB_FROM - 4) & (r < WEB_TO + 4))
    rr = r[where]
    theta = np.arctan2(frame.dy[where], frame.dx[where]) - np.float32(frame.turn)
    angle = (theta + (rr - WEB_FROM) * np.float32(0.0075)) * np.float32(RIBS / (2 * np.pi))
    across = np.abs(angle - np.rint(angle)) * np.float32(2 * np.pi / RIBS) * rr
    half = 4.6 + float(rng.uniform(-0.3, 0.3))
    crown = np.clip((half + 3.5 - across) / 5.0, 0, 1)
    crown = crown * crown * (3 - 2 * crown)
    floor = height[where]
    height[where] = floor + crown * np.maximum(20 - floor, 0)


def _drill(surface: Surface, x: float, y: float, *, through: bool) -> None:
    """A bolt hole with a spot-faced seat around it, or the seat alone."""
    scale = surface.frame.scale
    rows, columns, distance = window(surface, x, y, 20 * scale)
    d = distance / scale
    seat = np.clip(17.5 - d, 0, 1)
    part = np.s_[rows, columns]
    flat = 17.2 * scale
    surface.height[part] = surface.height[part] * (1 - seat) + flat * seat
    surface.polish[part] = np.maximum(surface.polish[part] * (1 - seat), seat * 0.8)
    surface.albedo[part] += seat * 0.10
    if not through:
        return
    hole = np.clip((BOLT_RADIUS + 1.2 - d) / 2.4, 0, 1)
    surface.height[part] -= hole * 44 * scale
    deep = np.clip(BOLT_RADIUS + 0.3 - d, 0, 1)
    surface.albedo[part] *= 1 - 0.88 * deep
    surface.polish[part] *= 1 - hole


def window(surface: Surface, x: float, y: float, reach: float) -> tuple[slice, slice, Array]:
    """The rows, columns and distances `(rows, columns)` around a point, cut at the border."""
    height, width = surface.height.shape
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 2)
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 2)
    yy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
    xx = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(x)
    return slice(top, bottom), slice(left, right), np.sqrt(xx * xx + yy * yy)
