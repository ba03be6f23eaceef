"""What the analytics service needs from the world outside, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sightline.domain.queries.declaration import Query
from sightline.domain.queries.statement import Statement
from sightline.domain.times import Clock
from sightline.workflow.ports import CameraRegistry, InspectionTable

PAGE_ROWS = 999  # Athena's pages have 1,000 rows, and the first one begins with the names


class State(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether it stays as it is."""
        return self not in {State.QUEUED, State.RUNNING}


@dataclass(frozen=True)
class Execution:
    """A run as the engine knows it. `output` is the S3 location of its result as CSV."""

    run: str
    sql: str
    state: State
    submitted_at: datetime
    reason: str = ""
    output: str = ""
    scanned_bytes: int | None = None
    milliseconds: int | None = None


@dataclass(frozen=True)
class Page:
    """Some rows of a result, as text by column; `cursor` leads to the next ones."""

    rows: Sequence[Mapping[str, str | None]]
    cursor: str | None = None


class QueryEngine(Protocol):
    """Runs SQL in Athena's dialect over the lake."""

    def start(self, statement: Statement, token: str) -> str:
        """Begin a run, and give its id. The same token and statement give the same run."""

    def execution(self, run: str) -> Execution:
        """`NotFoundError` when there is no such run."""

    def page(self, run: str, cursor: str | None) -> Page:
        """Rows of a run that succeeded; `InvalidError` for a cursor that is not one of its own."""

    def stop(self, run: str) -> None:
        """Cancel a run; nothing happens when it has ended."""


@dataclass(frozen=True)
class ResultFile:
    """A file to download: the URL is signed and holds for some minutes."""

    name: str
    url: str
    bytes: int


class ResultFiles(Protocol):
    """The files that runs leave."""

    def signed(self, location: str, name: str) -> Sequence[ResultFile]:
        """The object at an S3 location, or all those in a folder (`s3://bucket/folder/`).

        `name` is what the first part of the downloaded files' names should be, without extension.
        """


@dataclass(frozen=True)
class AskDeps:
    """What asking takes. `unload_to` is an S3 folder; runs end after `run_seconds`."""

    queries: Mapping[str, Query]
    engine: QueryEngine
    files: ResultFiles
    clock: Clock
    sleep: Callable[[float], None]
    unload_to: str
    run_seconds: int


@dataclass(frozen=True)
class AnalyticsDeps(AskDeps):
    """What the service works with: the last minutes come from its tables."""

    cameras: CameraRegistry
    inspections: InspectionTable
