from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.queries.declaration import load
from sightline.domain.queries.statement import Asked, asked, literal, minutes_ahead, statement
from sightline.domain.queries.values import complete
from sightline.domain.queries.vocabulary import ParameterType
from tests.lake_engine import QUERIES

NOW = datetime(2026, 3, 14, 12, 0, 5, tzinfo=UTC)
QUERY = load(QUERIES)["worst_cameras"]
names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=255)


def question(**given: Any) -> Asked:
    return Asked(QUERY.name, complete(QUERY, given, NOW), "2026-03-14T12:00:00.000Z")


@given(names, names, st.sampled_from(["", "csv", "parquet"]))
def test_a_statement_carries_its_question_along(line: str, camera: str, kind: str) -> None:
    whole = replace(question(line=line, camera=camera), format=kind)
    assert asked(statement(QUERY, whole).sql) == whole


@given(names)
def test_what_is_free_is_bound_and_never_in_the_text(line: str) -> None:
    plain, made = statement(QUERY, question()), statement(QUERY, question(line=line))
    assert made.sql.partition("\n")[2] == plain.sql.partition("\n")[2]
    assert "'" + line.replace("'", "''") + "'" in made.bound


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "", "-- sightline !!\nSELECT 1", "-- sightline W10=\nSELECT 1"]
)
def test_what_somebody_else_wrote_answers_no_question_of_ours(sql: str) -> None:
    assert asked(sql) is None


def test_comments_stay_in_the_files() -> None:
    for name, query in load(QUERIES).items():
        made = statement(query, Asked(name, complete(query, {}, NOW), "m"))
        assert "--" not in made.sql.partition("\n")[2]


def test_a_question_has_one_key_and_another_question_another_one() -> None:
    one = question(line="press-1")
    assert one.key == question(line="press-1").key
    others = [
        question(),
        question(line="press-2"),
        replace(one, minute="2026-03-14T12:01:00.000Z"),
        replace(one, format="csv"),
        replace(one, query="totals"),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6


def test_only_the_days_of_the_time_are_read() -> None:
    times = {"from": "2026-03-13T23:00:00Z", "to": "2026-03-15T00:00:00Z"}
    assert statement(QUERY, question(**times)).bound[:2] == ("'2026-03-13'", "'2026-03-14'")


def test_a_download_is_written_to_the_folder_that_is_named() -> None:
    made = statement(QUERY, question(), "s3://results/it's/")
    assert "UNLOAD (\nWITH latest" in made.sql
    assert "TO 's3://results/it''s/'" in made.sql
    assert asked(made.sql)


@pytest.mark.parametrize(
    ("begin", "end", "zone", "written"),
    [
        ("2026-07-01", "2026-07-02", "Europe/Kyiv", "180"),
        ("2026-07-01", "2026-10-25T01:00", "Europe/Berlin", "120"),
        (
            *("2026-09-01", "2026-11-01", "Europe/Berlin"),
            "CASE WHEN captured_at < TIMESTAMP '2026-10-25 01:00:00.000' THEN 120 ELSE 60 END",
        ),
        ("2026-07-01", "2026-07-02", "America/St_Johns", "-150"),
    ],
)
def test_a_zone_is_written_as_what_its_clocks_show_at_the_time(
    begin: str, end: str, zone: str, written: str
) -> None:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begin, end))
    assert minutes_ahead(zone, first, last) == written


@pytest.mark.parametrize("name", ["over_time", "line_by_hour"])
@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/Nuuk", "EST", "Asia/Qostanay"])
def test_a_zone_that_athena_does_not_know_can_be_asked_for(name: str, zone: str) -> None:
    query = load(QUERIES)[name]
    made = statement(query, Asked(name, complete(query, {"zone": zone}, NOW), "m"))
    text = made.sql.partition("\n")[2]
    assert f"'{zone}'" not in text
    assert "timezone" not in text.lower()


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (ParameterType.INTEGER, 7, "7"),
        (ParameterType.NUMBER, 0.7, "DOUBLE '0.7'"),
        (ParameterType.NUMBER, 1e-7, "DOUBLE '1e-07'"),
        (ParameterType.TEXT, "it's", "'it''s'"),
        (ParameterType.TIME, "2026-03-14T12:00:00.250Z", "'2026-03-14 12:00:00.250'"),
    ],
)
def test_values_are_written_as_athena_writes_them(
    kind: ParameterType, value: Any, written: str
) -> None:
    assert literal(kind, value) == written
