"""Evaluation of a finished artifact, picture by picture, through the detector that ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sightline.domain.errors import UnusableImageError
from sightline.vision import metrics
from sightline.vision.artifact import Detector
from sightline.vision.dataset import Sample
from sightline.vision.parallel import in_order


@dataclass(frozen=True)
class Verdict:
    """What the detector said about one labelled picture."""

    path: Path
    anomalous: bool
    called: bool
    score: float
    confidence: float


@dataclass(frozen=True)
class Evaluation:
    """Verdicts, figures at the shipped threshold, and pictures that could not be inspected."""

    verdicts: tuple[Verdict, ...]
    metrics: metrics.Metrics
    rejected: tuple[tuple[Path, str], ...]

    def summary(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self.metrics) | {"rejected": len(self.rejected)}


def evaluate(
    detector: Detector, samples: Sequence[Sample], step: Callable[[], None] = lambda: None
) -> Evaluation:
    """Inspect every labelled picture and measure the verdicts."""

    def inspect(index: int) -> Verdict | tuple[Path, str]:
        sample = samples[index]
        try:
            found = detector.detect(sample.path.read_bytes())
        except UnusableImageError as error:
            return sample.path, f"{error.reason}: {error}"
        return Verdict(
            sample.path, sample.anomalous, found.anomalous, found.score, found.confidence
        )

    verdicts: list[Verdict] = []
    rejected: list[tuple[Path, str]] = []
    for result in in_order(inspect, len(samples)):
        if isinstance(result, Verdict):
            verdicts.append(result)
        else:
            rejected.append(result)
        step()
    scores = np.array([v.score for v in verdicts])
    labels = np.array([v.anomalous for v in verdicts], bool)
    figures = metrics.measure(scores, labels, detector.manifest.threshold)
    return Evaluation(tuple(verdicts), figures, tuple(rejected))
