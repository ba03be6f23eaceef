"""Pictures of demo parts by formula: sound castings and faulty ones, with the fault's mask.

Nothing here is a photograph; the demo needs no data. The parts differ from each other as real ones
do (texture, tool marks, place, turn, light, sensor noise), so that a fault has to be told from
them: a plain difference to a mean picture does not suffice.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sightline.domain.errors import InvalidError
from sightline.local.parts import defects, light, surfaces

MISSING_HOLE = "missing_hole"
DEFECTS = (MISSING_HOLE, *defects.DEFECTS)
_MASK_FROM = 0.35


def make_part(
    seed: int, defect: str | None = None, size: tuple[int, int] = (640, 480)
) -> tuple[Image.Image, Image.Image]:
    """One part: an RGB picture and an `L` mask, 255 on the defect and 0 elsewhere.

    `defect` is one of `DEFECTS` or None; `size` is (width, height), each 64 to 4096 pixels. The
    same arguments give the same picture. Raises `InvalidError` for other values.
    """
    if defect is not None and defect not in DEFECTS:
        raise InvalidError(f"Defect {defect!r} is not one of {', '.join(DEFECTS)}.")
    if not all(64 <= length <= 4096 for length in size):
        raise InvalidError(f"Size {size} must be 64 to 4096 pixels each way.")
    rng = np.random.default_rng(seed)
    frame = surfaces.place(size, rng)
    bolt = int(rng.integers(surfaces.BOLTS)) if defect == MISSING_HOLE else None
    surface = surfaces.cast(frame, rng, without_bolt=bolt)
    amount = np.zeros_like(surface.height)
    if bolt is not None:
        x, y = frame.at(surfaces.BOLT_CIRCLE, surfaces.bolt_angle(bolt))
        reach = surfaces.BOLT_RADIUS * frame.scale
        rows, columns, distance = surfaces.window(surface, x, y, reach + 2)
        amount[rows, columns] = distance <= reach
    elif defect:
        amount = defects.DEFECTS[defect](surface, rng)
    picture = light.render(surface, light.lamp(rng), rng)
    return picture, Image.fromarray((amount > _MASK_FROM).astype(np.uint8) * 255)


def write_parts(
    folder: Path,
    *,
    normal: int,
    anomaly: int,
    seed: int = 0,
    size: tuple[int, int] = (640, 480),
    quality: int = 93,
) -> None:
    """Write JPEGs to `normal/` and `anomaly/` below `folder`; defects take turns.

    About 100 KB each at the default size and quality. Files of the same name are overwritten.
    """
    seeds = np.random.SeedSequence(seed).generate_state(normal + anomaly, np.uint32)
    for number in range(normal + anomaly):
        sound = number < normal
        defect = None if sound else DEFECTS[(number - normal) % len(DEFECTS)]
        kind = "normal" if sound else "anomaly"
        name = f"part-{number:05d}.jpg" if sound else f"part-{number:05d}-{defect}.jpg"
        (folder / kind).mkdir(parents=True, exist_ok=True)
        picture, _ = make_part(int(seeds[number]), defect, size)
        picture.save(folder / kind / name, quality=quality)
