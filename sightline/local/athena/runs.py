"""Query executions of the local Athena, as its API describes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
from moto.core.exceptions import JsonRESTError

from sightline.local.athena.dialect import Parsed
from sightline.local.athena.results import Result

PAGE_ROWS = 1000
_RUNNING = ("QUEUED", "RUNNING")

May = Callable[[str, str], None]
"""Raises `NotAllowedError` unless whoever asks may do an action on a resource."""


class RefusedError(JsonRESTError):  # type: ignore[misc] # moto is untyped
    """What is asked for makes no sense to Athena."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequestException", message)


@dataclass
class Run:
    """A query execution. `workgroup` and `status` are named as moto's own have them."""

    id: str
    asked: Mapping[str, Any]
    workgroup: Any
    parsed: Parsed
    output: str
    may: May
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    status: str = "QUEUED"
    reason: str = ""
    scanned: int = 0
    result: Result | None = None
    connection: duckdb.DuckDBPyConnection | None = None

    @property
    def query(self) -> str:
        """Its SQL."""
        return str(self.asked["QueryString"])

    @property
    def database(self) -> str:
        """Where tables are that are named without a database."""
        context = self.asked.get("QueryExecutionContext") or {}
        return str(context.get("Database") or "default")

    def end(self, status: str, reason: str = "") -> None:
        """It stays so."""
        if self.status in _RUNNING:
            self.status, self.reason, self.ended_at = status, reason, time.time()

    def described(self) -> dict[str, Any]:
        """As GetQueryExecution describes it."""
        end = self.ended_at or time.time()
        times = {"SubmissionDateTime": self.started_at}
        if self.ended_at:
            times["CompletionDateTime"] = self.ended_at
        answer: dict[str, Any] = {
            "QueryExecutionId": self.id,
            "Query": self.query,
            "StatementType": "DML",
            "ResultConfiguration": {"OutputLocation": self.output},
            "QueryExecutionContext": {"Database": self.database},
            "Status": {"State": self.status, **times},
            "Statistics": {
                "DataScannedInBytes": self.scanned,
                "TotalExecutionTimeInMillis": round((end - self.started_at) * 1000),
            },
            "WorkGroup": self.workgroup.name,
        }
        if self.reason:
            answer["Status"]["StateChangeReason"] = self.reason
        if parameters := self.asked.get("ExecutionParameters"):
            answer["ExecutionParameters"] = parameters
        return answer

    def page(self, token: str | None, count: int | None) -> dict[str, Any]:
        """As GetQueryResults answers; `RefusedError` while there is no result."""
        if self.result is None or self.status != "SUCCEEDED":
            raise RefusedError(
                f"Query did not finish successfully. Final query state: {self.status}"
            )
        begin = token or "0"
        if not begin.isdecimal() or int(begin) > len(self.result.rows):
            raise RefusedError("Invalid NextToken")
        rows, following = self.result.page(int(begin), min(count or PAGE_ROWS, PAGE_ROWS))
        columns = {"ColumnInfo": self.result.column_info()}
        answer: dict[str, Any] = {"ResultSet": {"Rows": rows, "ResultSetMetadata": columns}}
        return answer if following is None else {**answer, "NextToken": str(following)}

    def stop(self) -> None:
        """Cancel it, unless it has ended."""
        self.end("CANCELLED", "Query cancelled by user")
        if connection := self.connection:
            connection.interrupt()
