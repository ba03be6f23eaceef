"""Answering statements over rows of the lake, without a server: for tests of queries and routes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from sightline.domain.queries.statement import Statement
from sightline.local.athena import dialect
from sightline.local.athena.results import Result

QUERIES = Path(__file__).parents[1] / "services/analytics/queries"


def answering(rows: pa.Table) -> Callable[[Statement], list[dict[str, str | None]]]:
    """What `MemoryQueryEngine` takes as its `answer`; rows have the columns of the lake, and dt."""
    connection = dialect.connect()
    connection.register("inspections", rows)

    def answer(statement: Statement) -> list[dict[str, str | None]]:
        parsed = dialect.parse(statement.sql, statement.bound)
        cursor = connection.cursor()
        cursor.execute("SET TimeZone = 'UTC'; SET integer_division = true")
        cursor.register("inspections", rows)
        found = cursor.execute(parsed.duckdb)
        result = Result.of(found.description, found.fetchall())
        names = [name for name, _ in result.columns]
        return [dict(zip(names, row, strict=True)) for row in result.rows]

    return answer
