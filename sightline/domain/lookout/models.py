"""Models: training, hosting and their status machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sightline.domain.lookout.errors import MODEL, ResourceConflictError
from sightline.domain.lookout.hosts import EndpointHost
from sightline.domain.lookout.records import Record, S3Location, S3Object


class ModelStatus(StrEnum):
    """The protocol's model statuses."""

    TRAINING = "TRAINING"
    TRAINED = "TRAINED"
    TRAINING_FAILED = "TRAINING_FAILED"
    STARTING_HOSTING = "STARTING_HOSTING"
    HOSTED = "HOSTED"
    HOSTING_FAILED = "HOSTING_FAILED"
    STOPPING_HOSTING = "STOPPING_HOSTING"
    SYSTEM_UPDATING = "SYSTEM_UPDATING"
    DELETING = "DELETING"


_S = ModelStatus
STARTABLE = frozenset({_S.TRAINED, _S.HOSTING_FAILED})
# A failed start may have left instances behind; stopping gives them back.
STOPPABLE = frozenset({_S.HOSTED, _S.HOSTING_FAILED})
DELETABLE = frozenset({_S.TRAINED, _S.TRAINING_FAILED, _S.HOSTING_FAILED})
# While a model starts or stops, its threshold is on its way to where it runs.
SETTLED = frozenset({_S.TRAINED, _S.HOSTED, _S.HOSTING_FAILED})
THRESHOLDS_MAX = 50  # kept as what was set before
VERSION_DIGITS = 10


@dataclass(frozen=True)
class Performance:
    """How good a model is on held-out images; each 0..1."""

    f1: float
    recall: float
    precision: float


@dataclass(frozen=True)
class Artifact:
    """What training made: key prefix in the models bucket, digest, size of its images in pixels.

    A segmentation model knows `labels`, its kinds of defects; `colours` are theirs in masks.
    """

    prefix: str
    sha256: str
    width: int
    height: int
    labels: tuple[str, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluated:
    """Where the evaluation lies, when it was done, and how many pictures it and training had.

    Models of before these were counted have no counts.
    """

    performance: Performance
    manifest: S3Object
    result: S3Object
    at: datetime
    training: int | None = None
    testing: int | None = None


@dataclass(frozen=True)
class TrainingData:
    """The entry sets that a model learns from, as they were when it was created."""

    train: str
    test: str | None
    segmentation: bool


@dataclass(frozen=True)
class Threshold:
    """The raw score from which a picture is anomalous, as a person set it; None: as trained."""

    value: float | None
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Model(Record):
    """One version of a project's model."""

    project: str
    version: str
    arn: str
    created_at: datetime
    output: S3Location
    data: TrainingData
    status: ModelStatus = ModelStatus.TRAINING
    message: str = ""
    description: str | None = None
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    artifact: Artifact | None = None
    evaluated: Evaluated | None = None
    min_units: int | None = None
    max_units: int | None = None
    started_at: datetime | None = None
    job: str | None = None
    thresholds: tuple[Threshold, ...] = ()
    host: EndpointHost | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return self.project, version_name(self.version)

    @property
    def resource_id(self) -> str:
        """How errors name it."""
        return f"{self.project}/{self.version}"

    @property
    def threshold(self) -> float | None:
        """The threshold that was set last; None when it is the one that training found."""
        return self.thresholds[-1].value if self.thresholds else None

    def deciding_by(self, threshold: Threshold) -> Model:
        """The model with another threshold, or `ResourceConflictError`."""
        self._only(SETTLED, "be given a threshold")
        return replace(self, thresholds=(*self.thresholds, threshold)[-THRESHOLDS_MAX:])

    def hosted_by(self, host: EndpointHost | None) -> Model:
        """The model with another host (None: our functions), or `ResourceConflictError`.

        What runs, or may have left something running, must be stopped first.
        """
        self._only(frozenset({_S.TRAINED}), "be given another host; stop it first")
        return replace(self, host=host)

    def trained(self, artifact: Artifact, evaluated: Evaluated) -> Model:
        """TRAINED, with what training gave."""
        done = self._moved(_S.TRAINED, "Training completed successfully.", None)
        return replace(done, artifact=artifact, evaluated=evaluated)

    def starting(self, job: str, min_units: int, max_units: int | None, at: datetime) -> Model:
        """STARTING_HOSTING since `at`, or `ResourceConflictError`."""
        self._only(STARTABLE, "be started")
        if self.host and not min_units:
            raise ResourceConflictError(
                f"Model version {self.version} of project {self.project} runs at an endpoint, "
                "which always has an instance: it cannot be started on demand.",
                MODEL,
                self.resource_id,
            )
        moved = self._moved(_S.STARTING_HOSTING, "The model is starting.", job)
        return replace(moved, min_units=min_units, max_units=max_units, started_at=at)

    def hosted(self) -> Model:
        """HOSTED."""
        return self._moved(_S.HOSTED, "The model is running.", None)

    def stopping(self, job: str) -> Model:
        """STOPPING_HOSTING, or `ResourceConflictError`."""
        self._only(STOPPABLE, "be stopped")
        return self._moved(_S.STOPPING_HOSTING, "The model is stopping.", job)

    def stopped(self) -> Model:
        """TRAINED again."""
        moved = self._moved(_S.TRAINED, "The model is trained and not running.", None)
        return replace(moved, min_units=None, max_units=None, started_at=None)

    def deleting(self, job: str) -> Model:
        """DELETING, or `ResourceConflictError`."""
        self._only(DELETABLE, "be deleted")
        return self._moved(_S.DELETING, "The model is being deleted.", job)

    def failed(self, reason: str) -> Model:
        """The status that failed work leaves; from each of them a person or program can go on."""
        status = {
            _S.TRAINING: _S.TRAINING_FAILED,
            _S.STARTING_HOSTING: _S.HOSTING_FAILED,
            _S.STOPPING_HOSTING: _S.HOSTING_FAILED,
            _S.DELETING: _S.TRAINING_FAILED,
        }[self.status]
        # What a deletion has left of the files is no model any more: it can only be deleted again.
        artifact = None if self.status is _S.DELETING else self.artifact
        return replace(self._moved(status, reason, None), artifact=artifact)

    def check_trained(self, what: str) -> Artifact:
        """The artifact; `ResourceConflictError` when the model has none or is being deleted."""
        if self.artifact is None or self.status is _S.DELETING:
            raise self._conflict(what)
        return self.artifact

    def check_hosted(self) -> Artifact:
        """The artifact of a running model, or `ResourceConflictError`."""
        if self.artifact is None or self.status is not _S.HOSTED:
            raise self._conflict("detect anomalies; start it first")
        return self.artifact

    def _moved(self, status: ModelStatus, message: str, job: str | None) -> Model:
        return replace(self, status=status, message=message, job=job)

    def _only(self, allowed: frozenset[ModelStatus], what: str) -> None:
        if self.status not in allowed:
            raise self._conflict(what)

    def _conflict(self, what: str) -> ResourceConflictError:
        return ResourceConflictError(
            f"Model version {self.version} of project {self.project} has status {self.status} "
            f"and cannot {what}.",
            MODEL,
            self.resource_id,
        )


def version_name(version: str) -> str:
    """A version padded with zeros, so that names sort as numbers do."""
    return version.zfill(VERSION_DIGITS)
