"""Pictures for people: the anomaly map as a grey PNG and as a heat map over the part."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sightline.vision.detection import Detection
from sightline.vision.loading import decode
from sightline.vision.regions import PIXEL_THRESHOLD

OVERLAY_SIDE = 1024
_STOPS = np.array([0.0, 0.35, 0.5, 0.75, 1.0])
_COLOURS = np.array([[0, 0, 0], [40, 60, 200], [255, 200, 0], [255, 90, 0], [220, 0, 30]], float)
_OPACITY = np.array([0.0, 0.0, 0.35, 0.6, 0.75])


def encode_map(detection: Detection, kind: str | None = None) -> bytes:
    """The anomaly map, or that of a kind of defect, as an 8-bit grey PNG; 128 is the threshold.

    The PNG has the map's own resolution.
    """
    values = detection.anomaly_map if kind is None else detection.label_maps[kind]
    grey = (values * 255 + 0.5).clip(0, 255).astype(np.uint8)
    return _png(Image.fromarray(grey))


def upsampled_map(detection: Detection) -> NDArray[np.float32]:
    """The anomaly map at the original size, float32 (height, width), 0..1."""
    image = Image.fromarray(detection.anomaly_map)
    size = (detection.width, detection.height)
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.float32).clip(0, 1)


def encode_mask(detection: Detection) -> bytes:
    """Where the map reaches the pixel threshold: a black and white PNG at the original size."""
    mask = upsampled_map(detection) >= PIXEL_THRESHOLD
    return _png(Image.fromarray((mask * 255).astype(np.uint8)))


def overlay(data: bytes, detection: Detection, *, side: int = OVERLAY_SIDE) -> bytes:
    """The picture under its heat map, regions boxed: a PNG of at most `side` pixels a side."""
    scale = min(1.0, side / max(detection.width, detection.height))
    width, height = round(detection.width * scale), round(detection.height * scale)
    picture = decode(data, (height, width)).values.astype(np.float32)
    heat = Image.fromarray(detection.anomaly_map).resize((width, height), Image.Resampling.BICUBIC)
    level = np.asarray(heat, np.float32).clip(0, 1)
    colour = np.stack([np.interp(level, _STOPS, _COLOURS[:, c]) for c in range(3)], -1)
    alpha = np.interp(level, _STOPS, _OPACITY)[..., None]
    blended = picture * (1 - alpha) + colour * alpha
    canvas = Image.fromarray(blended.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    for region in detection.regions:
        left, top = region.x * scale, region.y * scale
        right, bottom = left + region.width * scale - 1, top + region.height * scale - 1
        draw.rectangle((left, top, max(left, right), max(top, bottom)), outline=(255, 255, 255))
    return _png(canvas)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
