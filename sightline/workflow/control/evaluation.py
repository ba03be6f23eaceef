"""A model's evaluation as the service writes it: one line per picture, and the sums."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.domain import times
from sightline.domain.lookout.manifest import CLASSIFICATION, Label
from sightline.domain.lookout.models import Model
from sightline.workflow.control.ports import Trained
from sightline.workflow.control.training_set import TrainingSet

DETECTED = "anomaly-label-detected"
JOB_NAME = "training-job/anomaly-detection"


@dataclass(frozen=True)
class Scored:
    """One picture of the evaluation set."""

    source_ref: str
    label: Label
    score: float


@dataclass(frozen=True)
class Scores:
    """The raw scores of a model's evaluation set, by which any threshold can be judged."""

    threshold: float
    slope: float
    pictures: tuple[Scored, ...]


def scores_key(project: str, version: str) -> str:
    """Where a model's scores are kept."""
    return f"{project}/evaluations/{version}.jsonl"


def scores(trained: Trained, pictures: TrainingSet) -> list[str]:
    """Scores as stored lines: the trained threshold and slope, then the pictures."""
    lines: list[list[Any]] = [[trained.threshold, trained.slope]]
    for prediction in trained.predictions:
        entry = pictures.entries[prediction.picture]
        lines.append([entry.source_ref, entry.label, prediction.score])
    return [json.dumps(line) for line in lines]


def read_scores(lines: Sequence[str]) -> Scores:
    """Scores from their stored lines."""
    (threshold, slope), *rest = map(json.loads, lines)
    found = (Scored(source_ref, Label(label), score) for source_ref, label, score in rest)
    return Scores(threshold, slope, tuple(found))


def counts(trained: Trained, pictures: TrainingSet) -> tuple[int, int]:
    """How many pictures were learned from, and on how many the metrics are."""
    return (
        len(pictures.entries) - pictures.testing,
        pictures.testing or len(trained.predictions),
    )


def manifest(model: Model, trained: Trained, pictures: TrainingSet, at: datetime) -> str:
    """The evaluation manifest: the ground truth's lines with what the model said of each."""
    lines = []
    for prediction in trained.predictions:
        entry = pictures.entries[prediction.picture]
        said = Label.ANOMALY if prediction.anomalous else Label.NORMAL
        values: dict[str, Any] = json.loads(entry.line)
        values[DETECTED] = int(prediction.anomalous)
        values[f"{DETECTED}-metadata"] = {
            "class-name": said.value,
            "confidence": prediction.confidence,
            "type": CLASSIFICATION,
            "human-annotated": "no",
            "creation-date": times.to_wire(at),
            "job-name": JOB_NAME,
            "model-arn": model.arn,
            "project-name": model.project,
            "model-version": model.version,
        }
        lines.append(json.dumps(values))
    return "\n".join(lines) + "\n"


def result(model: Model, trained: Trained, pictures: TrainingSet, at: datetime) -> str:
    """The evaluation result: counts and metrics."""
    metrics: dict[str, Any] = {
        "Precision": trained.precision,
        "Recall": trained.recall,
        "F1Score": trained.f1,
        "ROCAUC": trained.roc_auc,
        "AveragePrecision": trained.average_precision,
    }
    training, testing = counts(trained, pictures)
    return json.dumps(
        {
            "Version": 1,
            "EvaluationDetails": {
                "ModelArn": model.arn,
                "EvaluationEndTimestamp": times.to_wire(at),
                "NumberOfTrainingImages": training,
                "NumberOfTestingImages": testing,
            },
            "AggregatedEvaluationResults": {"Metrics": metrics},
        },
        indent=1,
    )
