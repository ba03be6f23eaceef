"""Queries that are declared wrongly are found when they are loaded, not when somebody asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.domain.errors import InvalidError
from sightline.domain.queries.declaration import PRELUDE, Query, load, parse
from tests.lake_engine import QUERIES

FILTERS = "from_day to_day from to project facility line camera"
LATEST = "-- Of each image the latest.\nWITH latest AS (SELECT * FROM inspections WHERE "
LATEST += " AND ".join(f"x = :{name}" for name in FILTERS.split()) + ")\n"
HEADER = {
    "title": '"Totals"',
    "description": '"All."',
    "columns": '["images", "inspected", "anomalies", "anomaly_rate"]',
    "parameters": "[]",
}
SQL = "SELECT count(*) AS images FROM latest\n"


def query(sql: str = SQL, **header: str | None) -> Query:
    """The query of a file with these lines changed; None leaves one out."""
    lines = {name: value for name, value in {**HEADER, **header}.items() if value is not None}
    text = "".join(f"-- {name} = {value}\n" for name, value in lines.items())
    return parse("totals", text + sql, LATEST)


def test_a_query_has_the_columns_that_it_selects_and_then_its_rates() -> None:
    found = query()
    assert [column.name for column in found.selected] == ["images", "inspected", "anomalies"]
    assert [column.name for column in found.columns[3:]] == [
        *("anomaly_rate", "anomaly_rate_low", "anomaly_rate_high")
    ]
    assert (found.title, found.description) == ("Totals", "All.")


def test_every_query_goes_on_where_the_latest_forms_end() -> None:
    found = query()
    assert found.sql.startswith("WITH latest AS (")
    assert found.sql.endswith(")\n" + SQL)
    assert [parameter.name for parameter in found.parameters] == FILTERS.split()[2:]


@pytest.mark.parametrize(
    ("header", "sql", "what"),
    [
        ({"title": "Totals"}, SQL, "not TOML"),
        ({"title": None}, SQL, "title is missing"),
        ({"colour": '"red"'}, SQL, "colour is missing or unknown"),
        ({"columns": '["imagse"]'}, SQL, "nobody knows what the column 'imagse' means"),
        ({}, SQL + "WHERE y = :limit", "no parameter limit"),
        ({}, SQL + "LIMIT {line}", "line must be bound"),
        ({"parameters": '["limit"]'}, SQL, "does nothing with limit"),
        ({"parameters": '["limit"]'}, SQL + "-- {limit}", "does nothing with limit"),
        ({"parameters": '["limit"]'}, SQL + "WHERE y = '{limit}'", "does nothing with limit"),
    ],
)
def test_a_wrong_declaration_is_refused(header: dict[str, str | None], sql: str, what: str) -> None:
    with pytest.raises(InvalidError, match=rf"Query totals: .*{what}"):
        query(sql, **header)


def test_a_parameter_of_a_closed_set_may_be_written_into_the_text() -> None:
    found = query(SQL + "LIMIT {limit}\n", parameters='["limit"]')
    assert found.parameters[-1].name == "limit"


def test_a_folder_without_queries_is_refused(tmp_path: Path) -> None:
    (tmp_path / PRELUDE).write_text(LATEST)
    with pytest.raises(InvalidError, match="has no queries"):
        load(tmp_path)


def test_all_queries_of_the_service_load_and_say_what_they_are() -> None:
    found = load(QUERIES)
    assert set(found) == {path.stem for path in QUERIES.glob("*.sql")} - {"latest"}
    for one in found.values():
        assert one.title
        assert one.description.endswith(".")
        assert {of for rate in one.rates for of in (rate.of, rate.among)} <= {
            column.name for column in one.selected
        }
