"""Projects: a name that holds at most one dataset of each type, and numbered models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sightline.domain.lookout.datasets import Dataset, DatasetType
from sightline.domain.lookout.errors import (
    DATASET,
    PROJECT,
    ResourceConflictError,
    ResourceNotFoundError,
)
from sightline.domain.lookout.records import Record


@dataclass(frozen=True, kw_only=True)
class Project(Record):
    """A project with its datasets; `models` counts those that exist, `last_version` never falls."""

    name: str
    arn: str
    created_at: datetime
    datasets: Mapping[DatasetType, Dataset] = field(default_factory=dict)
    models: int = 0
    last_version: int = 0

    @property
    def identity(self) -> tuple[str, str]:
        return "", self.name

    def dataset(self, kind: DatasetType) -> Dataset:
        """A dataset of the project, or `ResourceNotFoundError`."""
        found = self.datasets.get(kind)
        if found is None:
            raise ResourceNotFoundError(
                f"Project {self.name} has no {kind} dataset.", DATASET, f"{self.name}/{kind}"
            )
        return found

    def adding(self, dataset: Dataset) -> Project:
        """The project with one more dataset; `ResourceConflictError` when it has one like it.

        One that is being deleted makes room at once: programs delete and create in one breath.
        """
        if dataset.type in self.datasets and not self.datasets[dataset.type].is_going:
            raise ResourceConflictError(
                f"Project {self.name} has a {dataset.type} dataset already; delete it first.",
                DATASET,
                dataset.resource_id,
            )
        return self.having(dataset)

    def having(self, dataset: Dataset) -> Project:
        """The project with this state of one dataset."""
        return replace(self, datasets={**self.datasets, dataset.type: dataset})

    def without(self, kind: DatasetType) -> Project:
        """The project without one dataset."""
        return replace(self, datasets={k: v for k, v in self.datasets.items() if k != kind})

    def check_empty(self) -> None:
        """Raise `ResourceConflictError` while there are datasets or models that stay."""
        rest = [f"a {kind} dataset" for kind, found in self.datasets.items() if not found.is_going]
        if self.models:
            rest.append(f"{self.models} model(s)")
        if rest:
            raise ResourceConflictError(
                f"Project {self.name} still has {' and '.join(rest)}; delete them first.",
                PROJECT,
                self.name,
            )
