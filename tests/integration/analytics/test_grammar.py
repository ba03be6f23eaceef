"""Every statement by Trino's own grammar, which Athena's engine 3 has: sqlglot reads more than it.

And by what names mean there: DuckDB takes a name from SELECT in WHERE and GROUP BY, too. Whether
types fit, only Athena knows.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlglot
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify

from infra.components import quicksight_rows
from sightline.domain import lake
from sightline.domain.queries.declaration import load
from sightline.domain.queries.statement import Asked, Statement, statement
from sightline.domain.queries.values import complete
from sightline.domain.queries.vocabulary import ParameterType
from tests.environments import node_with
from tests.lake_engine import QUERIES

NOW = datetime(2026, 11, 9, 12, 0, 5, tzinfo=UTC)
DRIVER = Path(__file__).parents[2] / "trino_grammar.mjs"
CATALOGUE = load(QUERIES)
YEAR = {"from": "2025-11-09T00:00:00Z", "to": "2026-11-09T00:00:00Z"}
# Clocks change twice in the year that is asked for, and names have all that SQL might trip over.
ODD = {**YEAR, "line": 'it\'s -- ? \\ "x" /* ; */ {zone} :to', "camera": "Prüfplatz 7"}

Parse = Callable[[Sequence[str]], list[list[str]]]


@pytest.fixture(scope="module")
def parse() -> Parse:
    """What is wrong with each of some statements."""
    node, home = node_with("dt-sql-parser", "4.5.1")
    package = home / "node_modules" / "dt-sql-parser"

    def asked(statements: Sequence[str]) -> list[list[str]]:
        done = subprocess.run(
            [str(node), str(DRIVER), str(package)],
            input=json.dumps(statements),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        found: list[list[str]] = json.loads(done.stdout)
        return found

    return asked


def made(name: str, unload_to: str = "", **more: str) -> Statement:
    query = CATALOGUE[name]
    known = {parameter.name for parameter in query.parameters}
    given = {"zone": "Europe/Berlin", "bucket": "day", **ODD, **more}
    own = {key: value for key, value in given.items() if key in known}
    return statement(query, Asked(name, complete(query, own, NOW), "m"), unload_to)


def steps() -> list[Statement]:
    """The query whose text depends most on what is asked, with every choice that there is."""
    hours = {"from": "2026-11-08T12:00:00Z", "to": "2026-11-09T00:00:00Z"}
    (bucket,) = (p for p in CATALOGUE["over_time"].parameters if p.type is ParameterType.CHOICE)
    return [made("over_time", bucket=choice, **hours) for choice in bucket.choices]


def test_every_query_is_a_statement_of_trinos(parse: Parse) -> None:
    whole = [*map(made, CATALOGUE), *steps()]
    texts = [one.sql for one in whole]
    prepared = [f"PREPARE named FROM\n{one.sql}" for one in whole]
    found = parse([*texts, *prepared])
    assert len(found) == 2 * len(whole) > 2 * len(CATALOGUE)
    assert not [
        (sql, wrong) for sql, wrong in zip([*texts, *prepared], found, strict=True) if wrong
    ]


def test_bound_values_are_expressions_of_trinos(parse: Parse) -> None:
    whole = [f"EXECUTE named USING {', '.join(made(name).bound)}" for name in CATALOGUE]
    assert "it''s -- ?" in whole[0]
    assert parse(whole) == [[] for _ in whole]


def test_what_is_unloaded_is_a_query_of_trinos(parse: Parse) -> None:
    """UNLOAD itself is Athena's own."""
    _, _, text = made("day", "s3://results/days/x/").sql.partition("UNLOAD (\n")
    query, _, tail = text.partition("\n)\nTO ")
    assert tail == "'s3://results/days/x/'\nWITH (format = 'PARQUET', compression = 'SNAPPY')"
    assert parse([query]) == [[]]


def test_what_quicksight_asks_is_a_statement_of_trinos(parse: Parse) -> None:
    sql = quicksight_rows.statement("sightline_dev.inspections", days=90, zone="Europe/Berlin")
    assert parse([sql]) == [[]]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * EXCLUDE (hour) FROM inspections",
        "SELECT image FROM inspections QUALIFY row_number() OVER () = 1",
        "FROM inspections",
        "SELECT image, FROM inspections",
        "SELECT sequence::bigint FROM inspections",
        "SELECT end FROM inspections",
        "SELECT image FROM inspections WHERE line = 'press",
        "SELECT image FROM inspections WHERE (line = ?",
    ],
)
def test_what_only_others_read_is_refused(parse: Parse, sql: str) -> None:
    (found,) = parse([sql])
    assert found


def resolve(sql: str) -> None:
    """`OptimizeError` for a name that is no column of what is read, as in Trino."""
    types = {name: kind.replace("string", "varchar") for name, kind in lake.TYPES.items()}
    qualify(
        sqlglot.parse_one(sql, read="trino"),
        schema={lake.TABLE: types},
        dialect="trino",
        expand_alias_refs=False,
    )


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_name_is_that_of_a_column(name: str) -> None:
    resolve(made(name).sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT colour FROM inspections",
        "SELECT line AS place, count(*) AS images FROM inspections GROUP BY place",
        "SELECT score / threshold AS excess FROM inspections WHERE excess > 2",
        "SELECT score / threshold AS excess, excess * 2 AS twice FROM inspections",
    ],
)
def test_names_that_only_duckdb_finds_are_refused(sql: str) -> None:
    with pytest.raises(OptimizeError, match="could not be resolved"):
        resolve(sql)
