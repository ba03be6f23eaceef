"""Athena's SQL on DuckDB: sqlglot translates the dialect, and what it leaves is put right here.

Differences that are not errors but other numbers, and so the dangerous ones: division of whole
numbers, `max_by` where values are null, time zones, `LEAST` with null. Tests compare both readings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from sightline.domain.errors import InvalidError

# DuckDB has no type that knows its zone: a time in a zone is a time without one, on its clocks.
_MACROS = """
CREATE MACRO with_timezone(moment, zone) AS timezone(zone, moment);
CREATE MACRO at_timezone(moment, zone) AS timezone(zone, moment);
"""


@dataclass(frozen=True)
class Parsed:
    """A statement with its parameters filled in. `unload_to` is where an UNLOAD writes."""

    query: exp.Query
    unload_to: str | None = None

    @property
    def tables(self) -> set[tuple[str, str]]:
        """`(database, table)` of every table that it reads; the database may be empty."""
        own = {cte.alias_or_name.lower() for cte in self.query.find_all(exp.CTE)}
        named = {(table.db, table.name) for table in self.query.find_all(exp.Table)}
        return {(db, name) for db, name in named if name and (db or name.lower() not in own)}

    @property
    def duckdb(self) -> str:
        """The query in DuckDB's dialect."""
        return _without_traps(self.query.copy()).sql(dialect="duckdb")


def parse(sql: str, bound: Sequence[str] = ()) -> Parsed:
    """Parse Athena's SQL; `InvalidError` for what is no query, or has other parameters.

    Each of `bound` is an expression in SQL and takes the place of a `?`, as in Athena.
    """
    try:
        query, unload_to = _unwrapped(_filled(sql, bound))
        tree = sqlglot.parse_one(query, read="trino")
    except sqlglot.errors.SqlglotError as error:
        raise InvalidError(f"SYNTAX_ERROR: {error}") from error
    if not isinstance(tree, exp.Query):
        raise InvalidError("SYNTAX_ERROR: only SELECT and UNLOAD are run here")
    return Parsed(tree, unload_to)


def connect(**config: Any) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that counts, divides and reads clocks as Athena does."""
    connection = duckdb.connect(config=config)
    connection.execute("SET TimeZone = 'UTC'; SET integer_division = true")
    connection.execute(_MACROS)
    return connection


def _filled(sql: str, bound: Sequence[str]) -> str:
    places = [token for token in sqlglot.tokenize(sql, read="trino") if _is_place(token)]
    if len(places) != len(bound):
        raise InvalidError(
            f"Incorrect number of parameters: expected {len(places)} but found {len(bound)}"
        )
    for place, value in reversed(list(zip(places, bound, strict=True))):
        sqlglot.parse_one(value, read="trino")  # one expression, or it is refused
        sql = f"{sql[: place.start]}({value}){sql[place.end + 1 :]}"
    return sql


def _is_place(token: Token) -> bool:
    return token.token_type is TokenType.PLACEHOLDER


def _unwrapped(sql: str) -> tuple[str, str | None]:
    """The SELECT within an UNLOAD, which sqlglot does not know, and where that writes."""
    tokens = sqlglot.tokenize(sql, read="trino")
    if not tokens or tokens[0].text.upper() != "UNLOAD":
        return sql, None
    depth = 0
    for n, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if n and depth == 0:
            inner = sql[tokens[1].end + 1 : token.start]
            if len(tokens) > n + 2 and tokens[n + 1].text.upper() == "TO":
                return inner, tokens[n + 2].text
            break
    raise sqlglot.errors.ParseError("UNLOAD (query) TO 's3://bucket/folder/' is expected")


def _without_traps(tree: exp.Query) -> exp.Query:
    """Put right what sqlglot's translation changes silently."""
    for node in list(tree.find_all(exp.ArgMax, exp.ArgMin)):
        # DuckDB passes over rows whose value is null; Athena does not.
        name = "arg_max_null" if isinstance(node, exp.ArgMax) else "arg_min_null"
        node.replace(exp.func(name, node.this, node.expression))
    for node in list(tree.find_all(exp.CountIf)):
        # DuckDB's is null where there are no rows; Athena's is 0.
        where = exp.Where(this=node.this)
        node.replace(exp.Filter(this=exp.Count(this=exp.Star()), expression=where))
    return tree


ATHENA_TYPES: Mapping[str, str] = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "FLOAT": "float",
    "HUGEINT": "bigint",
    "INTEGER": "integer",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "varchar",
}
"""What Athena calls DuckDB's types."""
