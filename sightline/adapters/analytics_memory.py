"""The ports of the analytics service in memory; see `sightline.adapters.memory`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.queries.statement import Statement
from sightline.workflow.analytics.ports import PAGE_ROWS, Execution, Page, ResultFile, State

Rows = Sequence[Mapping[str, str | None]]


@dataclass
class MemoryQueryEngine:
    """`QueryEngine` whose runs end at once with the rows that `answer` gives for a statement.

    With `holds`, runs stay under way until `finish`.
    """

    clock: Callable[[], datetime]
    answer: Callable[[Statement], Rows] = lambda _: []
    holds: bool = False
    runs: dict[str, Execution] = field(default_factory=dict)
    started: list[Statement] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _rows: dict[str, Rows] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def start(self, statement: Statement, token: str) -> str:
        if token in self._tokens:
            return self._tokens[token]
        run = f"run-{len(self.runs) + 1}"
        self.started.append(statement)
        self._tokens[token] = run
        output = f"s3://results/{run}.csv"
        running = Execution(run, statement.sql, State.RUNNING, self.clock(), output=output)
        self.runs[run] = running
        if not self.holds:
            self._rows[run] = self.answer(statement)
            self.finish(run)
        return run

    def finish(self, run: str, state: State = State.SUCCEEDED, reason: str = "") -> None:
        """Let a run end so."""
        ended = replace(self.runs[run], state=state, reason=reason)
        self.runs[run] = replace(ended, scanned_bytes=1024, milliseconds=12)

    def execution(self, run: str) -> Execution:
        if run not in self.runs:
            raise NotFoundError(f"There is no run {run!r}.")
        return self.runs[run]

    def page(self, run: str, cursor: str | None) -> Page:
        if cursor is not None and not cursor.isdecimal():
            raise InvalidError(f"cursor: {cursor!r} is not one of this run.")
        begin = int(cursor or 0)
        end, rows = begin + PAGE_ROWS, self._rows.get(run, [])
        return Page(rows[begin:end], str(end) if end < len(rows) else None)

    def stop(self, run: str) -> None:
        self.stopped.append(run)
        if not self.runs[run].state.ended:
            self.finish(run, State.CANCELLED)


@dataclass
class MemoryResultFiles:
    """`ResultFiles` of the objects that it is told of, by S3 location."""

    objects: dict[str, int] = field(default_factory=dict)

    def signed(self, location: str, name: str) -> Sequence[ResultFile]:
        if not location.endswith("/"):
            if location not in self.objects:
                raise NotFoundError(f"The result {location} is not there any more.")
            return [self._sign(location, f"{name}.csv")]
        keys = [key for key in sorted(self.objects) if key.startswith(location)]
        keys = [key for key in keys if self.objects[key]]
        parts = [f"-{n}" for n in range(1, len(keys) + 1)] if len(keys) > 1 else [""]
        return [
            self._sign(key, f"{name}{part}.parquet") for key, part in zip(keys, parts, strict=False)
        ]

    def _sign(self, key: str, name: str) -> ResultFile:
        return ResultFile(name, f"https://signed.example/{key}", self.objects[key])
