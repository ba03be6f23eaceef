"""Folders of labelled pictures: `normal/` and `anomaly/` at any depth."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sightline.domain.errors import InvalidError, NotFoundError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})
LABELS = ("normal", "anomaly")


@dataclass(frozen=True)
class Picture:
    """A file and what it is known to show: `normal` or `anomaly`."""

    path: Path
    truth: str


def labelled(folder: Path) -> list[Picture]:
    """The pictures of a folder; the nearest folder named `normal` or `anomaly` is the label.

    Raises `NotFoundError` without the folder, `InvalidError` without labelled pictures.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {folder}.")
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            parts = path.relative_to(folder.parent).parts[:-1]
            label = next((part for part in reversed(parts) if part in LABELS), None)
            if label:
                found.append(Picture(path.resolve(), label))
    if not found:
        raise InvalidError(f"{folder} holds no pictures under folders 'normal' and 'anomaly'.")
    return found


def mixed(pictures: Sequence[Picture], seed: int) -> list[Picture]:
    """The pictures in a random order that the seed decides."""
    shuffled = list(pictures)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    return shuffled


def link(pictures: Sequence[Picture], folder: Path) -> None:
    """A folder of links to the pictures, laid out for training."""
    for number, picture in enumerate(pictures):
        target = folder / picture.truth / f"{number:05}-{picture.path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(picture.path)


def sample(pictures: Sequence[Picture], *, normal: int, anomaly: int, seed: int) -> list[Picture]:
    """At most so many of each label, chosen by the seed."""
    order = mixed(pictures, seed)
    chosen = {
        "normal": [p for p in order if p.truth == "normal"][:normal],
        "anomaly": [p for p in order if p.truth == "anomaly"][:anomaly],
    }
    return chosen["normal"] + chosen["anomaly"]
