"""Labelled folders: which pictures are normal, which are anomalous, which appear twice.

The label of a picture is its nearest folder named `normal` or `anomaly` (or a synonym). A folder
with `train` and `test` inside is trained on the first and evaluated on the second. Masks lie under
`mask`, named like their picture; `mask/<kind>/` gives the defect's kind.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from sightline.domain.errors import InvalidError

NORMAL = frozenset({"normal", "good", "ok"})
ANOMALY = frozenset({"anomaly", "anomalous", "anomalies", "defect", "defective", "bad"})
MASKS = frozenset({"mask", "masks", "ground_truth"})
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".pgm", ".ppm"}
)
MIN_NORMAL = 10


@dataclass(frozen=True)
class Sample:
    """One labelled picture; masks map a kind of defect to the mask's file."""

    path: Path
    anomalous: bool
    masks: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """Pictures of one folder, in a stable order."""

    folder: Path
    samples: tuple[Sample, ...]

    @property
    def normals(self) -> tuple[Sample, ...]:
        return tuple(s for s in self.samples if not s.anomalous)

    @property
    def anomalies(self) -> tuple[Sample, ...]:
        return tuple(s for s in self.samples if s.anomalous)


def subset(folder: Path, part: str) -> Path:
    """`folder/part` when the folder is split into `train` and `test`, else the folder itself."""
    if (folder / "train").is_dir() and (folder / "test").is_dir():
        return folder / part
    return folder


def read_folder(folder: Path, *, masks_root: Path | None = None) -> Dataset:
    """List the labelled pictures under a folder.

    Raises InvalidError when the folder is missing or holds no picture under a known label.
    """
    if not folder.is_dir():
        raise InvalidError(f"{folder} is not a folder.")
    masks = _find_masks(masks_root or folder)
    samples = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        label = _label(path.relative_to(folder))
        if label is not None:
            found = masks.get(path.stem, {}) if label else {}
            samples.append(Sample(path, label, found))
    if not samples:
        raise InvalidError(
            f"{folder} holds no pictures in a folder named 'normal' (or 'anomaly'); "
            "put the good pictures into 'normal'."
        )
    return Dataset(folder, tuple(samples))


def _label(relative: Path) -> bool | None:
    for part in reversed(relative.parts[:-1]):
        name = part.lower()
        if name in MASKS:
            return None
        if name in NORMAL:
            return False
        if name in ANOMALY:
            return True
    return None


def _find_masks(folder: Path) -> dict[str, dict[str, Path]]:
    """Masks by picture stem, then by kind; untyped ones have the kind `defect`."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        at = next((i for i, part in enumerate(parts[:-1]) if part.lower() in MASKS), None)
        if at is None or path.suffix.lower() not in SUFFIXES:
            continue
        inner = [p for p in parts[at + 1 : -1] if p.lower() not in ANOMALY | NORMAL]
        kind = inner[-1] if inner and inner[-1] not in {"train", "test"} else "defect"
        found.setdefault(path.stem, {})[kind] = path
    return found


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def dataset_hash(hashes: list[tuple[str, bool]]) -> str:
    """One SHA-256 for a set of (content hash, label), whatever the files' names and order."""
    digest = hashlib.sha256()
    for content, anomalous in sorted(hashes):
        digest.update(f"{content} {int(anomalous)}\n".encode())
    return digest.hexdigest()
