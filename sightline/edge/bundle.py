"""A bundle: the model, what is known of it, our code as a wheel, and its component's recipe."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sightline.domain.errors import ArtifactError

BUNDLE_FILE = "bundle.json"
RECIPE_FILE = "recipe.json"
MODEL_FOLDER = "model"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same content makes the same bytes


@dataclass(frozen=True)
class BundleInfo:
    """What a bundle says of itself; `colours` are those of the kinds of defects in masks.

    `threshold` is the one that people have set, None as the model was trained.
    """

    project: str
    model_version: str
    component: str
    component_version: str
    sha256: str
    width: int
    height: int
    colours: Mapping[str, str] = field(default_factory=dict)
    threshold: float | None = None


def write(info: BundleInfo, model: Path, *, recipe: str, wheel: bytes, wheel_name: str) -> bytes:
    """The bundle as a zip."""
    contents = {
        BUNDLE_FILE: json.dumps(asdict(info), indent=1).encode(),
        RECIPE_FILE: recipe.encode(),
        wheel_name: wheel,
    }
    for path in sorted(path for path in model.iterdir() if path.is_file()):
        contents[f"{MODEL_FOLDER}/{path.name}"] = path.read_bytes()
    return zipped(contents)


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Files as a zip, in the order given."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def read(folder: Path) -> BundleInfo:
    """What an unpacked bundle says of itself; `ArtifactError` when it is none."""
    try:
        values = json.loads((folder / BUNDLE_FILE).read_text("utf-8"))
        return BundleInfo(**values)
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactError(f"{folder} is not a bundle: {error}") from error


def unpack(bundle: Path, target: Path) -> Path:
    """The folder of a bundle: itself, or what its zip holds, unpacked into `target`."""
    if bundle.is_dir():
        return bundle
    try:
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(target)  # zipfile keeps every name below the target
    except (OSError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{bundle} is not a bundle: {error}") from error
    return target
