"""The local Athena: what it reads, what it refuses, how its results come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow.compute as pc
import pytest
from botocore.exceptions import ClientError

from bench import generated
from sightline.adapters.aws.athena import AthenaQueryEngine
from sightline.domain.errors import NotFoundError
from tests.integration.emulated_lake import (
    BUCKET,
    DATABASE,
    RESULTS,
    WORKGROUP,
    emulated_lake,
    workgroup,
)

ROWS = generated.table(2_400)
DAYS = sorted(set(ROWS["dt"].to_pylist()))
SEVERAL = "SELECT image FROM inspections ORDER BY image"


COUNTING = "SELECT count(*) FROM inspections "
FIRST_DAY = f"WHERE dt = '{DAYS[0]}'"


@pytest.fixture(scope="module")
def athena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with emulated_lake(ROWS, tmp_path_factory.mktemp("lake")) as client:
        yield client


def start(athena: Any, sql: str, **options: Any) -> str:
    given = {"WorkGroup": WORKGROUP, "QueryExecutionContext": {"Database": DATABASE}, **options}
    return str(athena.start_query_execution(QueryString=sql, **given)["QueryExecutionId"])


def ended(athena: Any, run: str) -> Any:
    deadline = time.monotonic() + 60
    while True:
        found = athena.get_query_execution(QueryExecutionId=run)["QueryExecution"]
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answer(athena: Any, sql: str, **options: Any) -> tuple[Any, list[list[str | None]]]:
    """How a query ended, and the rows of its first page without their names."""
    run = start(athena, sql, **options)
    found = ended(athena, run)
    assert found["Status"]["State"] == "SUCCEEDED", found
    rows = athena.get_query_results(QueryExecutionId=run)["ResultSet"]["Rows"]
    return found, [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]


def stored(*days: str) -> int:
    """How many bytes the files of some days have."""
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    objects = [found for page in pages for found in page["Contents"]]
    return sum(f["Size"] for f in objects if any(f"dt={day}/" in f["Key"] for day in days))


def scanned(found: Any) -> int:
    return int(found["Statistics"]["DataScannedInBytes"])


@pytest.mark.parametrize(
    ("where", "parameters", "days"),
    [
        ("", [], DAYS),
        (f"WHERE dt = '{DAYS[3]}'", [], DAYS[3:4]),
        ("WHERE dt BETWEEN ? AND ?", [f"'{DAYS[2]}'", f"'{DAYS[5]}'"], DAYS[2:6]),
        (f"WHERE dt = '{DAYS[3]}' OR line = 'press-1'", [], DAYS),
        (f"WHERE dt > '{DAYS[-1]}'", [], []),
    ],
)
def test_only_the_folders_of_the_days_asked_for_are_read(
    where: str, parameters: list[str], days: list[str], athena: Any
) -> None:
    bound = {"ExecutionParameters": parameters} if parameters else {}
    found, [[images]] = answer(athena, COUNTING + where, **bound)
    assert scanned(found) == stored(*days)
    if "OR" not in where:
        assert int(images or 0) == sum(day in days for day in ROWS["dt"].to_pylist())


def test_a_query_within_a_query_reads_only_its_own_days(athena: Any) -> None:
    sql = "WITH day AS (SELECT * FROM inspections {}) SELECT count(*) FROM day WHERE dt <> ''"
    found, _ = answer(athena, sql.format(FIRST_DAY))
    assert scanned(found) == stored(DAYS[0])


def test_a_query_that_would_read_too_much_is_cancelled_before_it_runs(athena: Any) -> None:
    workgroup("narrow", scan_limit=stored(DAYS[0]))
    within = COUNTING + FIRST_DAY
    assert scanned(answer(athena, within, WorkGroup="narrow")[0]) == stored(DAYS[0])
    run = start(athena, f"{within} OR dt = '{DAYS[1]}'", WorkGroup="narrow")
    status = ended(athena, run)["Status"]
    assert (status["State"], status["StateChangeReason"]) == (
        "CANCELLED",
        "Bytes scanned limit was exceeded",
    )
    with pytest.raises(ClientError, match="Final query state: CANCELLED"):
        athena.get_query_results(QueryExecutionId=run)


def test_a_token_stands_for_one_question(athena: Any) -> None:
    token = "t" * 32
    first = start(athena, SEVERAL, ClientRequestToken=token)
    assert start(athena, SEVERAL, ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        start(athena, "SELECT 1", ClientRequestToken=token)


def test_pages_are_of_the_size_asked_for_and_the_first_begins_with_the_names(athena: Any) -> None:
    run = start(athena, SEVERAL)
    ended(athena, run)
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=run, PaginationConfig={"PageSize": 900}
    )
    sizes, values = [], list[str]()
    for page in pages:
        rows = page["ResultSet"]["Rows"]
        sizes.append(len(rows))
        values += [row["Data"][0]["VarCharValue"] for row in rows]
    assert sizes[:-1] == [900] * (len(sizes) - 1)
    assert values == ["image", *sorted(ROWS["image"].to_pylist())]


def test_a_wrong_page_token_is_refused(athena: Any) -> None:
    run = start(athena, SEVERAL)
    ended(athena, run)
    for token in ("x", str(ROWS.num_rows + 1)):
        with pytest.raises(ClientError, match="Invalid NextToken"):
            athena.get_query_results(QueryExecutionId=run, NextToken=token)


def test_the_result_lies_in_the_workgroups_folder_as_csv(athena: Any) -> None:
    mine = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/mine/"}}
    found, _ = answer(athena, "SELECT 'a \"b\"' AS word, NULL AS nothing", **mine)
    location = found["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{RESULTS}/runs/{found['QueryExecutionId']}.csv"
    key = location.removeprefix(f"s3://{RESULTS}/")
    body = boto3.client("s3").get_object(Bucket=RESULTS, Key=key)["Body"].read()
    assert body.decode() == '"word","nothing"\n"a ""b""",\n'


