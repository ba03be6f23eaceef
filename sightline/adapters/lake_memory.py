"""The lake's ports in memory: what tests use instead of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sightline.workflow.lake_ports import Rejected


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
