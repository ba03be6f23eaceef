"""The lake's ports in memory: what tests use instead of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sightline.domain import times
from sightline.workflow.lake_ports import Item, Rejected, SetAside


@dataclass
class MemoryLake:
    """`Lake`. `refuses` is asked for every row that comes, and says which are not taken."""

    row_max: int = 1000 * 1024
    refuses: Callable[[bytes], bool] = lambda _: False
    taken: list[bytes] = field(default_factory=list)

    def put(self, rows: Sequence[bytes]) -> Sequence[int]:
        refused = [index for index, row in enumerate(rows) if self.refuses(row)]
        self.taken += [row for index, row in enumerate(rows) if index not in refused]
        return refused

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was taken, parsed."""
        return [json.loads(row) for row in self.taken]


@dataclass
class MemoryRejects:
    """`Rejects`."""

    kept: list[Rejected] = field(default_factory=list)

    def keep(self, rejected: Rejected) -> None:
        self.kept.append(rejected)


@dataclass
class MemoryFailures:
    """`Failures`. Gives two messages at a time; what is received is hidden until it is released."""

    waiting: list[SetAside] = field(default_factory=list)
    hidden: list[SetAside] = field(default_factory=list)

    def receive(self) -> Sequence[SetAside]:
        found, self.waiting = self.waiting[:2], self.waiting[2:]
        self.hidden += found
        return found

    def forget(self, message: SetAside) -> None:
        self.hidden.remove(message)

    def release(self, message: SetAside) -> None:
        self.hidden.remove(message)
        self.waiting.append(message)


@dataclass
class MemoryItems:
    """`Items`."""

    stored: dict[str, Item] = field(default_factory=dict)

    def item(self, image: str) -> Item | None:
        return self.stored.get(image)

    def changed(self, begin: datetime, end: datetime) -> Iterator[tuple[str, Item]]:
        for image, item in self.stored.items():
            moments = [item[name]["S"] for name in ("recorded_at", "reviewed_at") if name in item]
            if any(begin <= times.from_wire(moment) <= end for moment in moments):
                yield image, item
