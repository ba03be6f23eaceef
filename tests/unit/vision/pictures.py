"""Pictures by formula: a round part on a grained ground, spoiled by a hole or a scratch."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def part(
    seed: int, *, defect: str | None = None, size: tuple[int, int] = (128, 128)
) -> Image.Image:
    rng = np.random.default_rng(seed)
    width, height = size
    ground = rng.integers(100, 140, (height // 2, width // 2, 3)).astype(np.uint8)
    image = Image.fromarray(ground).resize(size, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    x, y = width // 5 + int(rng.integers(-2, 3)), height // 5 + int(rng.integers(-2, 3))
    draw.ellipse((x, y, x + 3 * width // 5, y + 3 * height // 5), fill=(190, 190, 185))
    cx, cy = (int(v) for v in rng.integers(2 * width // 5, 3 * width // 5, 2))
    if defect == "hole":
        draw.ellipse((cx - 6, cy - 6, cx + 6, cy + 6), fill=(20, 20, 20))
    if defect == "scratch":
        draw.line((cx - 15, cy - 9, cx + 15, cy + 9), fill=(90, 40, 40), width=2)
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def write_set(folder: Path, normals: int, anomalies: int, *, first: int = 0) -> Path:
    for label, count in (("normal", normals), ("anomaly", anomalies)):
        for index in range(count):
            defect = ("hole", "scratch")[index % 2] if label == "anomaly" else None
            path = folder / label / f"{label}-{index:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            seed = first + index + 5000 * (label == "anomaly")
            path.write_bytes(encoded(part(seed, defect=defect)))
    return folder
