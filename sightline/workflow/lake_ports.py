"""What streaming into the lake needs from the world outside, as protocols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sightline.domain.lake_rows import Form

StreamRecord = Mapping[str, Any]
"""A record of the table's stream, as Lambda hands it over."""

Item = Mapping[str, Any]
"""An item of the inspections table, as DynamoDB has it."""


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


@dataclass(frozen=True)
class SetAside:
    """A message of the queue on which streaming leaves what did not work.

    It is of one image, with its item where that was kept, or of all that came in a span of time;
    of neither when somebody else sent it.
    """

    id: str
    receipt: str
    reason: str
    image: str = ""
    item: Item | None = None
    span: tuple[datetime, datetime] | None = None


class Failures(Protocol):
    """The queue that `Rejects` are kept on, as whoever empties it sees it."""

    def receive(self) -> Sequence[SetAside]:
        """Some messages, or none; each is hidden from other receivers for a while."""

    def forget(self, message: SetAside) -> None: ...

    def release(self, message: SetAside) -> None:
        """Leave a message on the queue, to be received again from now on."""


class Items(Protocol):
    """The inspections table, item by item."""

    def item(self, image: str) -> Item | None:
        """By key, `camera#image id`."""

    def changed(self, begin: datetime, end: datetime) -> Iterator[tuple[str, Item]]:
        """All that were recorded or last reviewed within a time, by key. Reads the whole table."""


class Streaming(Protocol):
    """The stream function, asked by hand."""

    def hand_over(self, items: Sequence[Item]) -> Sequence[str]:
        """Send items to the lake: why each of them was not taken, empty where it was."""
