"""Taking in a training folder: what can be used, what is left out and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.domain.errors import InvalidError, UnusableImageError
from sightline.vision import dataset
from sightline.vision.dataset import Sample
from sightline.vision.loading import Pixels, decode
from sightline.vision.spool import Spool

_STEP = 32
_MAX_ASPECT = 4.0
_PRINT_SIDE = 16
_NEAR = 2.0  # mean grey levels between the fingerprints of near-duplicates


@dataclass(frozen=True)
class Intake:
    """Usable samples in an order that depends on their content alone, and what was noticed.

    hash: SHA-256 of the set; height, width: medians in pixels.
    """

    samples: tuple[Sample, ...]
    hash: str
    height: int
    width: int
    mixed_sizes: bool
    left_out: int
    warnings: tuple[str, ...]

    @property
    def labels(self) -> NDArray[np.bool_]:
        """True for anomalies, (n,)."""
        return np.array([s.anomalous for s in self.samples], bool)

    def facts(self) -> dict[str, Any]:
        """What the manifest keeps."""
        anomalies = int(self.labels.sum())
        return {
            "normal": len(self.samples) - anomalies,
            "anomaly": anomalies,
            "left_out": self.left_out,
            "height": self.height,
            "width": self.width,
            "mixed_sizes": self.mixed_sizes,
        }


@dataclass(frozen=True)
class _Seen:
    sample: Sample
    content: str
    number: int
    height: int
    width: int


def take_in(folder: Path, tell: Callable[[str, float], None]) -> Intake:
    """Read, decode and compare every picture of a training folder.

    Broken pictures and exact copies are left out with a warning that names them; copies of test
    pictures and near-duplicates are warned of. Raises InvalidError when the same picture has both
    labels or fewer than ten usable normals remain.
    """
    part = dataset.subset(folder, "train")
    found = dataset.read_folder(part, masks_root=folder)
    seen: dict[str, _Seen] = {}
    prints = Spool((_PRINT_SIDE**2,))
    warnings: list[str] = []
    for number, sample in enumerate(found.samples):
        tell("reading", 0.05 * number / len(found.samples))
        try:
            pixels = decode(sample.path.read_bytes(), (64, 64))
        except UnusableImageError as error:
            warnings.append(f"{sample.path} is left out: {error}")
            continue
        content = dataset.content_hash(sample.path)
        first = seen.get(content)
        if first is None:
            seen[content] = _Seen(sample, content, len(prints), pixels.height, pixels.width)
            prints.append(_fingerprint(pixels))
            continue
        if first.sample.anomalous != sample.anomalous:
            raise InvalidError(
                f"{sample.path} and {first.sample.path} are the same picture with two labels; "
                "remove one."
            )
        warnings.append(f"{sample.path} is left out: the same picture as {first.sample.path}.")
    left_out = len(warnings)
    items = [seen[content] for content in sorted(seen)]
    _check_counts(part, items, warnings)
    warnings += _near_duplicates(items, prints)
    if part != folder:
        warnings += _test_copies(dataset.subset(folder, "test"), folder, seen)
    shapes = {(item.height, item.width) for item in items}
    return Intake(
        samples=tuple(item.sample for item in items),
        hash=dataset.dataset_hash([(item.content, item.sample.anomalous) for item in items]),
        height=int(np.median([item.height for item in items])),
        width=int(np.median([item.width for item in items])),
        mixed_sizes=len(shapes) > 1,
        left_out=left_out,
        warnings=tuple(warnings),
    )


def input_size(taken: Intake, side: int) -> tuple[int, int]:
    """Input (height, width) of about side x side pixels in the pictures' own proportions.

    Multiples of 32, so that every feature map divides evenly.
    """
    aspect = np.clip(taken.height / taken.width, 1 / _MAX_ASPECT, _MAX_ASPECT)
    height = max(2, round(side * float(np.sqrt(aspect)) / _STEP)) * _STEP
    width = max(2, round(side / float(np.sqrt(aspect)) / _STEP)) * _STEP
    return height, width


def _fingerprint(pixels: Pixels) -> NDArray[np.float32]:
    """Grey levels of a 16 x 16 thumbnail, flat."""
    grey = pixels.values.astype(np.float32).mean(-1)
    cell = grey.shape[0] // _PRINT_SIDE
    return np.asarray(
        grey.reshape(_PRINT_SIDE, cell, _PRINT_SIDE, cell).mean((1, 3)).ravel(), np.float32
    )


def _check_counts(part: Path, items: Sequence[_Seen], warnings: list[str]) -> None:
    normals = sum(not item.sample.anomalous for item in items)
    if normals < dataset.MIN_NORMAL:
        reasons = f" Left out: {warnings[0]}" if warnings else ""
        raise InvalidError(
            f"{part} has {normals} usable pictures in 'normal'; at least {dataset.MIN_NORMAL} "
            f"are needed.{reasons}"
        )
    anomalies = len(items) - normals
    if 0 < anomalies < 4:
        warnings.append(
            f"{part} has {anomalies} usable pictures in 'anomaly': too few to learn from, so the "
            "model is fitted on the normal ones alone."
        )


def _near_duplicates(items: Sequence[_Seen], prints: Spool) -> list[str]:
    """One line on pictures that hardly differ: they make held-out figures too good."""
    pairs, example = 0, ""
    by_number = sorted(items, key=lambda item: item.number)
    for places, block in prints.blocks():
        near = np.minimum(_NEAR, 0.02 * np.maximum(block.std(1), 1.0))
        for others, fellows in prints.blocks():
            if others.stop <= places.start:
                continue
            for index, (print_, limit) in enumerate(zip(block, near, strict=True), places.start):
                first = max(0, index + 1 - others.start)
                distance = np.abs(fellows[first:] - print_).mean(1)
                found = np.flatnonzero(distance < limit)
                pairs += len(found)
                if len(found) and not example:
                    other = by_number[others.start + first + int(found[0])].sample.path
                    example = f"{by_number[index].sample.path} and {other}"
    if not pairs:
        return []
    return [f"{pairs} pairs of pictures hardly differ, such as {example}."]


def _test_copies(test: Path, folder: Path, seen: dict[str, _Seen]) -> list[str]:
    copies = [
        (sample.path, seen[content].sample.path)
        for sample in dataset.read_folder(test, masks_root=folder).samples
        if (content := dataset.content_hash(sample.path)) in seen
    ]
    if not copies:
        return []
    test_path, train_path = copies[0]
    line = f"{len(copies)} test pictures are also training pictures, such as {test_path} "
    return [f"{line}({train_path}): the evaluation is too good."]