def test_new_files_are_read_and_those_with_the_same_content_too(
    athena: Any,
) -> None:
    _, [[before]] = answer(athena, COUNTING)
    s3 = boto3.client("s3")
    key = s3.list_objects_v2(Bucket=BUCKET)["Contents"][0]["Key"]
    again = f"{key}.again.parquet"
    s3.copy_object(Bucket=BUCKET, Key=again, CopySource=f"{BUCKET}/{key}")
    _, [[after]] = answer(athena, COUNTING)
    s3.delete_object(Bucket=BUCKET, Key=again)
    day = key.partition("dt=")[2][:10]
    project = key.split("/")[2]
    both = pc.and_(pc.equal(ROWS["dt"], day), pc.equal(ROWS["project"], project))
    assert int(after or 0) - int(before or 0) == ROWS.filter(both).num_rows


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT * FROM nowhere", "does not exist"),
        ("SELECT colour FROM inspections", "colour"),
        ("SELECT * FROM read_text('/etc/hostname')", ""),
    ],
)
def test_what_cannot_run_fails_with_the_reason(sql: str, why: str, athena: Any) -> None:
    status = ended(athena, start(athena, sql))["Status"]
    assert status["State"] == "FAILED"
    assert why in status["StateChangeReason"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"WorkGroup": "nobodys"}, "nobodys is not found"),
        ({"QueryString": "DROP TABLE inspections"}, "only SELECT"),
        ({"QueryString": "SELECT 1 WHERE 1 = ?"}, "expected 1 but found 0"),
        ({"ExecutionParameters": ["'" + "x" * 1024 + "'"]}, "more than 1024 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(
    options: dict[str, Any], why: str, athena: Any
) -> None:
    given = {"QueryString": SEVERAL, "WorkGroup": WORKGROUP, **options}
    with pytest.raises(ClientError, match=why):
        athena.start_query_execution(**given)


def test_a_run_of_another_workgroup_is_none_of_the_services(athena: Any) -> None:
    workgroup("others")
    run = start(athena, SEVERAL, WorkGroup="others")
    with pytest.raises(NotFoundError):
        AthenaQueryEngine(WORKGROUP, DATABASE, athena).execution(run)
