"""The analytics ports: the fakes and the AWS adapters keep to the same contracts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
import urllib3
from moto import mock_aws

from bench import generated
from sightline.adapters.analytics_memory import MemoryQueryEngine, MemoryResultFiles
from sightline.adapters.aws.athena import AthenaQueryEngine, S3ResultFiles
from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.queries.statement import Statement
from sightline.workflow.analytics.ports import (
    PAGE_ROWS,
    Execution,
    QueryEngine,
    ResultFiles,
    State,
)
from tests.integration.emulated_lake import DATABASE, RESULTS, WORKGROUP, emulated_lake, workgroup
from tests.lake_engine import answering

ROWS = generated.table(2_400)
IMAGES = Statement("SELECT image, confidence, model_version FROM inspections ORDER BY image", ())
SLOW = Statement(
    "SELECT count(*) AS pairs FROM inspections AS a CROSS JOIN inspections AS b"
    " CROSS JOIN inspections AS c WHERE a.score + b.score + c.score > 9",
    (),
)


@dataclass
class Engines:
    """An engine, and a way to let it be busy."""

    engine: QueryEngine
    hold: Callable[[], None]


@pytest.fixture(params=["memory", "aws"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    if request.param == "memory":
        memory = MemoryQueryEngine(lambda: datetime.now(UTC), answering(ROWS))
        yield Engines(memory, lambda: setattr(memory, "holds", True))
        return
    with emulated_lake(ROWS, tmp_path) as athena:
        yield Engines(AthenaQueryEngine(WORKGROUP, DATABASE, athena), lambda: None)


@pytest.fixture
def engine(engines: Engines) -> QueryEngine:
    return engines.engine


def ended(engine: QueryEngine, run: str) -> Execution:
    deadline = time.monotonic() + 60
    while not (found := engine.execution(run)).state.ended:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_run_ends_and_says_what_it_was(engine: QueryEngine) -> None:
    begun = datetime.now(UTC)
    found = ended(engine, engine.start(IMAGES, "a" * 64))
    assert (found.state, found.reason) == (State.SUCCEEDED, "")
    assert found.sql == IMAGES.sql
    assert abs(found.submitted_at - begun) < timedelta(seconds=60)
    assert found.output.startswith("s3://results/")
    assert found.scanned_bytes
    assert found.milliseconds is not None


def test_the_same_token_and_statement_are_the_same_run(engine: QueryEngine) -> None:
    first = engine.start(IMAGES, "a" * 64)
    assert engine.start(IMAGES, "a" * 64) == first
    assert engine.start(IMAGES, "b" * 64) != first


def test_pages_lead_to_every_row_once(engine: QueryEngine) -> None:
    run = engine.start(IMAGES, "a" * 64)
    ended(engine, run)
    page = engine.page(run, None)
    sizes, rows = [len(page.rows)], list(page.rows)
    while page.cursor:
        page = engine.page(run, page.cursor)
        sizes.append(len(page.rows))
        rows += page.rows
    assert [row["image"] for row in rows] == sorted(ROWS["image"].to_pylist())
    assert PAGE_ROWS <= sizes[0] <= PAGE_ROWS + 1
    assert len(sizes) == 3
    assert {type(row["confidence"]) for row in rows} == {str, type(None)}


def test_bound_values_are_values(engine: QueryEngine) -> None:
    sql = "SELECT count(*) AS images FROM inspections WHERE line = ? AND ? <> 'x'"
    run = engine.start(Statement(sql, ("'press-1'", "'it''s'")), "a" * 64)
    ended(engine, run)
    [row] = engine.page(run, None).rows
    assert row == {"images": str(ROWS["line"].to_pylist().count("press-1"))}


def test_an_unknown_run_is_not_found(engine: QueryEngine) -> None:
    with pytest.raises(NotFoundError):
        engine.execution("no-such-run")


def test_a_cursor_of_nobodys_is_refused(engine: QueryEngine) -> None:
    run = engine.start(IMAGES, "a" * 64)
    ended(engine, run)
    with pytest.raises(InvalidError, match="cursor"):
        engine.page(run, "somewhere")


def test_a_run_that_is_stopped_is_cancelled(engines: Engines) -> None:
    engines.hold()
    run = engines.engine.start(SLOW, "a" * 64)
    engines.engine.stop(run)
    assert ended(engines.engine, run).state is State.CANCELLED


def test_stopping_what_has_ended_changes_nothing(engine: QueryEngine) -> None:
    run = engine.start(IMAGES, "a" * 64)
    ended(engine, run)
    engine.stop(run)
    assert engine.execution(run).state is State.SUCCEEDED


def test_a_run_of_another_workgroup_is_not_found(tmp_path: Path) -> None:
    with emulated_lake(ROWS, tmp_path) as athena:
        workgroup("others")
        run = AthenaQueryEngine("others", DATABASE, athena).start(IMAGES, "a" * 64)
        with pytest.raises(NotFoundError):
            AthenaQueryEngine(WORKGROUP, DATABASE, athena).execution(run)


OBJECTS = {
    "runs/1.csv": 3,
    "runs/1.csv.metadata": 9,
    "days/one/a": 5,
    "days/two/a": 5,
    "days/two/b": 6,
    "days/two/empty": 0,
}


@pytest.fixture(params=["memory", "aws"])
def files(request: pytest.FixtureRequest) -> Iterator[ResultFiles]:
    if request.param == "memory":
        yield MemoryResultFiles({f"s3://{RESULTS}/{key}": size for key, size in OBJECTS.items()})
        return
    with mock_aws():
        s3 = boto3.client("s3")
        here = {"LocationConstraint": boto3.Session().region_name}
        s3.create_bucket(Bucket=RESULTS, CreateBucketConfiguration=here)  # type: ignore[arg-type]
        for key, size in OBJECTS.items():
            s3.put_object(Bucket=RESULTS, Key=key, Body=b"x" * size)
        yield S3ResultFiles(s3)


def test_one_result_is_one_file(files: ResultFiles) -> None:
    [file] = files.signed(f"s3://{RESULTS}/runs/1.csv", "day")
    assert (file.name, file.bytes) == ("day.csv", 3)
    [file] = files.signed(f"s3://{RESULTS}/days/one/", "day")
    assert (file.name, file.bytes) == ("day.parquet", 5)


def test_the_files_of_a_folder_are_numbered_and_empty_ones_left_out(files: ResultFiles) -> None:
    found = files.signed(f"s3://{RESULTS}/days/two/", "day")
    assert [(file.name, file.bytes) for file in found] == [
        ("day-1.parquet", 5),
        ("day-2.parquet", 6),
    ]
    assert len({file.url for file in found}) == 2


def test_a_result_that_has_expired_is_not_found(files: ResultFiles) -> None:
    with pytest.raises(NotFoundError, match="not there any more"):
        files.signed(f"s3://{RESULTS}/runs/2.csv", "day")
    assert files.signed(f"s3://{RESULTS}/days/three/", "day") == []


def test_a_signed_address_names_the_file_in_plain_letters() -> None:
    with mock_aws():
        client = boto3.client("s3")
        here = {"LocationConstraint": boto3.Session().region_name}
        client.create_bucket(Bucket=RESULTS, CreateBucketConfiguration=here)  # type: ignore[arg-type]
        client.put_object(Bucket=RESULTS, Key="1.csv", Body=b"x")
        [file] = S3ResultFiles(client).signed(f"s3://{RESULTS}/1.csv", 'größe "1"')
    query = urllib3.util.parse_url(file.url).query or ""
    assert "filename%3D%22gr%3F%3Fe%20%271%27.csv%22" in query
    assert file.name == 'größe "1".csv'
