"""Datasets and their status machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sightline.domain.lookout.errors import DATASET, ResourceConflictError
from sightline.domain.lookout.manifest import Entry, Label


class DatasetType(StrEnum):
    """What a dataset is for."""

    TRAIN = "train"
    TEST = "test"


class DatasetStatus(StrEnum):
    """The protocol's dataset statuses."""

    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED_ROLLBACK_IN_PROGRESS = "UPDATE_FAILED_ROLLBACK_IN_PROGRESS"
    UPDATE_FAILED_ROLLBACK_COMPLETE = "UPDATE_FAILED_ROLLBACK_COMPLETE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"


READY = frozenset(
    {
        DatasetStatus.CREATE_COMPLETE,
        DatasetStatus.UPDATE_COMPLETE,
        DatasetStatus.UPDATE_FAILED_ROLLBACK_COMPLETE,
    }
)
# Programs compare these, and the other texts of what goes well, with those that the service gave.
CREATED = "The dataset was created successfully."
UPDATED = "The dataset was updated successfully."
DELETABLE = READY | {DatasetStatus.CREATE_FAILED, DatasetStatus.DELETE_FAILED}


@dataclass(frozen=True)
class ImageStats:
    """How many images a dataset has, by label. An unlabelled image only counts in `total`."""

    total: int = 0
    labeled: int = 0
    normal: int = 0
    anomaly: int = 0

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> ImageStats:
        """Count entries."""
        labels = [entry.label for entry in entries]
        normal, anomaly = labels.count(Label.NORMAL), labels.count(Label.ANOMALY)
        return cls(len(labels), normal + anomaly, normal, anomaly)


@dataclass(frozen=True)
class Dataset:
    """One of a project's datasets. `entries` is the key of its present, immutable entry set."""

    project: str
    type: DatasetType
    status: DatasetStatus
    created_at: datetime
    updated_at: datetime
    message: str = ""
    stats: ImageStats = ImageStats()
    entries: str = ""
    bucket: str = ""
    segmentation: bool = False
    job: str | None = None

    @property
    def resource_id(self) -> str:
        """How errors name it."""
        return f"{self.project}/{self.type}"

    @property
    def is_ready(self) -> bool:
        """Whether it can be trained on and changed."""
        return self.status in READY

    @property
    def is_going(self) -> bool:
        """Whether it is being deleted."""
        return self.status is DatasetStatus.DELETE_IN_PROGRESS

    def updating(self, job: str, at: datetime) -> Dataset:
        """UPDATE_IN_PROGRESS, or `ResourceConflictError`."""
        self._only(READY, "be updated")
        return self._moved(DatasetStatus.UPDATE_IN_PROGRESS, "The dataset is updating.", job, at)

    def deleting(self, job: str, at: datetime) -> Dataset:
        """DELETE_IN_PROGRESS and without its entries, or `ResourceConflictError`."""
        self._only(DELETABLE, "be deleted")
        message = "The dataset is being deleted."
        moved = self._moved(DatasetStatus.DELETE_IN_PROGRESS, message, job, at)
        return replace(moved, entries="")

    def filled(self, entries: str, found: Iterable[Entry], at: datetime) -> Dataset:
        """The dataset with a new entry set, its creation or update complete."""
        found = list(found)
        created = self.status is DatasetStatus.CREATE_IN_PROGRESS
        status = DatasetStatus.CREATE_COMPLETE if created else DatasetStatus.UPDATE_COMPLETE
        done = self._moved(status, CREATED if created else UPDATED, None, at)
        return replace(
            done,
            entries=entries,
            stats=ImageStats.of(found),
            bucket=found[0].bucket if found else self.bucket,
            segmentation=any(entry.mask for entry in found),
        )

    def failed(self, reason: str, at: datetime) -> Dataset:
        """The status that a failed creation, update or deletion leaves."""
        status = {
            DatasetStatus.CREATE_IN_PROGRESS: DatasetStatus.CREATE_FAILED,
            DatasetStatus.UPDATE_IN_PROGRESS: DatasetStatus.UPDATE_FAILED_ROLLBACK_COMPLETE,
            DatasetStatus.DELETE_IN_PROGRESS: DatasetStatus.DELETE_FAILED,
        }[self.status]
        return self._moved(status, reason, None, at)

    def _moved(self, status: DatasetStatus, message: str, job: str | None, at: datetime) -> Dataset:
        return replace(self, status=status, message=message, job=job, updated_at=at)

    def _only(self, allowed: frozenset[DatasetStatus], what: str) -> None:
        if self.status not in allowed:
            raise ResourceConflictError(
                f"The {self.type} dataset of project {self.project} has status {self.status} "
                f"and cannot {what} now.",
                DATASET,
                self.resource_id,
            )
