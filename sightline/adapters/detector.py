"""The detect function as a model's host: artifacts are loaded into the process itself."""

from __future__ import annotations

from dataclasses import asdict

from sightline.domain.errors import ArtifactError
from sightline.domain.models import ModelRecord
from sightline.vision.artifact import Detector, encode_map
from sightline.workflow.ports import ArtifactStore, HostedResult

_KEPT = 4  # loaded models; a line rarely sees more projects than this in one container


class DetectorHost:
    """`ModelHost` that runs the detector here; the most recently used models stay loaded."""

    def __init__(self, artifacts: ArtifactStore, *, threads: int = 1) -> None:
        self._artifacts = artifacts
        self._threads = threads
        self._loaded: dict[str, Detector] = {}

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        detector = self._load(model)
        found = detector.detect(data, threshold=model.threshold)
        trained = detector.manifest.threshold
        return HostedResult(
            score=found.score,
            threshold=trained if model.threshold is None else model.threshold,
            confidence=found.confidence,
            anomalous=found.anomalous,
            width=found.width,
            height=found.height,
            regions=[asdict(region) for region in found.regions],
            map_png=encode_map(found),
        )

    def _load(self, model: ModelRecord) -> Detector:
        detector = self._loaded.pop(model.sha256, None)
        if detector is None:
            detector = Detector.load(self._artifacts.fetch(model), threads=self._threads)
            if detector.manifest.sha256 != model.sha256:
                raise ArtifactError(
                    f"Model {model.artifact!r} is not the one that was registered for project "
                    f"{model.project!r}; train or register it again."
                )
        while len(self._loaded) >= _KEPT:
            self._loaded.pop(next(iter(self._loaded)))
        self._loaded[model.sha256] = detector
        return detector
