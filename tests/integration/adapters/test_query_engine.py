"""Engines of queries: the fake and Athena keep to the same contract."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bench import generated
from sightline.adapters.analytics_memory import MemoryQueryEngine
from sightline.adapters.aws.athena import AthenaQueryEngine
from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.queries.statement import Statement
from sightline.workflow.analytics.ports import (
    PAGE_ROWS,
    Execution,
    QueryEngine,
    State,
)
from tests.integration.emulated_lake import DATABASE, WORKGROUP, emulated_lake
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
    """An engine, and a way to let it be busy or not."""

    engine: QueryEngine
    hold: Callable[[bool], None]


@pytest.fixture(scope="module", params=["memory", "aws"])
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    if request.param == "memory":
        memory = MemoryQueryEngine(lambda: datetime.now(UTC), answering(ROWS))
        yield Engines(memory, lambda busy: setattr(memory, "holds", busy))
        return
    with emulated_lake(ROWS, tmp_path_factory.mktemp("lake")) as athena:
        yield Engines(AthenaQueryEngine(WORKGROUP, DATABASE, athena), lambda _: None)


@pytest.fixture
def engine(engines: Engines) -> QueryEngine:
    return engines.engine


def token() -> str:
    """A new question's."""
    return uuid.uuid4().hex * 2


def ended(engine: QueryEngine, run: str) -> Execution:
    deadline = time.monotonic() + 60
    while not (found := engine.execution(run)).state.ended:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_run_ends_and_says_what_it_was(engine: QueryEngine) -> None:
    begun = datetime.now(UTC)
    found = ended(engine, engine.start(IMAGES, token()))
    assert (found.state, found.reason) == (State.SUCCEEDED, "")
    assert found.sql == IMAGES.sql
    assert abs(found.submitted_at - begun) < timedelta(seconds=60)
    assert found.output.startswith("s3://results/")
    assert found.scanned_bytes
    assert found.milliseconds is not None


def test_the_same_token_and_statement_are_the_same_run(engine: QueryEngine) -> None:
    asked = token()
    first = engine.start(IMAGES, asked)
    assert engine.start(IMAGES, asked) == first
    assert engine.start(IMAGES, token()) != first


def test_pages_lead_to_every_row_once(engine: QueryEngine) -> None:
    run = engine.start(IMAGES, token())
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
    run = engine.start(Statement(sql, ("'press-1'", "'it''s'")), token())
    ended(engine, run)
    [row] = engine.page(run, None).rows
    assert row == {"images": str(ROWS["line"].to_pylist().count("press-1"))}


def test_an_unknown_run_is_not_found(engine: QueryEngine) -> None:
    with pytest.raises(NotFoundError):
        engine.execution("no-such-run")


def test_a_cursor_of_nobodys_is_refused(engine: QueryEngine) -> None:
    run = engine.start(IMAGES, token())
    ended(engine, run)
    with pytest.raises(InvalidError, match="cursor"):
        engine.page(run, "somewhere")


def test_a_run_that_is_stopped_is_cancelled(engines: Engines) -> None:
    engines.hold(True)
    run = engines.engine.start(SLOW, token())
    engines.engine.stop(run)
    engines.hold(False)
    assert ended(engines.engine, run).state is State.CANCELLED


def test_stopping_what_has_ended_changes_nothing(engine: QueryEngine) -> None:
    run = engine.start(IMAGES, token())
    ended(engine, run)
    engine.stop(run)
    assert engine.execution(run).state is State.SUCCEEDED
