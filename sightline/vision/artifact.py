"""The trained model as it is shipped and run: one ONNX graph and its manifest.

A model is a folder with `model.onnx` and `manifest.json`. The manifest names the graph's SHA-256,
so a file that was cut short or changed is refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from sightline.domain.confidence import confidence
from sightline.domain.errors import ArtifactError
from sightline.vision.detection import Detection
from sightline.vision.loading import Pixels, decode
from sightline.vision.regions import PIXEL_THRESHOLD, Region, find_regions
from sightline.vision.render import encode_map, encode_mask, overlay

__all__ = [
    "Detection",
    "Detector",
    "Manifest",
    "Region",
    "encode_map",
    "encode_mask",
    "overlay",
]

SCHEMA_VERSION = 1
MODEL_FILE = "model.onnx"
MANIFEST_FILE = "manifest.json"
_WEAK = 0.9  # an anomalous picture without an anomalous pixel is boxed where it comes closest


@dataclass(frozen=True)
class Manifest:
    """What is known about a trained model.

    input_height, input_width: pixels that every picture is scaled to; threshold: raw image score
    from which a picture is anomalous; slope: steepness of the confidence around it;
    metrics: how good the model is expected to be (`source` says by which measurement);
    evaluation: what `sightline evaluate` gives for this very file on `evaluation["of"]`;
    labels: kinds of defect with a map of their own; dataset_hash: SHA-256 over the training set.
    """

    name: str
    input_height: int
    input_width: int
    threshold: float
    slope: float
    sha256: str
    dataset_hash: str
    seed: int
    budget: str
    metrics: dict[str, Any]
    evaluation: dict[str, Any]
    dataset: dict[str, Any]
    candidates: list[dict[str, Any]]
    versions: dict[str, str]
    labels: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    version: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Stable text: same manifest, same bytes."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Parse a manifest; raises ArtifactError when it is malformed or of another schema."""
        try:
            values = json.loads(text)
            schema = values["schema_version"]
        except (ValueError, KeyError, TypeError) as error:
            raise ArtifactError(f"{MANIFEST_FILE} is not a manifest: {error}.") from error
        if schema != SCHEMA_VERSION:
            message = f"{MANIFEST_FILE} has schema {schema}; this version reads {SCHEMA_VERSION}."
            raise ArtifactError(message)
        known = {f.name for f in fields(cls)}
        try:
            manifest = cls(**{key: value for key, value in values.items() if key in known})
        except TypeError as error:
            raise ArtifactError(f"{MANIFEST_FILE} is incomplete: {error}.") from error
        return replace(manifest, labels=tuple(manifest.labels))


def sha256_of(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def open_session(model: bytes, threads: int) -> ort.InferenceSession:
    """An ONNX Runtime session on the CPU with a fixed number of threads."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Detector:
    """A loaded model, safe to use from several threads."""

    def __init__(self, manifest: Manifest, session: ort.InferenceSession) -> None:
        self.manifest = manifest
        self._session = session

    @classmethod
    def load(cls, directory: Path, *, threads: int = 1) -> Detector:
        """Load a model folder.

        Raises ArtifactError when a file is missing, or the graph is not the one that the manifest
        was written for.
        """
        directory = Path(directory)
        try:
            text = (directory / MANIFEST_FILE).read_text("utf-8")
            model = (directory / MODEL_FILE).read_bytes()
        except (OSError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{directory} is not a model: {error}.") from error
        manifest = Manifest.from_json(text)
        found = sha256_of(model)
        if found != manifest.sha256:
            raise ArtifactError(
                f"{directory / MODEL_FILE} was changed or cut short: its SHA-256 is "
                f"{found[:12]}..., the manifest says {manifest.sha256[:12]}..."
            )
        try:
            session = open_session(model, threads)
        except Exception as error:
            raise ArtifactError(f"{directory / MODEL_FILE} cannot be run: {error}.") from error
        return cls(manifest, session)

    @classmethod
    def from_bytes(cls, model: bytes, size: tuple[int, int]) -> Detector:
        """An unfinished model, good enough to be timed: a graph and its input (height, width)."""
        manifest = Manifest(
            name="",
            input_height=size[0],
            input_width=size[1],
            threshold=0.0,
            slope=1.0,
            sha256=sha256_of(model),
            dataset_hash="",
            seed=0,
            budget="",
            metrics={},
            evaluation={},
            dataset={},
            candidates=[],
            versions={},
        )
        return cls(manifest, open_session(model, 1))

    def detect(self, data: bytes, *, threshold: float | None = None) -> Detection:
        """Inspect one encoded picture; raises UnusableImageError when it cannot be.

        A picture is anomalous from the manifest's threshold on, unless another one is given.
        """
        size = (self.manifest.input_height, self.manifest.input_width)
        line = self.manifest.threshold if threshold is None else threshold
        return self._judge(decode(data, size), line)

    def _judge(self, pixels: Pixels, threshold: float) -> Detection:
        manifest = self.manifest
        score_out, maps = self._session.run(None, {"image": pixels.values[None]})
        score = float(score_out.reshape(-1)[0])
        anomaly_map = maps[0, 0]
        anomalous = score >= threshold
        width, height = pixels.width, pixels.height
        label_maps = {label: maps[0, 1 + i] for i, label in enumerate(manifest.labels)}
        regions: tuple[Region, ...] = ()
        if anomalous:
            line = min(PIXEL_THRESHOLD, float(anomaly_map.max()) * _WEAK)
            found = find_regions(anomaly_map, width, height, threshold=line)
            regions = _named(found, label_maps, width, height)
        return Detection(
            score=score,
            confidence=confidence(score, threshold, manifest.slope),
            anomalous=anomalous,
            anomaly_map=anomaly_map,
            width=width,
            height=height,
            regions=regions,
            area=float(sum(region.area for region in regions)),
            label_maps=label_maps,
        )


def _named(
    regions: tuple[Region, ...],
    label_maps: dict[str, NDArray[np.float32]],
    width: int,
    height: int,
) -> tuple[Region, ...]:
    """Give every region the label whose map is strongest inside its box."""
    if not label_maps:
        return regions
    named = []
    for region in regions:
        strength = {}
        for label, values in label_maps.items():
            sy, sx = values.shape[0] / height, values.shape[1] / width
            rows = slice(
                int(region.y * sy),
                max(int(region.y * sy) + 1, int(np.ceil((region.y + region.height) * sy))),
            )
            columns = slice(
                int(region.x * sx),
                max(int(region.x * sx) + 1, int(np.ceil((region.x + region.width) * sx))),
            )
            strength[label] = float(values[rows, columns].max())
        best = max(strength, key=lambda label: strength[label])
        named.append(replace(region, label=best if strength[best] >= 0.5 else None))
    return tuple(named)
