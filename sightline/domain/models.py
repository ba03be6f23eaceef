"""Models: which version of a project serves, and where its artifact lies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HostingStatus(StrEnum):
    """Lookout for Vision's hosting statuses of a trained model."""

    TRAINED = "TRAINED"
    STARTING = "STARTING_HOSTING"
    HOSTED = "HOSTED"
    STOPPING = "STOPPING_HOSTING"


@dataclass(frozen=True)
class ModelRecord:
    """The registry's entry of one project's serving model.

    `artifact` is the key prefix under the models bucket that holds `model.onnx` and
    `manifest.json`; `sha256` is that of `model.onnx`. `threshold` is the raw score from which a
    picture is anomalous, where people have set another one than training found. `endpoint` is the
    SageMaker endpoint that runs the model; None when our own functions do.
    """

    project: str
    version: str
    artifact: str
    sha256: str
    status: HostingStatus
    threshold: float | None = None
    endpoint: str | None = None
