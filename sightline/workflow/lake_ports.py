"""What streaming into the lake needs from the world outside, as protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sightline.domain.lake_rows import Form

StreamRecord = Mapping[str, Any]
"""A record of the table's stream, as Lambda hands it over."""


class Changes(Protocol):
    """How records of the table's stream are read."""

    def position(self, record: StreamRecord) -> str:
        """What Lambda calls the record when it failed."""

    def form(self, record: StreamRecord) -> Form | None:
        """The inspection as it stood after the change; None when it has no verdict yet.

        Raises what a record raises that cannot be read: anything.
        """


class Lake(Protocol):
    """The way into the lake. Rows are of at most `row_max` bytes."""

    @property
    def row_max(self) -> int: ...

    def put(self, rows: Sequence[bytes]) -> Sequence[int]:
        """Hand over any number of rows; returns the positions of those that were not taken.

        What was not taken may be taken later; nothing is raised for it.
        """


@dataclass(frozen=True)
class Rejected:
    """A record of the stream that no row could be made of, and why."""

    record: StreamRecord
    reason: str
    at: datetime


class Rejects(Protocol):
    """Where bad records are kept until somebody looks."""

    def keep(self, rejected: Rejected) -> None: ...
