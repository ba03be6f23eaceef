"""Training: from a folder of pictures to a model that says what it is worth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sightline.domain.errors import InvalidError, UnusableImageError
from sightline.vision import dataset
from sightline.vision.artifact import (
    MANIFEST_FILE,
    MODEL_FILE,
    Detector,
    Manifest,
    sha256_of,
)
from sightline.vision.candidates import Fitted, fit_candidate
from sightline.vision.dataset import Sample
from sightline.vision.evaluation import Evaluation, evaluate
from sightline.vision.features import load_backbone
from sightline.vision.loading import decode
from sightline.vision.scoring import detector_graph

BUDGETS: dict[str, tuple[int, ...]] = {
    "fast": (256,),
    "balanced": (256, 320),
    "thorough": (224, 320, 448),
}
EVALUATION_FILE = "evaluation.json"
_STEP = 32

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class TrainingResult:
    """A finished training: the manifest, where it lies, and what was noticed on the way."""

    directory: Path
    manifest: Manifest
    evaluation: Evaluation
    warnings: tuple[str, ...]
    seconds: float


def train(
    folder: Path,
    out: Path,
    *,
    budget: str = "balanced",
    seed: int = 0,
    progress: Progress | None = None,
    backbone: Path | None = None,
) -> TrainingResult:
    """Train on `folder` (normal/ and optionally anomaly/ at any depth) and write a model to `out`.

    When the folder is split into train/ and test/, the model is fitted on the first and evaluated
    on the second. `progress` is told the step in words and the share done, 0..1.

    Raises InvalidError for an unusable folder or budget, naming the rule.
    """
    started = time.monotonic()
    tell = progress or (lambda _words, _share: None)
    if budget not in BUDGETS:
        raise InvalidError(f"budget is {budget!r}; use one of {', '.join(BUDGETS)}.")
    folder, out = Path(folder), Path(out)
    samples, dataset_facts, warnings = _usable(dataset.subset(folder, "train"), folder, tell)
    network = load_backbone(backbone)
    sizes = [_fit_size(dataset_facts["shape"], side) for side in BUDGETS[budget]]
    fitted = []
    for number, size in enumerate(sizes):
        counter = _Counter(tell, f"fitting {size[1]} x {size[0]}", number, len(sizes), samples)
        fitted.append(fit_candidate(samples, size, network, seed, counter.step))
    best = choose(fitted)
    out.mkdir(parents=True, exist_ok=True)
    model = detector_graph(best.size, network, best.models, best.verdict)
    (out / MODEL_FILE).write_bytes(model)
    manifest = Manifest(
        name=folder.resolve().name,
        input_height=best.size[0],
        input_width=best.size[1],
        threshold=best.threshold,
        slope=best.slope,
        sha256=sha256_of(model),
        dataset_hash=dataset_facts.pop("hash"),
        seed=seed,
        budget=budget,
        metrics={"source": "cross-validation", **asdict(best.metrics)},
        evaluation={},
        dataset=dataset_facts,
        candidates=[_row(candidate, candidate is best) for candidate in fitted],
        versions={name: version(name) for name in ("numpy", "onnx", "onnxruntime", "pillow")},
    )
    (out / MANIFEST_FILE).write_text(manifest.to_json(), "utf-8")
    manifest, evaluation = _evaluated(folder, out, samples, tell)
    tell("done", 1.0)
    seconds = time.monotonic() - started
    return TrainingResult(out, manifest, evaluation, tuple(warnings), seconds)


def choose(fitted: Sequence[Fitted]) -> Fitted:
    """The best candidate: by AUROC and F1 on held-out scores; the first (smallest) on a tie."""
    return max(fitted, key=lambda f: (f.metrics.auroc or 0.0) + f.metrics.f1)


def _row(candidate: Fitted, chosen: bool) -> dict[str, Any]:
    return {
        "name": candidate.name,
        "f1": candidate.metrics.f1,
        "auroc": candidate.metrics.auroc,
        "chosen": chosen,
    }


class _Counter:
    """Turns steps of one candidate into a share of the whole training."""

    def __init__(
        self, tell: Progress, words: str, number: int, total: int, samples: Sequence[Sample]
    ) -> None:
        self._tell, self._words = tell, words
        self._start, self._share = 0.05 + 0.85 * number / total, 0.85 / total
        normals = sum(not s.anomalous for s in samples)
        self._steps, self._done = normals + len(samples), 0

    def step(self) -> None:
        self._done += 1
        self._tell(self._words, self._start + self._share * self._done / self._steps)


def _usable(
    train_folder: Path, folder: Path, tell: Progress
) -> tuple[list[Sample], dict[str, Any], list[str]]:
    """Samples that decode, in an order that depends on their content alone, and their facts."""
    found = dataset.read_folder(train_folder, masks_root=folder)
    hashed: dict[str, Sample] = {}
    warnings: list[str] = []
    shapes: list[tuple[int, int]] = []
    for number, sample in enumerate(found.samples):
        tell("reading", 0.05 * number / len(found.samples))
        try:
            pixels = decode(sample.path.read_bytes(), (64, 64))
        except UnusableImageError as error:
            warnings.append(f"{sample.path} is left out: {error}")
            continue
        content = dataset.content_hash(sample.path)
        if content in hashed:
            first = hashed[content]
            if first.anomalous != sample.anomalous:
                raise InvalidError(
                    f"{sample.path} and {first.path} are the same picture with different labels."
                )
            warnings.append(f"{sample.path} is left out: same as {first.path}.")
            continue
        hashed[content] = sample
        shapes.append((pixels.height, pixels.width))
    samples = [hashed[content] for content in sorted(hashed)]
    normals = sum(not s.anomalous for s in samples)
    if normals < dataset.MIN_NORMAL:
        raise InvalidError(
            f"{train_folder} has {normals} usable normal pictures; "
            f"at least {dataset.MIN_NORMAL} are needed."
        )
    ratio = float(np.exp(np.median([np.log(h / w) for h, w in shapes])))
    facts = {
        "normal": normals,
        "anomaly": len(samples) - normals,
        "left_out": len(warnings),
        "shape": [int(np.median([h for h, _ in shapes])), int(np.median([w for _, w in shapes]))],
        "ratio": ratio,
        "hash": dataset.dataset_hash([(c, s.anomalous) for c, s in hashed.items()]),
    }
    return samples, facts, warnings


def _fit_size(shape: Sequence[int], side: int) -> tuple[int, int]:
    """Input (height, width) of about side x side pixels in the pictures' own proportions."""
    ratio = float(np.clip(np.sqrt(shape[0] / shape[1]), 0.5, 2.0))
    height = max(2, round(side * ratio / _STEP)) * _STEP
    width = max(2, round(side / ratio / _STEP)) * _STEP
    return height, width


def _evaluated(
    folder: Path, out: Path, samples: Sequence[Sample], tell: Progress
) -> tuple[Manifest, Evaluation]:
    """Run the written artifact over the evaluation pictures and complete the manifest."""
    detector = Detector.load(out)
    test = dataset.subset(folder, "test")
    of = "test" if test != folder else "training"
    if of == "test":
        samples = dataset.read_folder(test, masks_root=folder).samples
    tell("evaluating", 0.9)
    evaluation = evaluate(detector, samples)
    values = asdict(detector.manifest)
    values["evaluation"] = {"of": of, **evaluation.summary()}
    if of == "test":
        values["metrics"] = {"source": "test", **evaluation.summary()}
    manifest = Manifest(**values)
    (out / MANIFEST_FILE).write_text(manifest.to_json(), "utf-8")
    rows = [
        {
            "image": str(v.path.relative_to(folder)),
            "label": "anomaly" if v.anomalous else "normal",
            "anomalous": v.called,
            "score": v.score,
            "confidence": v.confidence,
        }
        for v in evaluation.verdicts
    ]
    report = {"of": of, "metrics": evaluation.summary(), "images": rows}
    (out / EVALUATION_FILE).write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return manifest, evaluation
