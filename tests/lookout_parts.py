"""Made-up parts for Lookout for Vision's clients: real image files, small, with their masks."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image, ImageDraw

from tests.lookout_examples import line

SIZE = 96
RED = (255, 0, 0)


def part(number: int | str, *, defect: bool) -> tuple[bytes, bytes]:
    """A grey part, and the mask of its scratch; both PNG."""
    chance = random.Random(f"{number}{defect}")  # noqa: S311 - pictures, not secrets
    grain = bytes(chance.randrange(110, 146) for _ in range(SIZE * SIZE))
    image = Image.frombytes("L", (SIZE, SIZE), grain).convert("RGB")
    mask = Image.new("RGB", (SIZE, SIZE), "white")
    if defect:
        x, y = chance.randrange(10, 60), chance.randrange(10, 60)
        for target, colour in ((image, "black"), (mask, RED)):
            ImageDraw.Draw(target).rectangle([x, y, x + 22, y + 14], fill=colour)
    return _png(image), _png(mask)


def put_dataset(
    client: Any,
    bucket: str,
    manifest: str,
    *,
    normal: int = 20,
    anomaly: int = 10,
    masks: bool = False,
    prefix: str = "",
) -> None:
    """Parts below `prefix`, each another one, and the manifest that lists them."""
    lines = []
    for label, count in (("normal", normal), ("anomaly", anomaly)):
        for n in range(count):
            picture, mask = part(f"{prefix}{n}", defect=label == "anomaly")
            key, mask_key = f"{prefix}{label}/{n}.png", ""
            client.put_object(Bucket=bucket, Key=key, Body=picture)
            if masks and label == "anomaly":
                mask_key = f"{prefix}masks/{n}.png"
                client.put_object(Bucket=bucket, Key=mask_key, Body=mask)
            text = line(key, label, bucket=bucket, mask=mask_key)
            lines.append(text.replace("#23A436", "#ff0000"))
    client.put_object(Bucket=bucket, Key=manifest, Body="\n".join(lines).encode())


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
