"""Where Athena and DuckDB read the same SQL differently, the local reading is Athena's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sightline.domain.errors import InvalidError
from sightline.local.athena import dialect

ROWS = "(VALUES (1, 'a', 5), (2, CAST(NULL AS varchar), 9)) AS t (n, word, weight)"


def answer(sql: str, *bound: str) -> list[tuple[Any, ...]]:
    parsed = dialect.parse(sql.replace("FROM few", "FROM " + ROWS), bound)
    return dialect.connect().execute(parsed.duckdb).fetchall()


@pytest.mark.parametrize(
    ("sql", "athena"),
    [
        ("SELECT 7 / 2", 3),
        ("SELECT CAST(7 AS double) / 2", 3.5),
        ("SELECT count_if(n > 5) FROM few WHERE n > 9", 0),
        ("SELECT max_by(word, weight) FROM few", None),
        ("SELECT min_by(n, weight) FROM few", 1),
        ("SELECT cardinality(sequence(0, 23))", 24),
        ("SELECT CAST(floor(19.99) AS integer)", 19),
        ("SELECT array_join(ARRAY['a', 'b'], ', ')", "a, b"),
        (
            "SELECT date_trunc('week', TIMESTAMP '2026-11-22 23:00:00')",
            datetime(2026, 11, 16),
        ),
        (
            "SELECT at_timezone(with_timezone(TIMESTAMP '2026-10-25 00:30', 'UTC'), 'Asia/Tokyo')",
            datetime(2026, 10, 25, 9, 30),
        ),
    ],
)
def test_the_answer_is_athenas(sql: str, athena: Any) -> None:
    assert answer(sql) == [(athena,)]


@pytest.mark.parametrize(
    "sql", ["SELECT word FROM few ORDER BY word", "SELECT word FROM few ORDER BY word DESC"]
)
def test_nulls_come_last_in_both_directions(sql: str) -> None:
    assert answer(sql)[-1] == (None,)


def test_parameters_are_filled_in_in_the_order_of_the_text() -> None:
    sql = "SELECT n FROM few WHERE '?' <> ? AND n = ? -- ?"
    assert answer(sql, "'it''s'", "2") == [(2,)]


def test_a_wrong_number_of_parameters_is_refused_as_athena_does() -> None:
    with pytest.raises(InvalidError, match="expected 1 but found 2"):
        dialect.parse("SELECT 1 WHERE 1 = ?", ["1", "2"])


def test_an_unload_is_its_query_and_where_it_writes() -> None:
    parsed = dialect.parse("UNLOAD (SELECT (1) AS x) TO 's3://b/f/' WITH (format = 'PARQUET')")
    assert parsed.unload_to == "s3://b/f/"
    assert dialect.connect().execute(parsed.duckdb).fetchall() == [(1,)]


@pytest.mark.parametrize("sql", ["DROP TABLE x", "SELEC 1", "UNLOAD (SELECT 1)", ""])
def test_what_is_no_query_is_refused(sql: str) -> None:
    with pytest.raises(InvalidError, match="SYNTAX_ERROR"):
        dialect.parse(sql)
