"""DetectAnomalies by the detector itself: verdict, kinds of defects, their areas and a mask."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sightline.adapters.control_hosting import model_record
from sightline.domain.errors import ArtifactError
from sightline.domain.lookout.manifest import BACKGROUND
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.domain.models import ModelRecord
from sightline.vision.artifact import Detector, encode_map
from sightline.vision.detection import Detection
from sightline.workflow.control.ports import Anomaly, Found
from sightline.workflow.ports import ArtifactStore

BACKGROUND_COLOUR = "#FFFFFF"
# For kinds that the training data gave no colour.
PALETTE = ("#23A436", "#C44E52", "#4C72B0", "#DD8452", "#8172B3", "#937860", "#DA8BC3", "#8C8C8C")
_KEPT = 4  # loaded models
_HALF = 0.5  # where a kind's map says that it is there

Mask = NDArray[np.bool_]


class ArtifactDetectHost:
    """`DetectHost` that runs the artifact in this process; models used last stay loaded."""

    def __init__(self, artifacts: ArtifactStore, *, threads: int = 1) -> None:
        self._artifacts = artifacts
        self._threads = threads
        self._loaded: dict[str, Detector] = {}

    def detect(
        self,
        model: Model,
        picture: bytes,
        source: S3Object | None,  # noqa: ARG002
        *,
        mapped: bool = False,
    ) -> Found:
        colours = model.artifact.colours if model.artifact else {}
        return self.inspect(model_record(model), colours, picture, mapped=mapped)

    def inspect(
        self,
        model: ModelRecord,
        colours: Mapping[str, str],
        picture: bytes,
        *,
        mapped: bool = False,
    ) -> Found:
        """The same for a model as the pipeline knows it."""
        found = self._load(model).detect(picture, threshold=model.threshold)
        heat_map = encode_map(found) if mapped else None
        if not found.label_maps:
            return Found(found.anomalous, found.confidence, heat_map=heat_map)
        kinds = {kind: _grown(values, found) for kind, values in found.label_maps.items()}
        named = [colours.get(kind, PALETTE[at % len(PALETTE)]) for at, kind in enumerate(kinds)]
        anomalies, mask = _anomalies(kinds, named), _png(kinds, named, found)
        return Found(found.anomalous, found.confidence, anomalies, mask, heat_map)

    def _load(self, model: ModelRecord) -> Detector:
        detector = self._loaded.pop(model.sha256, None)
        if detector is None:
            detector = Detector.load(self._artifacts.fetch(model), threads=self._threads)
            if detector.manifest.sha256 != model.sha256:
                raise ArtifactError(f"Model {model.artifact!r} is not the one that was registered.")
        while len(self._loaded) >= _KEPT:
            self._loaded.pop(next(iter(self._loaded)))
        self._loaded[model.sha256] = detector
        return detector


def _grown(values: NDArray[np.float32], found: Detection) -> Mask:
    """Where a kind is, bool (height, width) of the picture."""
    picture = Image.fromarray(np.asarray(values, np.float32))
    grown = picture.resize((found.width, found.height), Image.Resampling.BILINEAR)
    return np.asarray(grown) >= _HALF


def _anomalies(kinds: Mapping[str, Mask], colours: Sequence[str]) -> list[Anomaly]:
    """The background first, then what was found; areas are shares of the picture, 0..1."""
    anywhere = np.any(list(kinds.values()), axis=0)
    anomalies = [Anomaly(BACKGROUND, float(1 - anywhere.mean()), BACKGROUND_COLOUR)]
    for (kind, mask), colour in zip(kinds.items(), colours, strict=True):
        if mask.any():
            anomalies.append(Anomaly(kind, float(mask.mean()), colour.upper()))
    return anomalies


def _png(kinds: Mapping[str, Mask], colours: Sequence[str], found: Detection) -> bytes:
    """The mask as an RGB PNG: each kind in its colour on white.

    Not as a palette, though that is made faster: programs blend it with the picture as it is.
    """
    indices = np.zeros((found.height, found.width), np.uint8)
    for at, mask in enumerate(kinds.values(), 1):
        indices[mask] = at
    image = Image.fromarray(indices, "P")
    palette = [bytes.fromhex(c.removeprefix("#")) for c in (BACKGROUND_COLOUR, *colours)]
    image.putpalette(b"".join(palette))
    written = io.BytesIO()
    image.convert("RGB").save(written, "PNG")
    return written.getvalue()
