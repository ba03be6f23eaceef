"""The pictures that a model learns from, brought together in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sightline.domain.lookout import limits, manifest, pictures
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.manifest import Entry, Label
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control.ports import MaskFile, WorkDeps

TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class TrainingSet:
    """What was fetched: entries by their picture's path within the folder; size in pixels."""

    entries: Mapping[str, Entry]
    size: tuple[int, int]
    split: bool
    masks: tuple[MaskFile, ...] = ()

    @property
    def colours(self) -> dict[str, str]:
        """Every kind of defect with the colour that its masks have first."""
        found: dict[str, str] = {}
        for mask in self.masks:
            for colour, kind in mask.colours.items():
                found.setdefault(kind, colour)
        return found

    @property
    def testing(self) -> int:
        """How many pictures are only tested on; 0 when training splits them itself."""
        return sum(path.startswith(f"{TEST}/") for path in self.entries) if self.split else 0


def fetch(model: Model, folder: Path, deps: WorkDeps) -> TrainingSet:
    """Download a model's labelled pictures to `folder`, and their masks beside it.

    Raises `ValidationError` when pictures are missing, too large, unreadable or differ in size.
    """
    split = model.data.test is not None
    entries = _named(model.data.train, f"{TRAIN}/" if split else "", deps)
    if model.data.test is not None:
        entries |= _named(model.data.test, f"{TEST}/", deps)
    wanted: dict[Path, S3Object] = {folder / path: e.source for path, e in entries.items()}
    masks: list[MaskFile] = []
    for path, entry in entries.items():
        if entry.mask is not None and entry.mask.colours and entry.label is Label.ANOMALY:
            stem = Path(path).stem
            mask = MaskFile(stem, folder.parent / "masks" / f"{stem}.png", entry.mask.colours)
            wanted[mask.path] = entry.mask.source
            masks.append(mask)
    deps.objects.fetch(wanted, max_bytes=limits.IMAGE_BYTES_MAX)
    return TrainingSet(entries, _common_size(entries, folder), split, tuple(masks))


def _named(key: str, prefix: str, deps: WorkDeps) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for number, entry in enumerate(manifest.load(deps.entries.read(key))):
        if entry.label is None:
            continue
        suffix = ".png" if entry.source.key.lower().endswith(".png") else ".jpg"
        # Masks find their picture by its stem, which must be unique in the whole folder.
        stem = f"{prefix[:2]}{number:05}".replace("/", "")
        entries[f"{prefix}{entry.label}/{stem}{suffix}"] = entry
    return entries


def _common_size(entries: Mapping[str, Entry], folder: Path) -> tuple[int, int]:
    common: tuple[int, int] | None = None
    for path, entry in entries.items():
        try:
            size = pictures.dimensions((folder / path).read_bytes())
        except ValidationError as error:
            raise ValidationError(f"{entry.source_ref} is not a readable PNG or JPEG.") from error
        pictures.check_size(*size, entry.source_ref)
        common = common or size
        if size != common:
            raise ValidationError(
                f"{entry.source_ref} has {size[0]} x {size[1]} pixels, others have "
                f"{common[0]} x {common[1]}; all images of a dataset must have one size."
            )
    if common is None:
        raise ValidationError("The datasets have no labelled images.")
    return common
